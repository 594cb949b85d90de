"""Create provider_batches and provider_batch_requests."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "provider_batches",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("judge", sa.Text, nullable=False),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("sent", sa.Text, nullable=False),
        sa.Column("input_file", sa.Text),
        sa.Column("provider_id", sa.Text),
        sa.Column("requests", sa.Integer, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
    )
    op.create_index("provider_batches_state", "provider_batches", ["state"])
    op.create_table(
        "provider_batch_requests",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("batch", sa.Integer, primary_key=True),
    )
    op.create_index("provider_batch_requests_batch", "provider_batch_requests", ["batch"])
