"""Loading load balancers as trees, and remembering those that have not changed.

Every write to what hangs below a load balancer counts its *version* up, in the transaction of the write. So one row
tells whether a tree that was loaded before is still the one in the database, whoever changed it.
"""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.domain.tree import COLLECTIONS, Tree
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.store import rows
from openlbaas.store import tables as t

CHUNK = 400
"""How many ids go into one IN list: every database takes this many."""

_MOST_PARTS = 200_000
_POOLS = sa.select(
    t.pools,
    t.sessionpersistences.c.type.label("persistence_type"),
    t.sessionpersistences.c.cookie_name,
).select_from(t.pools.outerjoin(t.sessionpersistences))
_SNI = sa.select(t.sni, t.listeners.c.loadbalancer_id).join_from(t.sni, t.listeners)
_TABLES: Final[Mapping[str, tuple[sa.Select[Any], sa.Table]]] = {
    "listeners": (sa.select(t.listeners), t.listeners),
    "sni": (_SNI, t.listeners),
    "pools": (_POOLS, t.pools),
    "members": (sa.select(t.members), t.members),
    "health_monitors": (sa.select(t.healthmonitors), t.healthmonitors),
    "l7_policies": (sa.select(t.l7policies), t.l7policies),
    "l7_rules": (sa.select(t.l7rules), t.l7rules),
}


def _selects() -> dict[str, sa.Select[Any]]:
    """Select what hangs below load balancers, in the order in which it was created."""

    def of(select: sa.Select[Any], table: sa.Table) -> sa.Select[Any]:
        chosen = table.c.loadbalancer_id.in_(sa.bindparam("lbs", expanding=True))
        return select.where(chosen).order_by(table.c.created, table.c.id)

    selects = {name: of(select, table) for name, (select, table) in _TABLES.items()}
    selects["sni"] = selects["sni"].order_by(None).order_by(t.sni.c.listener_id, t.sni.c.position)
    return selects


_SELECTS = _selects()
_OWN = t.loadbalancers.c
_SOME = _OWN.id.in_(sa.bindparam("lbs", expanding=True))
_BALANCERS = sa.select(t.loadbalancers).where(_SOME)
_STANDING: sa.Select[Any] = sa.select(
    *(_OWN[name] for name in ("id", "version", "revision", "applied", "refused", "reason", "committed_at"))
)
_STANDINGS = _STANDING.where(_SOME)
_ONE = _STANDING.where(_OWN.id == sa.bindparam("lb"))
_LOCKED = _ONE.with_for_update()


@dataclass(frozen=True, slots=True)
class _Known:
    version: int
    tree: Tree
    parts: int


class Remembered:
    """Trees that were loaded, the latest used ones, shared by every thread of a process."""

    def __init__(self, most_parts: int = _MOST_PARTS) -> None:
        """Keep at most so many parts of load balancers."""
        self._most_parts = most_parts
        self._guard = threading.Lock()
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._parts = 0

    def recall(self, load_balancer_id: str, version: int) -> Tree | None:
        """Name the tree of a version, as it was loaded."""
        with self._guard:
            known = self._known.get(load_balancer_id)
            if known is None or known.version != version:
                return None
            self._known.move_to_end(load_balancer_id)
            return known.tree

    def keep(self, version: int, tree: Tree) -> None:
        """Remember what the database has, as of a commit."""
        parts = 1 + sum(len(getattr(tree, name)) for name in COLLECTIONS.values())
        with self._guard:
            self._drop(tree.id)
            self._known[tree.id] = _Known(version, tree, parts)
            self._parts += parts
            while self._parts > self._most_parts:
                self._drop(next(iter(self._known)))

    def _drop(self, load_balancer_id: str) -> None:
        known = self._known.pop(load_balancer_id, None)
        if known is not None:
            self._parts -= known.parts


def standing(connection: Connection, load_balancer_id: str, *, lock: bool) -> rows.Row | None:
    """Read how far a load balancer is: its version, its revision and what its hosts have answered."""
    return connection.execute(_LOCKED if lock else _ONE, {"lb": load_balancer_id}).one_or_none()


def standings(connection: Connection, load_balancer_ids: Sequence[str]) -> list[rows.Row]:
    """Read how far load balancers are; at most :data:`CHUNK` of them."""
    return list(connection.execute(_STANDINGS, {"lbs": list(load_balancer_ids)}))


def loaded(connection: Connection, load_balancer_ids: Sequence[str]) -> dict[str, Tree]:
    """Load load balancers with what hangs below them, in as many queries as one takes; at most :data:`CHUNK`."""
    if not load_balancer_ids:
        return {}
    bound = {"lbs": list(load_balancer_ids)}
    found = connection.execute(_BALANCERS, bound).all()
    grouped = {name: _grouped(connection.execute(select, bound)) for name, select in _SELECTS.items()}
    return {row.id: _tree(row, {name: groups.get(row.id, []) for name, groups in grouped.items()}) for row in found}


def _grouped(found: Iterable[rows.Row]) -> dict[str, list[rows.Row]]:
    groups: dict[str, list[rows.Row]] = defaultdict(list)
    for row in found:
        groups[row.loadbalancer_id].append(row)
    return groups


def _tree(row: rows.Row, found: Mapping[str, Sequence[rows.Row]]) -> Tree:
    sni: dict[str, tuple[str, ...]] = {}
    for one in found["sni"]:
        sni[one.listener_id] = (*sni.get(one.listener_id, ()), one.tls_container_id)
    return Tree(
        rows.load_balancer(row),
        rows.progress(row),
        listeners=tuple(rows.listener(r, sni.get(r.id, ())) for r in found["listeners"]),
        pools=tuple(rows.pool(r) for r in found["pools"]),
        members=tuple(rows.member(r) for r in found["members"]),
        health_monitors=tuple(rows.health_monitor(r) for r in found["health_monitors"]),
        l7_policies=tuple(rows.l7_policy(r) for r in found["l7_policies"]),
        l7_rules=tuple(rows.l7_rule(r) for r in found["l7_rules"]),
        health={r.id: MemberHealth(r.health) for r in found["members"] if r.health is not None},
    )
