"""Run by Alembic: applies the revisions on the connection, and in the transaction, of the caller."""

from alembic import context

from nas.storage.models import Base
from nas.storage.schema import VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,  # SQLite too: its driver begins no transactions of its own here
)
with context.begin_transaction():
    context.run_migrations()
