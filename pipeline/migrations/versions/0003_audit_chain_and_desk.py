"""Create the audit chain and the tables of the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply the change."""
    _create_audit_chain()
    _create_people()
    _create_openings()


def _create_audit_chain() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("audit_events_kind", "audit_events", ["kind"])
    op.create_index("audit_events_hash", "audit_events", ["hash"])
    op.create_table(
        "audit_payloads",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("opening", sa.String(80), nullable=False),
        sa.Column("candidate", sa.String(64), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
    )
    op.create_index("audit_payloads_opening", "audit_payloads", ["opening", "candidate"])
    op.create_table(
        "audit_salts",
        sa.Column("opening", sa.String(80), primary_key=True),
        sa.Column("candidate", sa.String(64), primary_key=True),
        sa.Column("salt", sa.String(64), nullable=False),
    )


def _create_people() -> None:
    op.create_table(
        "desk_users",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("display", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password", sa.Text, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "desk_access",
        sa.Column("user", sa.String(32), primary_key=True),
        sa.Column("opening", sa.String(80), primary_key=True),
    )
    op.create_table(
        "desk_sessions",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        sa.Column("user", sa.String(32), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("began", sa.BigInteger, nullable=False),
        sa.Column("issued", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
    )
    op.create_index("desk_sessions_user", "desk_sessions", ["user"])
    op.create_table(
        "desk_sign_in_attempts",
        sa.Column("name_sha256", sa.String(64), primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_allowed", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
    )


def _create_openings() -> None:
    op.create_table(
        "desk_openings",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("scorecard_version", sa.Integer, nullable=False),
        sa.Column("blind", sa.Boolean, nullable=False),
        sa.Column("cover_levels", sa.Boolean, nullable=False),
        sa.Column("archived", sa.Boolean, nullable=False),
    )
    op.create_table(
        "desk_scorecards",
        sa.Column("opening", sa.String(80), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("yaml", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "desk_uploads",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("opening", sa.String(80), nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("files", sa.Integer, nullable=False),
        sa.Column("candidates", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_index("desk_uploads_opening", "desk_uploads", ["opening"])
    op.create_table(
        "desk_runs",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("opening", sa.String(80), nullable=False),
        sa.Column("scorecard_version", sa.Integer, nullable=False),
        sa.Column("options", sa.Text, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("asked", sa.BigInteger, nullable=False),
        sa.Column("started", sa.BigInteger),
        sa.Column("finished", sa.BigInteger),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("stage", sa.Text, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("current", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("out", sa.Text),
        sa.Column("resumes", sa.String(40)),
    )
    op.create_index("desk_runs_opening", "desk_runs", ["opening", "asked"])
    op.create_index("desk_runs_state", "desk_runs", ["state"])
