"""Create answers, askings and runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "answers",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("lease_owner", sa.String(32), nullable=False),
        sa.Column("lease_expires", sa.BigInteger, nullable=False),
        sa.Column("judge", sa.Text, nullable=False),
        sa.Column("findings", sa.Text),
        sa.Column("unscored", sa.String(32)),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("provider", sa.Text),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "askings",
        sa.Column("run_id", sa.String(64), primary_key=True),
        sa.Column("candidate", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("request_key", sa.String(64), primary_key=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("unscored", sa.String(32)),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("askings_request_key", "askings", ["request_key"])
    op.create_table(
        "runs",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("scorecard_hash", sa.String(64), nullable=False),
        sa.Column("judge", sa.Text, nullable=False),
        sa.Column("batch_fingerprint", sa.String(64), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("started", sa.BigInteger, nullable=False),
        sa.Column("finished", sa.BigInteger),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("shortlist_sha256", sa.String(64)),
        sa.Column("detail", sa.Text, nullable=False),
    )
