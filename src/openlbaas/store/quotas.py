"""What projects may have, where it is not what all may."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from openlbaas.domain.quota import Limits
from openlbaas.domain.vocabulary import Kind
from openlbaas.store import tables as t

_TURN = ""
"""The resource of the row that stands for a project's turn to count; no kind is named so."""

_LIMIT = sa.select(t.quotas.c.limit).where(
    t.quotas.c.project_id == sa.bindparam("project"), t.quotas.c.resource == sa.bindparam("kind")
)


class Quotas:
    """Reads and writes of quotas in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection

    def limit(self, project_id: str, kind: Kind) -> int | None:
        """Name what was set for a project, None when nothing was."""
        found = self._connection.execute(_LIMIT, {"project": project_id, "kind": kind.value}).scalar_one_or_none()
        return None if found is None else int(found)

    def all(self, project_id: str | None = None) -> dict[str, Limits]:
        """List what was set, by project; of one project when it is named."""
        select = sa.select(t.quotas).where(t.quotas.c.resource != _TURN)
        if project_id is not None:
            select = select.where(t.quotas.c.project_id == project_id)
        found: dict[str, dict[Kind, int]] = {}
        for row in self._connection.execute(select.order_by(t.quotas.c.project_id, t.quotas.c.resource)):
            found.setdefault(row.project_id, {})[Kind(row.resource)] = row.limit
        return dict(found)

    def set(self, project_id: str, limits: Limits) -> None:
        """Set limits of a project; those not named stay."""
        for kind, limit in limits.items():
            mine = (t.quotas.c.project_id == project_id) & (t.quotas.c.resource == kind.value)
            if self._connection.execute(sa.update(t.quotas).where(mine).values(limit=limit)).rowcount == 0:
                new = {"project_id": project_id, "resource": kind.value, "limit": limit}
                self._connection.execute(sa.insert(t.quotas), new)

    def clear(self, project_id: str) -> None:
        """Take every limit of a project away; what holds for all holds for it again."""
        mine = (t.quotas.c.project_id == project_id) & (t.quotas.c.resource != _TURN)
        self._connection.execute(sa.delete(t.quotas).where(mine))

    def take_turn(self, project_id: str) -> None:
        """Let nobody else count this project's things before the end of the transaction.

        A row of the project is locked, and made first if need be. SQLite has one writer at a time, so there it is
        always this one's turn; other databases wait here, and what is counted afterwards is everything that was
        committed, as long as statements see the newest commits (READ COMMITTED).
        """
        mine = (t.quotas.c.project_id == project_id) & (t.quotas.c.resource == _TURN)
        lock = sa.select(t.quotas.c.limit).where(mine).with_for_update()
        if self._connection.execute(lock).one_or_none() is not None:
            return
        try:
            with self._connection.begin_nested():
                self._connection.execute(sa.insert(t.quotas), {"project_id": project_id, "resource": _TURN, "limit": 0})
        except IntegrityError:
            # Somebody else made it meanwhile, and this waits for the end of that.
            self._connection.execute(lock)
