"""Run the migrations on the connection that the ledger passes in.

There is no offline mode and no alembic.ini: the ledger is the only caller.
"""

from alembic import context

# The tables of the desk belong to the same metadata.
from pipeline.desk.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
