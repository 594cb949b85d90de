"""The tables of the audit chain; a test compares them with what the migrations make."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from pipeline.ledger_schema import metadata

# Never changed and never deleted from.
events_table = Table(
    "audit_events",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("audit_events_kind", "kind"),
    Index("audit_events_hash", "hash"),
)

# What erasing a candidate takes away.
payloads_table = Table(
    "audit_payloads",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    # Both stand in the payload too, under the digest; here they are for looking up. Empty for none.
    Column("opening", String(80), nullable=False),
    Column("candidate", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Index("audit_payloads_opening", "opening", "candidate"),
)

salts_table = Table(
    "audit_salts",
    metadata,
    Column("opening", String(80), primary_key=True),
    Column("candidate", String(64), primary_key=True),
    Column("salt", String(64), nullable=False),
)
