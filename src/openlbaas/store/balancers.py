"""Load balancers and what hangs below them, as trees."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.domain.errors import NotFound
from openlbaas.domain.model import Pool
from openlbaas.domain.selection import Selection
from openlbaas.domain.tree import Node, Tree
from openlbaas.domain.vocabulary import Kind, MemberHealth
from openlbaas.store import rows
from openlbaas.store import tables as t

V = TypeVar("V")

KIND_TABLES = {
    Kind.LOAD_BALANCER: t.loadbalancers,
    Kind.LISTENER: t.listeners,
    Kind.POOL: t.pools,
    Kind.MEMBER: t.members,
    Kind.HEALTH_MONITOR: t.healthmonitors,
}
_PARENT = {
    Kind.LISTENER: "loadbalancer_id",
    Kind.POOL: "loadbalancer_id",
    Kind.MEMBER: "pool_id",
    Kind.HEALTH_MONITOR: "pool_id",
}
_CHUNK = 400
"""How many ids go into one IN list: every database takes this many."""

_POOLS = sa.select(
    t.pools,
    t.sessionpersistences.c.type.label("persistence_type"),
    t.sessionpersistences.c.cookie_name,
).select_from(t.pools.outerjoin(t.sessionpersistences))


def _selects(one: bool) -> dict[str, sa.Select[Any]]:  # noqa: FBT001 - private and called twice
    def of(select: sa.Select[Any], table: sa.Table) -> sa.Select[Any]:
        column = table.c.loadbalancer_id
        if one:
            return select.where(column == sa.bindparam("lb")).order_by(table.c.created_at, table.c.id)
        chosen = column.in_(sa.bindparam("lbs", expanding=True))
        return select.where(chosen).order_by(table.c.created_at, table.c.id)

    balancer = sa.select(t.loadbalancers)
    own = t.loadbalancers.c.id
    return {
        "load_balancer": balancer.where(own == sa.bindparam("lb"))
        if one
        else balancer.where(own.in_(sa.bindparam("lbs", expanding=True))),
        "listeners": of(sa.select(t.listeners), t.listeners),
        "pools": of(_POOLS, t.pools),
        "members": of(sa.select(t.members), t.members),
        "health_monitors": of(sa.select(t.healthmonitors), t.healthmonitors),
    }


_ONE = _selects(one=True)
_MANY = _selects(one=False)
_LOCKED = _ONE["load_balancer"].with_for_update()


class Balancers:
    """Reads and writes of load balancers in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection

    def tree(self, load_balancer_id: str, *, lock: bool = False) -> Tree:
        """Load one load balancer with everything below it; lock its row for the rest of the transaction.

        Raises: NotFound.
        """
        select = _LOCKED if lock else _ONE["load_balancer"]
        bound = {"lb": load_balancer_id}
        row = self._connection.execute(select, bound).one_or_none()
        if row is None:
            raise NotFound(Kind.LOAD_BALANCER, load_balancer_id)
        found = {name: self._connection.execute(_ONE[name], bound).all() for name in _ONE if name != "load_balancer"}
        return _tree(row, found)

    def trees(self, load_balancer_ids: Sequence[str]) -> dict[str, Tree]:
        """Load several load balancers, in as many queries as one takes."""
        trees: dict[str, Tree] = {}
        for start in range(0, len(load_balancer_ids), _CHUNK):
            bound = {"lbs": list(load_balancer_ids[start : start + _CHUNK])}
            balancers = self._connection.execute(_MANY["load_balancer"], bound).all()
            grouped = {
                name: _grouped(self._connection.execute(_MANY[name], bound).all())
                for name in _MANY
                if name != "load_balancer"
            }
            for row in balancers:
                trees[row.id] = _tree(row, {name: groups.get(row.id, []) for name, groups in grouped.items()})
        return trees

    def home(self, kind: Kind, id: str) -> str:  # noqa: A002 - the field's own word
        """Name the load balancer that a part belongs to.

        Raises: NotFound.
        """
        table = KIND_TABLES[kind]
        column = table.c.id if kind is Kind.LOAD_BALANCER else table.c.loadbalancer_id
        found = self._connection.execute(sa.select(column).where(table.c.id == id)).scalar_one_or_none()
        if found is None:
            raise NotFound(kind, id)
        return str(found)

    def homes(self, kind: Kind, selection: Selection) -> list[tuple[str, str]]:
        """List (id, load balancer id) of the objects selected, in order of creation."""
        table = KIND_TABLES[kind]
        home = table.c.id if kind is Kind.LOAD_BALANCER else table.c.loadbalancer_id
        select = sa.select(table.c.id, home).order_by(table.c.created_at, table.c.created, table.c.id)
        if selection.parent_id is not None and kind in _PARENT:
            select = select.where(table.c[_PARENT[kind]] == selection.parent_id)
        found = self._connection.execute(narrowed(select, table, selection))
        return [(row[0], row[1]) for row in found]

    def insert(self, tree: Tree, *, now: float) -> None:
        """Write a load balancer that is new."""
        self._connection.execute(sa.insert(t.loadbalancers), _balancer_values(tree) | {"created_at": now})

    def save(self, before: Tree, after: Tree, *, now: float) -> None:
        """Write what differs between two trees of one load balancer."""
        table = t.loadbalancers
        update = sa.update(table).where(table.c.id == after.id)
        self._connection.execute(update, _balancer_values(after))
        for name in ("listeners", "pools", "members", "health_monitors"):
            old = {node.id: node for node in getattr(before, name)}
            for node in getattr(after, name):
                if node.id not in old:
                    self._insert(node, after.id, now)
                elif node != old[node.id]:
                    self._update(node, after.id)

    def _insert(self, node: Node, load_balancer_id: str, now: float) -> None:
        values = rows.values(node, load_balancer_id) | {"created_at": now}
        self._connection.execute(sa.insert(rows.TABLES[type(node)]), values)
        self._persist(node)

    def _update(self, node: Node, load_balancer_id: str) -> None:
        table = rows.TABLES[type(node)]
        self._connection.execute(sa.update(table).where(table.c.id == node.id), rows.values(node, load_balancer_id))
        self._persist(node)

    def _persist(self, node: Node) -> None:
        if not isinstance(node, Pool):
            return
        table = t.sessionpersistences
        self._connection.execute(sa.delete(table).where(table.c.pool_id == node.id))
        if node.persistence:
            kept = {"type": node.persistence.type.value, "cookie_name": node.persistence.cookie_name}
            self._connection.execute(sa.insert(table), {"pool_id": node.id, **kept})

    def settle(
        self, load_balancer_id: str, *, applied: int | None = None, refused: int | None = None, reason: str = ""
    ) -> None:
        """Note what a host answered for a revision."""
        values: rows.Values = {"applied": applied} if applied is not None else {"refused": refused, "reason": reason}
        table = t.loadbalancers
        self._connection.execute(sa.update(table).where(table.c.id == load_balancer_id).values(values))

    def purge(self, tree: Tree, upto: int) -> None:
        """Remove the rows of what was deleted at or before a revision."""
        for name in ("members", "health_monitors", "listeners", "pools"):
            gone = [node.id for node in getattr(tree, name) if node.mark.deleted and node.mark.deleted <= upto]
            self._remove(getattr(t, name.replace("_", "")), gone)

    def remove(self, tree: Tree) -> None:
        """Remove a load balancer and every row below it."""
        for table in (t.members, t.healthmonitors, t.listeners):
            self._connection.execute(sa.delete(table).where(table.c.loadbalancer_id == tree.id))
        self._remove(t.pools, [pool.id for pool in tree.pools])
        self._connection.execute(sa.delete(t.bindings).where(t.bindings.c.loadbalancer_id == tree.id))
        self._connection.execute(sa.delete(t.loadbalancers).where(t.loadbalancers.c.id == tree.id))

    def _remove(self, table: sa.Table, ids: list[str]) -> None:
        if not ids:
            return
        if table is t.pools:
            # Not every database is asked to keep foreign keys, so what would cascade is said.
            persistence = t.sessionpersistences
            self._connection.execute(sa.delete(persistence).where(persistence.c.pool_id.in_(ids)))
        self._connection.execute(sa.delete(table).where(table.c.id.in_(ids)))

    def note_health(self, load_balancer_id: str, health: dict[str, str]) -> None:
        """Store what a host saw of members; unknown members are passed over."""
        table = t.members
        update = sa.update(table).where(
            table.c.id == sa.bindparam("member"), table.c.loadbalancer_id == load_balancer_id
        )
        seen = [{"member": id_, "health": value} for id_, value in sorted(health.items())]
        self._connection.execute(update, seen)

    def on_network(self, network_id: str) -> list[tuple[str, int]]:
        """List (id, revision) of the load balancers whose VIP is on a network."""
        table = t.loadbalancers
        select = sa.select(table.c.id, table.c.revision).where(table.c.vip_network_id == network_id)
        return [(row[0], row[1]) for row in self._connection.execute(select.order_by(table.c.id))]

    def pending(self) -> list[str]:
        """List load balancers whose host has not confirmed their newest revision."""
        table = t.loadbalancers
        select = sa.select(table.c.id).where(table.c.applied < table.c.revision).order_by(table.c.id)
        return list(self._connection.execute(select).scalars())


