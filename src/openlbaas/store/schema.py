"""Which schema a database has, and how it gets the newest."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from openlbaas.store.engine import engine
from openlbaas.store.pair_table import METADATA

HEAD = "0007"
"""The revision that this release needs; a test holds it against the migrations."""


VERSION_TABLE = "openlbaas_version"
"""Not Alembic's usual name: a database of the original has that one."""


_LOCK = 5_176_215_227
_LONGEST_S = 600


class ForeignDatabase(Exception):
    """The database has tables of ours that we did not make: it belongs to something else."""


def head() -> str:
    """Name the revision that this release needs."""
    return HEAD


def current(connection: str) -> str:
    """Name the revision a database has; empty when it has none.

    Raises: sqlalchemy's OperationalError when the database does not answer.
    """
    if (file := _sqlite_file(connection)) is not None and not file.exists():
        return ""
    opened = engine(connection)
    try:
        if not sa.inspect(opened).has_table(VERSION_TABLE):
            return ""
        with opened.connect() as plain:
            found = plain.scalar(sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE)))
            return str(found or "")
    finally:
        opened.dispose()


def upgrade(connection: str) -> None:
    """Bring a database to the newest schema; a SQLite file and its folder are made where missing.

    Raises: ForeignDatabase; sqlalchemy's errors when the database does not answer.
    """
    # Alembic is slow to import, and only an upgrade needs it.
    from alembic import command
    from alembic.config import Config

    if (file := _sqlite_file(connection)) is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    opened = engine(connection)
    try:
        with _alone(opened):
            _check_ours(opened)
            with opened.execution_options(openlbaas_writing=True).begin() as plain:
                settings.attributes["connection"] = plain
                command.upgrade(settings, "head")
    finally:
        opened.dispose()


@contextmanager
def _alone(opened: sa.Engine) -> Iterator[None]:
    """Keep others from upgrading the same database; a lock ends with its connection, however that ends."""
    take = {"postgresql": f"SELECT pg_advisory_lock({_LOCK})", "mysql": f"SELECT GET_LOCK('{_LOCK}', {_LONGEST_S})"}
    if opened.dialect.name not in take:
        yield
        return
    with opened.execution_options(isolation_level="AUTOCOMMIT").connect() as plain:
        plain.exec_driver_sql(take[opened.dialect.name])
        if opened.dialect.name == "mysql" and not sa.inspect(plain).get_table_names():
            # Names differ by every letter and space, as in the other databases, whatever the server's default is.
            plain.exec_driver_sql("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin")
        yield
        plain.invalidate()


def _check_ours(opened: sa.Engine) -> None:
    present = set(sa.inspect(opened).get_table_names())
    if VERSION_TABLE not in present and (foreign := sorted(present & METADATA.tables.keys())):
        message = (
            f"this database has a table {foreign[0]} that OpenLBaaS did not make, as the original's has: "
            "give OpenLBaaS a database of its own in [database] connection"
        )
        raise ForeignDatabase(message)


def _sqlite_file(connection: str) -> Path | None:
    url = sa.make_url(connection)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database))
