"""Agents, which load balancer is bound to which, and each host's feed."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.domain.agents import AGENT_BINARY, AGENT_TOPIC, AGENT_TYPE, Agent
from openlbaas.domain.errors import NotFound
from openlbaas.domain.vocabulary import Kind
from openlbaas.store import tables as t
from openlbaas.store.pair_table import pairs

_NAMED = {"heartbeat_at": "heartbeat_timestamp"}
# Hundreds of agents are read each second: as the constructor takes them.
_AGENT = sa.select(*(t.agents.c[_NAMED.get(each.name, each.name)] for each in fields(Agent)))
_AGENTS = _AGENT.order_by(t.agents.c.created_at, t.agents.c.id)
_BOUND = (
    sa.select(t.agents.c.id, t.agents.c.host, t.placements.c.claim)
    .join_from(t.bindings, t.agents, t.bindings.c.agent_id == t.agents.c.id)
    .join(t.placements, t.placements.c.loadbalancer_id == t.bindings.c.loadbalancer_id)
    .where(t.bindings.c.loadbalancer_id == sa.bindparam("lb"))
)
_HOLDERS = (
    sa.union(
        sa.select(t.bindings.c.agent_id).where(t.bindings.c.loadbalancer_id == sa.bindparam("lb")),
        sa.select(t.handovers.c.agent_id).where(t.handovers.c.loadbalancer_id == sa.bindparam("lb")),
        sa.select(pairs.c.standby_agent_id).where(pairs.c.loadbalancer_id == sa.bindparam("lb")),
    )
).subquery()
_TOLD = sa.select(t.agents.c.id, t.agents.c.host).join(_HOLDERS, _HOLDERS.c.agent_id == t.agents.c.id)
_TOLD_IN_ORDER = _TOLD.order_by(t.agents.c.id)
_ADVANCE = (
    sa.update(t.agents).where(t.agents.c.id == sa.bindparam("agent")).values(feed_position=t.agents.c.feed_position + 1)
)
_AGAIN = (
    sa.update(t.feed)
    .where(t.feed.c.agent_id == sa.bindparam("agent"), t.feed.c.loadbalancer_id == sa.bindparam("lb"))
    .values(position=sa.bindparam("at"), revision=sa.bindparam("upto"))
)
_FIRST = sa.insert(t.feed).values(
    agent_id=sa.bindparam("agent"),
    loadbalancer_id=sa.bindparam("lb"),
    position=sa.bindparam("at"),
    revision=sa.bindparam("upto"),
)
_REBIND = (
    sa.update(t.bindings)
    .where(t.bindings.c.loadbalancer_id == sa.bindparam("lb"))
    .values(agent_id=sa.bindparam("agent"))
)
_CLAIM = (
    sa.update(t.placements)
    .where(t.placements.c.loadbalancer_id == sa.bindparam("lb"))
    .values(claim=t.placements.c.claim + 1)
)
_POSITION = sa.select(t.agents.c.feed_position).where(t.agents.c.id == sa.bindparam("agent"))
_FEED = sa.select(t.agents.c.id, t.agents.c.feed_position).where(
    t.agents.c.host == sa.bindparam("on"), t.agents.c.agent_type == AGENT_TYPE
)
_HEARD = (
    sa.update(t.agents)
    .where(t.agents.c.id == sa.bindparam("agent"))
    .values(heartbeat_timestamp=sa.bindparam("now"), failed_at=None)
)
_BEAT = (
    sa.update(t.agents)
    .where(t.agents.c.id == sa.bindparam("agent"))
    .values(heartbeat_timestamp=sa.bindparam("now"), failed_at=None, configurations=sa.bindparam("told", type_=sa.JSON))
)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One load balancer that a host must look at, as of a revision."""

    load_balancer_id: str
    position: int
    revision: int


@dataclass(frozen=True, slots=True)
class Bound:
    """The agent that a load balancer is bound to, its host's name, and the number of the binding.

    Shape: claim >= 1 and only grows for a load balancer, whoever it is bound to.
    """

    agent_id: str
    host: str
    claim: int


