"""What load balancers have carried, in one transaction."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.domain.statistics import COUNTERS, Counted, Numbers, Statistics
from openlbaas.store import tables as t

_SHOWN = tuple(
    (name, COUNTERS.index(name)) for name in ("bytes_in", "bytes_out", "active_connections", "total_connections")
)
_KINDS = ("listeners", "pools", "members")
_ONE = sa.select(t.statistics.c.detail).where(t.statistics.c.loadbalancer_id == sa.bindparam("lb"))


class StatisticsRows:
    """Reads and writes of statistics in one transaction; each load balancer has one row at most."""

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection

    def find(self, load_balancer_id: str) -> Statistics | None:
        """Read what is known of a load balancer; None before its host has told anything."""
        detail = self._connection.execute(_ONE, {"lb": load_balancer_id}).scalar_one_or_none()
        return None if detail is None else _read(detail)

    def put(self, load_balancer_id: str, found: Statistics, *, new: bool) -> None:
        """Write what is known of a load balancer; new says that it has no row yet."""
        table = t.statistics
        values: dict[str, Any] = {name: found.whole[place] for name, place in _SHOWN} | {"detail": _written(found)}
        if new:
            self._connection.execute(sa.insert(table), {"loadbalancer_id": load_balancer_id, **values})
        else:
            update = sa.update(table).where(table.c.loadbalancer_id == load_balancer_id)
            self._connection.execute(update, values)


def _written(found: Statistics) -> dict[str, Any]:
    return {
        "whole": found.whole,
        "counted": _maps(found.counted),
        # A list, since not every database keeps the order of an object's names.
        "seen": [[process, _maps(counted)] for process, counted in found.seen.items()],
        "ended": found.ended,
    }


def _maps(counted: Counted) -> dict[str, Mapping[str, Numbers]]:
    return {kind: getattr(counted, kind) for kind in _KINDS}


def _read(detail: Mapping[str, Any]) -> Statistics:
    return Statistics(
        whole=tuple(detail["whole"]),
        counted=_counted(detail["counted"]),
        seen={process: _counted(maps) for process, maps in detail["seen"]},
        ended=tuple(detail["ended"]),
    )


def _counted(maps: Mapping[str, Mapping[str, list[int]]]) -> Counted:
    return Counted(**{kind: {id_: tuple(numbers) for id_, numbers in maps[kind].items()} for kind in _KINDS})
