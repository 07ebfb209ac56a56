"""Which hosts' feeds have moved, found out so cheaply that it can be asked many times a second.

Every server writes to the same database, and only the one that made a change knows that by itself. One number tells
whether any feed moved; only then are all of them read.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from openlbaas.domain.errors import StoreBusy
from openlbaas.store import tables as t
from openlbaas.store.engine import engine

_ALL = sa.select(t.agents.c.host, t.agents.c.feed_position)
_SUM = sa.select(sa.func.sum(t.agents.c.feed_position), sa.func.count())


class Positions:
    """Watches the feeds of all hosts on a connection of its own.

    Order: one thread alone.
    """

    def __init__(self, connection: str) -> None:
        """Remember the database by its SQLAlchemy URL; it is opened by the first look."""
        self._engine = engine(connection)
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        self._opened: Connection | None = None
        self._version = -1
        self._sum: tuple[object, ...] = ()
        self._known: dict[str, int] = {}

    def moved(self) -> frozenset[str]:
        """Name the hosts whose feed moved since the last look; at the first one, all.

        Raises: StoreBusy.
        """
        try:
            return self._moved(self._opened or self._open())
        except DBAPIError as error:
            self.close()
            raise StoreBusy(f"the database did not answer: {error.orig}") from error

    def _open(self) -> Connection:
        self._opened = self._engine.connect()
        if not self._is_sqlite:
            # Each look is of its own moment.
            self._opened = self._opened.execution_options(isolation_level="AUTOCOMMIT")
        return self._opened

    def _moved(self, opened: Connection) -> frozenset[str]:
        if self._is_sqlite and not self._written(opened):
            return frozenset()
        found = tuple(opened.execute(_SUM).one())
        news: frozenset[str] = frozenset()
        if found != self._sum:
            known = {row.host: row.feed_position for row in opened.execute(_ALL)}
            news = frozenset(host for host, at in known.items() if self._known.get(host) != at)
            self._sum, self._known = found, known
        opened.rollback()
        return news

    def _written(self, opened: Connection) -> bool:
        """Tell whether anybody else wrote to the file, which costs no look into it."""
        # Asked many times a second, and of no transaction: past everything that would begin one.
        cursor = opened.connection.cursor()
        cursor.execute("PRAGMA data_version")
        version: int = cursor.fetchall()[0][0]
        cursor.close()
        before, self._version = self._version, version
        return version != before

    def close(self) -> None:
        """Let go of the database; the next look opens it again."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.invalidate()
            opened.close()
