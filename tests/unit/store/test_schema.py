"""The schema: migrations and tables say the same."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from openlbaas.store import schema
from openlbaas.store.engine import engine
from openlbaas.store.pair_table import METADATA
from openlbaas.store.tables import bindings


def test_a_migrated_database_has_exactly_the_tables(tmp_path: Path) -> None:
    connection = f"sqlite:///{tmp_path}/new/folder/test.db"
    assert schema.current(connection) == ""
    schema.upgrade(connection)
    schema.upgrade(connection)
    with engine(connection).connect() as plain:
        context = MigrationContext.configure(plain, opts={"version_table": schema.VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []


def test_head_is_the_newest_migration(tmp_path: Path) -> None:
    settings = Config()
    settings.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(settings).get_current_head() == schema.head()
    connection = f"sqlite:///{tmp_path}/test.db"
    assert schema.current(connection) == ""
    schema.upgrade(connection)
    assert schema.current(connection) == schema.head()


def test_the_binding_table_prints_as_the_originals() -> None:
    assert [c.name for c in bindings.columns] == ["loadbalancer_id", "agent_id"]


def test_bindings_from_before_claims_are_the_first_ones(tmp_path: Path) -> None:
    connection = f"sqlite:///{tmp_path}/test.db"
    script = Config()
    script.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    # Not our engine: the rows that a binding refers to are of no concern here.
    with sa.create_engine(connection).connect() as plain:
        script.attributes["connection"] = plain
        command.upgrade(script, "0002")
        plain.exec_driver_sql("INSERT INTO lbaas_loadbalanceragentbindings VALUES ('lb', 'agent')")
        command.upgrade(script, "head")
        assert list(plain.exec_driver_sql("SELECT loadbalancer_id, claim FROM lbaas_placements")) == [("lb", 1)]


def test_the_originals_database_is_left_alone(tmp_path: Path) -> None:
    connection = f"sqlite:///{tmp_path}/neutron.db"
    with engine(connection).begin() as plain:
        plain.exec_driver_sql("CREATE TABLE networks (id TEXT)")
    with pytest.raises(schema.ForeignDatabase, match="a table networks"):
        schema.upgrade(connection)
