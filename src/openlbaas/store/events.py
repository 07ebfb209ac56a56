"""What happened to load balancers, in one transaction."""

import re
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.domain.events import Event
from openlbaas.domain.selection import Selection
from openlbaas.store import tables as t

_NUMBER = re.compile("[0-9]{1,18}", re.ASCII)
"""What an id can be: no more digits than both databases take."""


class Events:
    """Reads and writes of events in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection

    def note(self, *, now: float, project_id: str, load_balancer_id: str, name: str, text: str) -> None:
        """Write an event."""
        row = {"at": now, "project_id": project_id, "loadbalancer_id": load_balancer_id, "name": name, "text": text}
        self._connection.execute(sa.insert(t.events), row)

    def select(self, selection: Selection) -> list[Event]:
        """List events, oldest first; the parent is a load balancer."""
        table = t.events
        select = sa.select(table)
        if selection.ids is not None:
            select = select.where(table.c.id.in_([int(id_) for id_ in selection.ids if _NUMBER.fullmatch(id_)]))
        if selection.parent_id is not None:
            select = select.where(table.c.loadbalancer_id == selection.parent_id)
        if selection.names is not None:
            select = select.where(table.c.name.in_(selection.names))
        if selection.project_id is not None:
            select = select.where(table.c.project_id == selection.project_id)
        window = selection.window
        if window is None:
            return self._events(select.order_by(table.c.id))
        if window.marker is not None:
            marker = int(window.marker) if _NUMBER.fullmatch(window.marker) else -1
            select = select.where(table.c.id <= marker if window.backwards else table.c.id >= marker)
        # One more: the row of the marker comes as well.
        order = table.c.id.desc() if window.backwards else table.c.id
        found = self._events(select.order_by(order).limit(window.rows + 1))
        return found[::-1] if window.backwards else found

    def _events(self, select: sa.Select[Any]) -> list[Event]:
        return [_event(row) for row in self._connection.execute(select)]

    def latest(self, names: Sequence[str], since: float) -> str | None:
        """Name the newest of some events of the cloud since an instant, in seconds since the epoch, UTC."""
        table = t.events
        mine = (table.c.loadbalancer_id == "") & (table.c.at >= since) & table.c.name.in_(names)
        select = sa.select(table.c.name).where(mine).order_by(table.c.id.desc()).limit(1)
        return self._connection.execute(select).scalar_one_or_none()

    def prune(self, before: float) -> None:
        """Remove events older than an instant, in seconds since the epoch, UTC."""
        self._connection.execute(sa.delete(t.events).where(t.events.c.at < before))


def _event(row: Any) -> Event:
    return Event(str(row.id), row.at, row.project_id, row.loadbalancer_id, row.name, row.text)
