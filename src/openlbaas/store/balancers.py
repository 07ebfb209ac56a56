"""Load balancers and what hangs below them, in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.domain.errors import NotFound
from openlbaas.domain.model import Listener, Pool
from openlbaas.domain.selection import Selection
from openlbaas.domain.tree import COLLECTIONS, Node, Tree
from openlbaas.domain.vocabulary import Kind
from openlbaas.store import rows
from openlbaas.store import tables as t
from openlbaas.store.pair_table import pairs
from openlbaas.store.trees import CHUNK, Remembered, loaded, standing, standings

KIND_TABLES = {
    Kind.LOAD_BALANCER: t.loadbalancers,
    Kind.LISTENER: t.listeners,
    Kind.POOL: t.pools,
    Kind.MEMBER: t.members,
    Kind.HEALTH_MONITOR: t.healthmonitors,
    Kind.L7_POLICY: t.l7policies,
    Kind.L7_RULE: t.l7rules,
}
_PARENT = {
    Kind.LISTENER: "loadbalancer_id",
    Kind.POOL: "loadbalancer_id",
    Kind.MEMBER: "pool_id",
    Kind.HEALTH_MONITOR: "pool_id",
    Kind.L7_POLICY: "listener_id",
    Kind.L7_RULE: "l7policy_id",
}
_DEPENDENTS = {t.pools: (t.sessionpersistences, "pool_id"), t.listeners: (t.sni, "listener_id")}
"""Tables whose rows go with another's: not every database is asked to keep foreign keys."""

_SAVE = sa.update(t.loadbalancers).where(t.loadbalancers.c.id == sa.bindparam("lb"))
_SETTLE = _SAVE.values(applied=sa.bindparam("upto"))
_HOMES = {
    kind: sa.select(table.c.id if kind is Kind.LOAD_BALANCER else table.c.loadbalancer_id).where(
        table.c.id == sa.bindparam("part")
    )
    for kind, table in KIND_TABLES.items()
}


