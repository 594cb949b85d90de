"""The tables of the desk, in the ledger's database; a test compares them with what the migrations make.

Decisions, overrides, comments, reveals and outcomes have no table: they are events of the audit chain, read from its
payloads, so that what is shown is what the chain vouches for.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from pipeline.audit_schema import events_table, payloads_table, salts_table
from pipeline.ledger_schema import metadata

__all__ = [
    "access_table",
    "attempts_table",
    "events_table",
    "metadata",
    "openings_table",
    "payloads_table",
    "runs_table",
    "salts_table",
    "scorecards_table",
    "sessions_table",
    "tokens_table",
    "uploads_table",
    "users_table",
]

users_table = Table(
    "desk_users",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("display", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("password", Text, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
)

access_table = Table(
    "desk_access",
    metadata,
    Column("user", String(32), primary_key=True),
    Column("opening", String(80), primary_key=True),
)

sessions_table = Table(
    "desk_sessions",
    metadata,
    # The token itself is nowhere: whoever reads the database cannot sign in with it.
    Column("token_sha256", String(64), primary_key=True),
    Column("user", String(32), nullable=False),
    Column("csrf", String(64), nullable=False),
    # Of the sign-in, whatever tokens came after it.
    Column("began", BigInteger, nullable=False),
    Column("issued", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index("desk_sessions_user", "user"),
)

tokens_table = Table(
    "desk_api_tokens",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("token_sha256", String(64), nullable=False),
    Column("user", String(32), nullable=False),
    Column("label", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("used", BigInteger),
    Column("revoked", BigInteger),
    Index("desk_api_tokens_sha256", "token_sha256", unique=True),
    Index("desk_api_tokens_user", "user"),
)

# By hash: what is typed into the field for names is sometimes a password.
attempts_table = Table(
    "desk_sign_in_attempts",
    metadata,
    Column("name_sha256", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("next_allowed", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
)

openings_table = Table(
    "desk_openings",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("title", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("scorecard_version", Integer, nullable=False),
    Column("blind", Boolean, nullable=False),
    Column("cover_levels", Boolean, nullable=False),
    Column("archived", Boolean, nullable=False),
)

scorecards_table = Table(
    "desk_scorecards",
    metadata,
    Column("opening", String(80), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("yaml", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("note", Text, nullable=False),
)

uploads_table = Table(
    "desk_uploads",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("opening", String(80), nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("source", String(8), nullable=False),
    Column("files", Integer, nullable=False),
    Column("candidates", Integer, nullable=False),
    Column("note", Text, nullable=False),
    Index("desk_uploads_opening", "opening"),
)

runs_table = Table(
    "desk_runs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("opening", String(80), nullable=False),
    Column("scorecard_version", Integer, nullable=False),
    Column("options", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("by", Text, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("started", BigInteger),
    Column("finished", BigInteger),
    Column("lease_until", BigInteger),
    Column("stage", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("current", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("out", Text),
    Column("resumes", String(40)),
    Index("desk_runs_opening", "opening", "asked"),
    Index("desk_runs_state", "state"),
)
