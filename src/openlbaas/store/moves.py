"""Load balancers on their way from host to host, in one transaction."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.domain.moves import Account, Leaving
from openlbaas.store import tables as t
from openlbaas.store.pair_table import pairs
from openlbaas.store.trees import CHUNK

_LEAVING = (
    sa.select(t.handovers, t.agents.c.host)
    .join_from(t.handovers, t.agents, t.handovers.c.agent_id == t.agents.c.id)
    .order_by(t.handovers.c.loadbalancer_id)
)
_LEAVING_OF = _LEAVING.where(t.handovers.c.loadbalancer_id == sa.bindparam("lb"))
_ACCOUNT = sa.select(t.placements.c.lost_at, t.placements.c.home_agent_id).where(
    t.placements.c.loadbalancer_id == sa.bindparam("lb")
)


class Moves:
    """Reads and writes of moves in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection

    def leaving(self, load_balancer_id: str) -> Leaving | None:
        """Name the host that serves a load balancer until it is handed over."""
        row = self._connection.execute(_LEAVING_OF, {"lb": load_balancer_id}).one_or_none()
        return _leaving(row) if row is not None else None

    def under_way(self) -> list[Leaving]:
        """List everything that is being handed over."""
        return [_leaving(row) for row in self._connection.execute(_LEAVING)]

    def begin(self, leaving: Leaving) -> None:
        """Note that a host serves until another has the load balancer."""
        columns = ("agent_id", "claim", "revision", "began_at", "why")
        values = {name: getattr(leaving, name) for name in columns}
        new = {"loadbalancer_id": leaving.load_balancer_id, **values}
        self._connection.execute(sa.insert(t.handovers), new)

    def restart(self, load_balancer_id: str, revision: int) -> None:
        """Note that the load balancer is handed over to another host than before, which gets this revision first."""
        mine = t.handovers.c.loadbalancer_id == load_balancer_id
        self._connection.execute(sa.update(t.handovers).where(mine).values(revision=revision))

    def end(self, load_balancer_id: str) -> None:
        """Note that nothing is handed over any more."""
        self._connection.execute(sa.delete(t.handovers).where(t.handovers.c.loadbalancer_id == load_balancer_id))

    def account(self, load_balancer_id: str) -> Account:
        """Say what is remembered of a load balancer."""
        row = self._connection.execute(_ACCOUNT, {"lb": load_balancer_id}).one_or_none()
        return Account(row.lost_at, row.home_agent_id) if row is not None else Account()

    def note(self, load_balancer_id: str, account: Account) -> None:
        """Remember something else of a load balancer that was bound once."""
        values = {"lost_at": account.lost_at, "home_agent_id": account.home_agent_id}
        mine = t.placements.c.loadbalancer_id == load_balancer_id
        self._connection.execute(sa.update(t.placements).where(mine).values(values))

    def lost(self) -> frozenset[str]:
        """Name the load balancers whose host was lost, and that no other has in force yet."""
        select = sa.select(t.placements.c.loadbalancer_id).where(t.placements.c.lost_at.is_not(None))
        return frozenset(self._connection.execute(select).scalars())

    def strayed(self) -> list[tuple[str, str]]:
        """List load balancers away from home, each with the agent that it would go back to."""
        placed = t.placements.c
        select = sa.select(placed.loadbalancer_id, placed.home_agent_id).where(placed.home_agent_id.is_not(None))
        found = self._connection.execute(select.order_by(placed.loadbalancer_id))
        return [(row.loadbalancer_id, row.home_agent_id) for row in found]

    def loads(self, project_id: str | None = None) -> dict[str, int]:
        """Count the load balancers that each agent has, as the first or the second, of all projects or of one."""
        second = sa.select(pairs.c.loadbalancer_id, pairs.c.standby_agent_id.label("agent_id"))
        bound = sa.union_all(
            sa.select(t.bindings.c.loadbalancer_id, t.bindings.c.agent_id),
            second.where(pairs.c.standby_agent_id.is_not(None)),
        ).subquery()
        select = sa.select(bound.c.agent_id, sa.func.count()).group_by(bound.c.agent_id)
        if project_id is not None:
            select = select.join(t.loadbalancers, t.loadbalancers.c.id == bound.c.loadbalancer_id)
            select = select.where(t.loadbalancers.c.project_id == project_id)
        return {agent_id: int(number) for agent_id, number in self._connection.execute(select)}

    def bindings(self, load_balancer_ids: Sequence[str] | None = None) -> dict[str, str]:
        """Name the agent that load balancers are bound to, all or some, by load balancer."""
        columns = sa.select(t.bindings.c.loadbalancer_id, t.bindings.c.agent_id)
        if load_balancer_ids is None:
            return {row.loadbalancer_id: row.agent_id for row in self._connection.execute(columns)}
        found: dict[str, str] = {}
        for start in range(0, len(load_balancer_ids), CHUNK):
            some = columns.where(t.bindings.c.loadbalancer_id.in_(load_balancer_ids[start : start + CHUNK]))
            found |= {row.loadbalancer_id: row.agent_id for row in self._connection.execute(some)}
        return found


def _leaving(row: Any) -> Leaving:
    return Leaving(row.loadbalancer_id, row.agent_id, row.host, row.claim, row.revision, row.began_at, row.why)
