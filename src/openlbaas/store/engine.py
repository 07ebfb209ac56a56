"""Connections: one way to begin, to commit and to try again, for every database."""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from openlbaas.domain.errors import Raced, StoreBusy

T = TypeVar("T")

ATTEMPTS = 8
_SQLITE_BUSY_TIMEOUT_S = 20
_SERIALIZATION_FAILURE = frozenset({"40001", "40P01"})
_DEADLOCK = frozenset({1205, 1213, 1047})
_UNIQUE_VIOLATION, _DUPLICATE = "23505", 1062


def engine(connection: str) -> Engine:
    """Open a database by its SQLAlchemy URL; no connection is made yet."""
    url = sa.make_url(connection)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    return sa.create_engine(url, pool_pre_ping=True, pool_size=16, max_overflow=16, pool_recycle=1800)


def _sqlite(url: sa.URL) -> Engine:
    made = sa.create_engine(
        url,
        connect_args={"timeout": _SQLITE_BUSY_TIMEOUT_S, "check_same_thread": False},
        pool_size=16,
        max_overflow=16,
    )
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    return made


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would begin transactions late and by itself; _begin_sqlite says when and how.
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: what was acknowledged is on the disk, also when the power goes.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the write lock first: one that read and then finds that it
    # can't write would have to fail, however long it is willing to wait.
    writing = connection.get_execution_options().get("openlbaas_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


class Transactions:
    """Runs functions in transactions and again when the database asked for it.

    A function may therefore run more than once and must do nothing but read and write through its connection.
    """

    def __init__(self, connection: str) -> None:
        """Open the database named by a SQLAlchemy URL."""
        self.engine = engine(connection)
        self._is_sqlite = self.engine.dialect.name == "sqlite"
        # One file has one writer: waiting here is fair and costs nothing, waiting in SQLite polls.
        self._writer = threading.Lock()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Run a function in a transaction that may write, and commit.

        Raises: Raced when it lost against others every time; StoreBusy when the database does not answer.
        """
        if self._is_sqlite:
            with self._writer:
                return self._attempt(work, writing=True)
        return self._attempt(work, writing=True)

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run a function in a transaction that only reads: one consistent moment.

        Raises: StoreBusy when the database does not answer.
        """
        return self._attempt(work, writing=False)

    def _attempt(self, work: Callable[[Connection], T], *, writing: bool) -> T:
        for _ in range(ATTEMPTS):
            try:
                with self.engine.connect() as plain:
                    connection = plain.execution_options(openlbaas_writing=writing)
                    with connection.begin():
                        return work(connection)
            except DBAPIError as error:
                if not again(error):
                    raise _named(error) from error
        message = "other changes came first each time"
        raise Raced(message)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def again(error: DBAPIError) -> bool:
    """Tell whether the database refused a transaction only because of another one.

    Shape: also what another one made first of the kind of which there may be one; who tries again sees it, and refuses
    or chooses something else.
    """
    cause = error.orig
    if isinstance(error, IntegrityError):
        return _taken(cause)
    if getattr(cause, "sqlstate", None) in _SERIALIZATION_FAILURE:
        return True
    first = cause.args[0] if cause is not None and cause.args else None
    return first in _DEADLOCK


def _taken(cause: BaseException | None) -> bool:
    """Tell whether there may be only one of what was written, and another has it."""
    if cause is None:
        return False
    first = cause.args[0] if cause.args else None
    return first == _DUPLICATE or getattr(cause, "sqlstate", None) == _UNIQUE_VIOLATION or "UNIQUE" in str(first)


def _named(error: DBAPIError) -> Exception:
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return StoreBusy(f"the database did not answer: {error.orig}")
    return error
