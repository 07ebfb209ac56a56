"""How Alembic runs a step: on the connection that :mod:`openlbaas.store.schema` gives it."""

from alembic import context

from openlbaas.store.pair_table import METADATA
from openlbaas.store.schema import VERSION_TABLE

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, version_table=VERSION_TABLE, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