class Hosts:
    """Reads and writes of agents, bindings and feeds in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection

    def agents(self) -> list[Agent]:
        """List every agent, oldest first."""
        return [Agent(*row) for row in self._connection.execute(_AGENTS)]

    def agent(self, agent_id: str) -> Agent:
        """Name one agent.

        Raises: NotFound.
        """
        row = self._connection.execute(_AGENT.where(t.agents.c.id == agent_id)).one_or_none()
        if row is None:
            raise NotFound(Kind.AGENT, agent_id)
        return Agent(*row)

    def agent_on(self, host: str) -> Agent | None:
        """Name the agent of a host, if it ever reported."""
        select = _AGENT.where(t.agents.c.host == host, t.agents.c.agent_type == AGENT_TYPE)
        row = self._connection.execute(select).one_or_none()
        return Agent(*row) if row is not None else None

    def register(self, agent: Agent) -> None:
        """Write an agent that is new; its feed begins at position 1, since 0 asks for everything."""
        self._connection.execute(
            sa.insert(t.agents),
            {
                "id": agent.id,
                "agent_type": AGENT_TYPE,
                "binary": AGENT_BINARY,
                "topic": AGENT_TOPIC,
                "host": agent.host,
                "availability_zone": agent.availability_zone,
                "admin_state_up": agent.admin_state_up,
                "created_at": agent.created_at,
                "started_at": agent.started_at,
                "heartbeat_timestamp": agent.heartbeat_at,
                "description": agent.description,
                "configurations": agent.configurations,
                "feed_position": 1,
            },
        )

    def beat(self, agent_id: str, *, now: float, configurations: dict[str, Any]) -> None:
        """Note that an agent was heard of."""
        self._connection.execute(_BEAT, {"agent": agent_id, "now": now, "told": configurations})

    def heard(self, heard_at: Mapping[str, float]) -> bool:
        """Note when agents were heard of, by their ids; tell whether there are all of them."""
        rows = [{"agent": agent_id, "now": heard_at[agent_id]} for agent_id in sorted(heard_at)]
        return self._connection.execute(_HEARD, rows).rowcount >= len(rows)

    def change(self, agent_id: str, values: dict[str, Any]) -> None:
        """Set columns of an agent."""
        self._connection.execute(sa.update(t.agents).where(t.agents.c.id == agent_id).values(values))

    def lock(self, agent_id: str) -> None:
        """Let nobody else bind anything to an agent until the commit."""
        self._connection.execute(sa.select(t.agents.c.id).where(t.agents.c.id == agent_id).with_for_update())

    def forget(self, agent_id: str) -> None:
        """Remove an agent with its feed."""
        self._connection.execute(sa.delete(t.feed).where(t.feed.c.agent_id == agent_id))
        self._connection.execute(sa.delete(t.agents).where(t.agents.c.id == agent_id))

    def bound(self, load_balancer_id: str) -> Bound | None:
        """Name the agent that a load balancer is bound to."""
        row = self._connection.execute(_BOUND, {"lb": load_balancer_id}).one_or_none()
        return Bound(row.id, row.host, row.claim) if row is not None else None

    def unbound(self) -> list[str]:
        """List load balancers that no agent has."""
        joined = t.loadbalancers.outerjoin(t.bindings, t.bindings.c.loadbalancer_id == t.loadbalancers.c.id)
        select = sa.select(t.loadbalancers.c.id).select_from(joined).where(t.bindings.c.agent_id.is_(None))
        return list(self._connection.execute(select.order_by(t.loadbalancers.c.id)).scalars())

    def hosted(self, agent_id: str) -> list[str]:
        """List the load balancers bound to an agent."""
        select = sa.select(t.bindings.c.loadbalancer_id).where(t.bindings.c.agent_id == agent_id)
        return list(self._connection.execute(select.order_by(t.bindings.c.loadbalancer_id)).scalars())

    def bind(self, load_balancer_id: str, agent_id: str) -> None:
        """Bind a load balancer to an agent, instead of the one that had it, with a claim above every earlier one."""
        if self._connection.execute(_REBIND, {"lb": load_balancer_id, "agent": agent_id}).rowcount == 0:
            new = {"loadbalancer_id": load_balancer_id, "agent_id": agent_id}
            self._connection.execute(sa.insert(t.bindings), new)
        if self._connection.execute(_CLAIM, {"lb": load_balancer_id}).rowcount == 0:
            self._connection.execute(sa.insert(t.placements), {"loadbalancer_id": load_balancer_id, "claim": 1})

    def advance(self, agent_id: str, load_balancer_id: str, revision: int) -> int:
        """Put a load balancer at the end of a host's feed and name the new position.

        Order: the agent's row stays locked until the commit, so positions become visible in their order.
        """
        self._connection.execute(_ADVANCE, {"agent": agent_id})
        position = int(self._connection.execute(_POSITION, {"agent": agent_id}).scalar_one())
        entry = {"agent": agent_id, "lb": load_balancer_id, "at": position, "upto": revision}
        if self._connection.execute(_AGAIN, entry).rowcount == 0:
            self._connection.execute(_FIRST, entry)
        return position

    def tell(self, load_balancer_id: str, revision: int) -> frozenset[str]:
        """Put a load balancer at the end of the feed of every host that serves it, and name these hosts.

        Order: agents by id, since each stays locked until the commit.
        """
        found = self._connection.execute(_TOLD_IN_ORDER, {"lb": load_balancer_id}).all()
        for row in found:
            self.advance(row.id, load_balancer_id, revision)
        return frozenset(row.host for row in found)

    def nudge(self, agent_id: str) -> None:
        """Move a host's feed on, so that whoever waits for it looks, though no load balancer changed."""
        self._connection.execute(_ADVANCE, {"agent": agent_id})

    def advance_all(self) -> None:
        """Move every host's feed on although nothing is on it, so that whoever waits, at any server, looks again."""
        moved = t.agents.c.feed_position + 1
        self._connection.execute(sa.update(t.agents).values(feed_position=moved))

    def feed_of(self, host: str) -> tuple[str, int]:
        """Name the agent of a host, and the newest position of its feed.

        Raises: NotFound.
        """
        row = self._connection.execute(_FEED, {"on": host}).one_or_none()
        if row is None:
            raise NotFound(Kind.AGENT, host)
        return row.id, row.feed_position

    def entries(self, agent_id: str, after: int) -> list[FeedEntry]:
        """List what changed for a host after a position, in order."""
        table = t.feed
        select = sa.select(table).where(table.c.agent_id == agent_id, table.c.position > after)
        found = self._connection.execute(select.order_by(table.c.position))
        return [FeedEntry(row.loadbalancer_id, row.position, row.revision) for row in found]

    def entry_revision(self, agent_id: str, load_balancer_id: str) -> int | None:
        """Name the revision at which a host must look at a load balancer, if it must at all."""
        table = t.feed
        select = sa.select(table.c.revision).where(
            table.c.agent_id == agent_id, table.c.loadbalancer_id == load_balancer_id
        )
        found = self._connection.execute(select).scalar_one_or_none()
        return int(found) if found is not None else None

    def drop_entry(self, agent_id: str, load_balancer_id: str) -> None:
        """Forget a load balancer that a host has nothing left of."""
        table = t.feed
        self._connection.execute(
            sa.delete(table).where(table.c.agent_id == agent_id, table.c.loadbalancer_id == load_balancer_id)
        )
