"""The database that tests run on: a file for each, or one real server for each process of tests.

Shape: OPENLBAAS_TEST_DATABASE is sqlite, mariadb or postgresql; scripts/test runs what concerns the store on each.
"""

import atexit
import gc
import os
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from openlbaas.cli.lab.databases import Database, made
from openlbaas.store import schema
from openlbaas.store.engine import engine
from openlbaas.store.pair_table import METADATA

KIND = os.environ.get("OPENLBAAS_TEST_DATABASE", "sqlite")
_LONGEST_S = 60.0
_PAUSE_S = 0.05


def fresh(folder: Path) -> str:
    """Name a database with the newest schema and nothing in it; on a server, whatever was in it goes."""
    if KIND == "sqlite":
        shutil.copyfile(_template(), folder / "openlbaas.db")
        return f"sqlite:///{folder}/openlbaas.db"
    connection = _upgraded(KIND)
    opened = engine(connection)
    with opened.begin() as plain:
        for table in reversed(METADATA.sorted_tables):
            plain.execute(sa.delete(table))
    opened.dispose()
    return connection


@cache
def _template() -> Path:
    """Upgrade one file for this process; a copy of it is there in a hundredth of the time."""
    folder = Path(tempfile.mkdtemp(prefix="olbdb-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    schema.upgrade(f"sqlite:///{folder}/openlbaas.db")
    (whole,) = folder.iterdir()
    return whole


@cache
def _upgraded(kind: str) -> str:
    connection = empty(kind, "openlbaas")
    schema.upgrade(connection)
    return connection


def empty(kind: str, name: str) -> str:
    """Make an empty database on the server of this kind, and name its URL."""
    database, process = running(kind)
    ends = time.monotonic() + _LONGEST_S
    while True:
        try:
            connection = database.create(name)
        except OperationalError:
            assert process.poll() is None, f"{kind} ended: {(database.folder / 'log').read_text()}"
            assert time.monotonic() < ends, f"{kind} never listened"
            _pause()
        else:
            # Connections that failed warn when they are collected, which imports; in the middle of another import,
            # Python 3.11 would end that with a KeyError.
            gc.collect()
            return connection


@cache
def running(kind: str) -> tuple[Database, subprocess.Popen[bytes]]:
    """Start a database server of this process's own; it ends with it."""
    folder = Path(tempfile.mkdtemp(prefix="olbdb-"))
    database = made(kind, folder)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(database.command, stdout=log, stderr=log, cwd="/")

    def end() -> None:
        process.send_signal(signal.SIGTERM if kind == "mariadb" else signal.SIGINT)
        process.wait(timeout=_LONGEST_S)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    return database, process


def _pause() -> None:
    """Give way for a moment."""
    import select

    select.select([], [], [], _PAUSE_S)
