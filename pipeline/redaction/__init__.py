"""Redaction: identity becomes fixed marks without letters, with the way back."""

from pipeline.redaction.contacts import contact_email
from pipeline.redaction.redacting import redact

__all__ = ["contact_email", "redact"]