def narrowed(select: sa.Select[Any], table: sa.Table, selection: Selection) -> sa.Select[Any]:
    """Add the conditions that every kind of object shares."""
    if selection.ids is not None:
        select = select.where(table.c.id.in_(selection.ids))
    if selection.names is not None:
        select = select.where(table.c.name.in_(selection.names))
    if selection.project_id is not None:
        select = select.where(table.c.project_id == selection.project_id)
    return select


def _balancer_values(tree: Tree) -> rows.Values:
    progress = tree.progress
    return rows.values(tree.load_balancer, tree.id) | {
        "revision": progress.revision,
        "applied": progress.applied,
        "refused": progress.refused,
        "reason": progress.reason,
        "committed_at": progress.committed_at,
    }


def _grouped(found: Iterable[rows.Row]) -> dict[str, list[rows.Row]]:
    groups: dict[str, list[rows.Row]] = defaultdict(list)
    for row in found:
        groups[row.loadbalancer_id].append(row)
    return groups


def _tree(row: rows.Row, found: dict[str, Sequence[rows.Row]] | dict[str, list[rows.Row]]) -> Tree:
    return Tree(
        rows.load_balancer(row),
        rows.progress(row),
        listeners=tuple(rows.listener(r) for r in found["listeners"]),
        pools=tuple(rows.pool(r) for r in found["pools"]),
        members=tuple(rows.member(r) for r in found["members"]),
        health_monitors=tuple(rows.health_monitor(r) for r in found["health_monitors"]),
        health={r.id: MemberHealth(r.health) for r in found["members"] if r.health is not None},
    )
