"""Load balancers of two hosts, in one transaction."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from openlbaas.domain.pairs import Pair, Standby
from openlbaas.domain.vocabulary import Role
from openlbaas.store import tables as t
from openlbaas.store.pair_table import pairs

_PAIRS = sa.select(pairs, t.agents.c.host).outerjoin_from(pairs, t.agents, pairs.c.standby_agent_id == t.agents.c.id)
_OF = _PAIRS.where(pairs.c.loadbalancer_id == sa.bindparam("lb"))


class Pairs:
    """Reads and writes of pairs in one transaction."""

    def __init__(self, connection: Connection) -> None:
        """Work inside a transaction that somebody else begins and ends."""
        self._connection = connection

    def find(self, load_balancer_id: str) -> Pair | None:
        """Name the pair of a load balancer; None when one host serves it alone."""
        row = self._connection.execute(_OF, {"lb": load_balancer_id}).one_or_none()
        return _pair(row) if row is not None else None

    def unsettled(self, agent_ids: Sequence[str]) -> list[Pair]:
        """List the pairs that lack a second host, or whose second host is one of these."""
        lacking = pairs.c.standby_agent_id.is_(None) | pairs.c.standby_agent_id.in_(agent_ids)
        found = self._connection.execute(_PAIRS.where(lacking).order_by(pairs.c.loadbalancer_id))
        return [_pair(row) for row in found]

    def second_on(self, agent_id: str) -> list[str]:
        """List the load balancers whose second host is an agent's."""
        table = pairs.c
        select = sa.select(table.loadbalancer_id).where(table.standby_agent_id == agent_id)
        return list(self._connection.execute(select.order_by(table.loadbalancer_id)).scalars())

    def router_ids(self, network_id: str) -> frozenset[int]:
        """Name the VRRP router ids that are taken on a network."""
        select = sa.select(pairs.c.router_id).where(pairs.c.network_id == network_id)
        return frozenset(self._connection.execute(select).scalars())

    def insert(self, pair: Pair) -> None:
        """Write a pair that is new."""
        new = {"loadbalancer_id": pair.load_balancer_id, "network_id": pair.network_id, "router_id": pair.router_id}
        ports = {"port1_id": pair.port_ids[0], "port2_id": pair.port_ids[1]}
        self._connection.execute(sa.insert(pairs), {**new, **ports, **_values(pair)})

    def save(self, pair: Pair) -> None:
        """Write what may change of a pair."""
        mine = pairs.c.loadbalancer_id == pair.load_balancer_id
        self._connection.execute(sa.update(pairs).where(mine).values(_values(pair)))

    def remove(self, load_balancer_id: str) -> None:
        """Forget a pair."""
        self._connection.execute(sa.delete(pairs).where(pairs.c.loadbalancer_id == load_balancer_id))

    def claim(self, load_balancer_id: str) -> int:
        """Name a claim above every earlier one of a load balancer that is bound."""
        mine = t.placements.c.loadbalancer_id == load_balancer_id
        self._connection.execute(sa.update(t.placements).where(mine).values(claim=t.placements.c.claim + 1))
        return int(self._connection.execute(sa.select(t.placements.c.claim).where(mine)).scalar_one())


def _values(pair: Pair) -> dict[str, Any]:
    second = pair.standby
    return {
        "seat": pair.seat,
        "leads": pair.leads,
        "applied": pair.applied,
        "role": pair.role,
        "standby_agent_id": second and second.agent_id,
        "standby_claim": second and second.claim,
        "standby_applied": second and second.applied,
        "standby_role": second and second.role,
    }


def _pair(row: Any) -> Pair:
    pair = Pair(
        load_balancer_id=row.loadbalancer_id,
        network_id=row.network_id,
        router_id=row.router_id,
        port_ids=(row.port1_id, row.port2_id),
        seat=row.seat,
        leads=row.leads,
        applied=row.applied,
        role=Role(row.role) if row.role else None,
    )
    if row.standby_agent_id is None:
        return pair
    role = Role(row.standby_role) if row.standby_role else None
    return replace(pair, standby=Standby(row.standby_agent_id, row.host, row.standby_claim, row.standby_applied, role))
