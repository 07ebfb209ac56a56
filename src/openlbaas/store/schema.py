"""Which schema a database has, and how it gets the newest."""

from pathlib import Path

import sqlalchemy as sa

from openlbaas.store.engine import engine

HEAD = "0001"
"""The revision that this release needs; a test holds it against the migrations."""


def head() -> str:
    """Name the revision that this release needs."""
    return HEAD


def current(connection: str) -> str:
    """Name the revision a database has; empty when it has none.

    Raises: sqlalchemy's OperationalError when the database does not answer.
    """
    opened = engine(connection)
    try:
        if not sa.inspect(opened).has_table("alembic_version"):
            return ""
        with opened.connect() as plain:
            found = plain.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
            return str(found or "")
    finally:
        opened.dispose()


def upgrade(connection: str) -> None:
    """Bring a database to the newest schema; a SQLite file and its folder are made where missing."""
    # Alembic is slow to import, and only an upgrade needs it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    url = sa.make_url(connection)
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    opened = engine(connection)
    try:
        with opened.execution_options(openlbaas_writing=True).begin() as plain:
            settings.attributes["connection"] = plain
            command.upgrade(settings, "head")
    finally:
        opened.dispose()
