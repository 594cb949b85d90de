"""Let ids of runs and the name of a batch be of any length: they hold a scorecard's id and a path."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply the change."""
    # SQLite bounds no text, but cannot alter a column either: its tables are copied.
    for table, columns in (("askings", ("run_id",)), ("runs", ("id", "batch_fingerprint"))):
        with op.batch_alter_table(table) as altered:
            for column in columns:
                altered.alter_column(column, existing_type=sa.String(64), type_=sa.Text, existing_nullable=False)
