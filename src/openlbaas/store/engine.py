"""Connections: one way to begin, to commit and to try again, for every database."""

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from openlbaas.domain.errors import Raced, StoreBusy

T = TypeVar("T")

ATTEMPTS = 8
"""How often what another one took first is looked for again."""
_LONGEST_S = 30.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.005, 0.32
_THREADS = 16
"""As many as a server has for each kind of request."""
_SQLITE_BUSY_TIMEOUT_S = 20
_POOL_S = 10
_CONNECT_S, _ANSWER_S = 3, 20
_PATIENCE: dict[str, dict[str, Any]] = {
    "mysql": {"connect_timeout": _CONNECT_S, "read_timeout": _ANSWER_S, "write_timeout": _ANSWER_S},
    "mariadb": {"connect_timeout": _CONNECT_S, "read_timeout": _ANSWER_S, "write_timeout": _ANSWER_S},
    "postgresql": {
        "connect_timeout": _CONNECT_S,
        "keepalives_idle": _CONNECT_S,
        "keepalives_interval": _CONNECT_S,
        "keepalives_count": 3,
        "tcp_user_timeout": 1000 * _POOL_S,
        "options": f"-c statement_timeout={1000 * _ANSWER_S}",
    },
}
"""How long a database that hangs, or whose machine is gone, is waited for: nobody is left without an answer."""

_SERIALIZATION_FAILURE = frozenset({"40001", "40P01"})
_DEADLOCK = frozenset({1205, 1213, 1047})
_UNIQUE_VIOLATION, _DUPLICATE = "23505", 1062


@dataclass(frozen=True, slots=True)
class Pool:
    """How many connections there are at most, for changes and as many again for reads; SQLite has its own number.

    Shape: recycle_s is -1 for never, size 0 for no limit, overflow -1 for any number.
    """

    size: int = _THREADS
    overflow: int = 4
    recycle_s: int = 1800
    wait_s: int = _POOL_S


_USUAL = Pool()


def engine(connection: str, *, reading: bool = False, pool: Pool = _USUAL) -> Engine:
    """Open a database by its SQLAlchemy URL; no connection is made yet.

    Shape: reading is for transactions that only read, in which every statement sees the same moment. In others each
           statement sees what was committed before it: what a lock was waited for is read as it is by then.
    """
    url = sa.make_url(connection)
    if url.get_backend_name() == "sqlite":
        return _sqlite(url)
    level = "REPEATABLE READ" if reading else "READ COMMITTED"
    made = sa.create_engine(
        url,
        pool_pre_ping=True,
        pool_size=pool.size,
        max_overflow=pool.overflow,
        pool_recycle=pool.recycle_s,
        isolation_level=level,
        json_deserializer=msgspec.json.decode,
        pool_timeout=pool.wait_s,
        connect_args=_PATIENCE[url.get_backend_name()],
    )
    if made.dialect.name == "postgresql":
        event.listen(made, "before_cursor_execute", _without_nul, retval=True)
    return made


def _sqlite(url: sa.URL) -> Engine:
    made = sa.create_engine(
        url,
        connect_args={"timeout": _SQLITE_BUSY_TIMEOUT_S, "check_same_thread": False},
        pool_size=16,
        max_overflow=16,
        json_deserializer=msgspec.json.decode,
    )
    event.listen(made, "connect", _prepare_sqlite)
    event.listen(made, "begin", _begin_sqlite)
    return made


def _without_nul(
    _connection: Connection,
    _cursor: object,
    statement: str,
    parameters: Any,
    _context: object,
    _many: bool,  # noqa: FBT001
) -> tuple[str, Any]:
    """Look for what PostgreSQL can't hold by what it can: nothing is stored that has a NUL, so nothing is found."""
    if isinstance(parameters, list):
        return statement, [_held(each) for each in parameters]
    return statement, _held(parameters)


def _held(parameters: Any) -> Any:
    if not isinstance(parameters, dict) or not any(isinstance(v, str) and "\0" in v for v in parameters.values()):
        return parameters
    return {k: v.replace("\0", "\ufffd") if isinstance(v, str) else v for k, v in parameters.items()}


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

    def __init__(self, connection: str, pool: Pool = _USUAL) -> None:
        """Open the database named by a SQLAlchemy URL."""
        self.engine = engine(connection, pool=pool)
        self._is_sqlite = self.engine.dialect.name == "sqlite"
        self._reading = self.engine if self._is_sqlite else engine(connection, reading=True, pool=pool)
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
        until, taken, pause_s = time.monotonic() + _LONGEST_S, 0, _FIRST_PAUSE_S
        while True:
            try:
                with (self.engine if writing else self._reading).connect() as plain:
                    connection = plain.execution_options(openlbaas_writing=writing)
                    with connection.begin():
                        return work(connection)
            except PoolTimeout as error:
                message = f"the database did not answer: {error}"
                raise StoreBusy(message) from error
            except DBAPIError as error:
                if not again(error):
                    raise _named(error) from error
                taken += isinstance(error, IntegrityError)
                if taken == ATTEMPTS or time.monotonic() >= until:
                    message = "other changes came first each time"
                    raise Raced(message) from error
            # By chance, or two that were in each other's way would be so again.
            time.sleep(random.uniform(0, pause_s))  # noqa: S311 - nothing secret
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()
        self._reading.dispose()


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