class Balancers:
    """Reads and writes of load balancers in one transaction."""

    def __init__(self, connection: Connection, remembered: Remembered) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection
        self._remembered = remembered
        self._versions: dict[str, int] = {}
        self._written: dict[str, Tree | None] = {}

    def tree(self, load_balancer_id: str, *, lock: bool = False) -> Tree:
        """Load one load balancer with everything below it; lock its row for the rest of the transaction.

        Raises: NotFound.
        """
        row = standing(self._connection, load_balancer_id, lock=lock)
        if row is None:
            raise NotFound(Kind.LOAD_BALANCER, load_balancer_id)
        return self._trees([row])[load_balancer_id]

    def trees(self, load_balancer_ids: Sequence[str]) -> dict[str, Tree]:
        """Load several load balancers, in as many queries as one takes."""
        trees: dict[str, Tree] = {}
        for start in range(0, len(load_balancer_ids), CHUNK):
            trees |= self._trees(standings(self._connection, load_balancer_ids[start : start + CHUNK]))
        return trees

    def _trees(self, found: Sequence[rows.Row]) -> dict[str, Tree]:
        trees, missing = {}, []
        for row in found:
            self._versions[row.id] = row.version
            known = None if row.id in self._written else self._remembered.recall(row.id, row.version)
            if known is None:
                missing.append(row.id)
            else:
                trees[row.id] = self._standing(known, row)
        for tree in loaded(self._connection, missing).values():
            trees[tree.id] = tree
            # What this transaction wrote itself may never be committed.
            if tree.id not in self._written:
                self._remembered.keep(self._versions[tree.id], tree)
        return trees

    def _standing(self, known: Tree, row: rows.Row) -> Tree:
        """Add what hosts have answered since, which does not count the version up."""
        before = known.progress
        if (row.applied, row.refused, row.reason) == (before.applied, before.refused, before.reason):
            return known
        tree = replace(known, progress=rows.progress(row))
        self._remembered.keep(row.version, tree)
        return tree

    def home(self, kind: Kind, id: str) -> str:  # noqa: A002 - the field's own word
        """Name the load balancer that a part belongs to.

        Raises: NotFound.
        """
        found = self._connection.execute(_HOMES[kind], {"part": id}).scalar_one_or_none()
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

    def count(self, kind: Kind, project_id: str) -> int:
        """Count the objects of a project, without those being deleted."""
        table = KIND_TABLES[kind]
        owned = (table.c.project_id == project_id) & table.c.deleted.is_(None)
        return int(self._connection.scalar(sa.select(sa.func.count()).select_from(table).where(owned)) or 0)

    def insert(self, tree: Tree, *, now: float) -> None:
        """Write a load balancer that is new."""
        self._connection.execute(sa.insert(t.loadbalancers), _balancer_values(tree) | {"created_at": now, "version": 1})
        self._versions[tree.id] = 1
        self._written[tree.id] = tree

    def save(self, before: Tree, after: Tree, *, now: float) -> None:
        """Write what differs between two trees of one load balancer.

        Order: whoever saves has locked the load balancer.
        """
        values = _balancer_values(after) | {"lb": after.id, "version": self._versions[after.id] + 1}
        self._connection.execute(_SAVE, values)
        self._note(after.id, after)
        for name in COLLECTIONS.values():
            parts = getattr(after, name)
            if parts is getattr(before, name):
                continue
            old = {node.id: node for node in getattr(before, name)}
            self._insert([node for node in parts if node.id not in old], after.id, now)
            for node in parts:
                if node.id in old and node != old[node.id]:
                    self._update(node, after.id)

    def _insert(self, nodes: list[Node], load_balancer_id: str, now: float) -> None:
        if nodes:
            table = rows.TABLES[type(nodes[0])]
            values = [rows.values(node, load_balancer_id) | {"created_at": now} for node in nodes]
            self._connection.execute(sa.insert(table), values)
            for node in nodes:
                self._add_dependents(node)

    def _update(self, node: Node, load_balancer_id: str) -> None:
        table = rows.TABLES[type(node)]
        self._connection.execute(sa.update(table).where(table.c.id == node.id), rows.values(node, load_balancer_id))
        if table in _DEPENDENTS:
            dependent, owner = _DEPENDENTS[table]
            self._connection.execute(sa.delete(dependent).where(dependent.c[owner] == node.id))
            self._add_dependents(node)

    def _add_dependents(self, node: Node) -> None:
        if isinstance(node, Pool) and node.persistence:
            kept = {"type": node.persistence.type.value, "cookie_name": node.persistence.cookie_name}
            self._connection.execute(sa.insert(t.sessionpersistences), {"pool_id": node.id, **kept})
        elif isinstance(node, Listener) and node.sni_container_refs:
            refs = [
                {"listener_id": node.id, "tls_container_id": ref, "position": place}
                for place, ref in enumerate(node.sni_container_refs)
            ]
            self._connection.execute(sa.insert(t.sni), refs)

    def settle(
        self, load_balancer_id: str, *, applied: int | None = None, refused: int | None = None, reason: str = ""
    ) -> None:
        """Note what a host answered for a revision."""
        if applied is not None:
            self._connection.execute(_SETTLE, {"lb": load_balancer_id, "upto": applied})
        else:
            self._connection.execute(_SAVE.values(refused=refused, reason=reason), {"lb": load_balancer_id})

    def purge(self, tree: Tree, upto: int) -> None:
        """Remove the rows of what was deleted at or before a revision.

        Order: whoever purges has locked the load balancer.
        """
        left: dict[str, Any] = {}
        for kind, name in COLLECTIONS.items():
            parts = getattr(tree, name)
            gone = [node.id for node in parts if node.mark.deleted and node.mark.deleted <= upto]
            if gone:
                self._remove(KIND_TABLES[kind], gone)
                left[name] = tuple(node for node in parts if node.id not in gone)
        if left:
            self._count_up(tree.id, tree=replace(tree, **left))

    def remove(self, tree: Tree) -> None:
        """Remove a load balancer and every row below it."""
        for kind, name in COLLECTIONS.items():
            self._remove(KIND_TABLES[kind], [node.id for node in getattr(tree, name)])
        for table in (t.bindings, t.placements, t.handovers, pairs, t.statistics):
            self._connection.execute(sa.delete(table).where(table.c.loadbalancer_id == tree.id))
        self._connection.execute(sa.delete(t.loadbalancers).where(t.loadbalancers.c.id == tree.id))
        self._written[tree.id] = None

    def _remove(self, table: sa.Table, ids: list[str]) -> None:
        for start in range(0, len(ids), CHUNK):
            some = ids[start : start + CHUNK]
            if table in _DEPENDENTS:
                dependent, owner = _DEPENDENTS[table]
                self._connection.execute(sa.delete(dependent).where(dependent.c[owner].in_(some)))
            self._connection.execute(sa.delete(table).where(table.c.id.in_(some)))

    def note_health(self, load_balancer_id: str, health: dict[str, str]) -> None:
        """Store what a host saw of members; unknown members are passed over."""
        table = t.members
        update = sa.update(table).where(
            table.c.id == sa.bindparam("member"), table.c.loadbalancer_id == load_balancer_id
        )
        seen = [{"member": id_, "health": value} for id_, value in sorted(health.items())]
        self._count_up(load_balancer_id, tree=None)
        self._connection.execute(update, seen)

    def _count_up(self, load_balancer_id: str, *, tree: Tree | None) -> None:
        """Tell everybody that a tree changed."""
        counted = _SAVE.values(version=t.loadbalancers.c.version + 1)
        self._connection.execute(counted, {"lb": load_balancer_id})
        self._note(load_balancer_id, tree)

    def _note(self, load_balancer_id: str, tree: Tree | None) -> None:
        """Note the tree as it will be, if it is known whole, to remember it after the commit."""
        if load_balancer_id in self._versions:
            self._versions[load_balancer_id] += 1
        if self._written.get(load_balancer_id, tree) is not None:
            self._written[load_balancer_id] = tree

    def committed(self) -> None:
        """Remember what this transaction wrote, now that everybody can read it."""
        for id_, tree in self._written.items():
            if tree is not None and id_ in self._versions:
                self._remembered.keep(self._versions[id_], tree)

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
    """Add the conditions that every kind of object shares; what has no name is found by none."""
    if selection.ids is not None:
        select = select.where(table.c.id.in_(selection.ids))
    if selection.names is not None:
        select = select.where(table.c.name.in_(selection.names) if "name" in table.c else sa.false())
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
