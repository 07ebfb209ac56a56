"""Load balancers that two hosts serve by turns."""

from dataclasses import dataclass

from openlbaas.domain.errors import NotNow, Refusal
from openlbaas.domain.vocabulary import Role

SEATS = (1, 2)
ROUTER_IDS = range(1, 256)
"""What VRRP tells routers on one network apart by."""


@dataclass(frozen=True, slots=True)
class Standby:
    """The second host of a pair.

    Shape: claim is that of its own binding; applied is the newest revision that it has in force.
    """

    agent_id: str
    host: str
    claim: int
    applied: int = 0
    role: Role | None = None

    @property
    def lost(self) -> bool:
        """Tell whether it was noted that the host can't serve."""
        return self.role is Role.FAULT


@dataclass(frozen=True, slots=True)
class Pair:
    """What a load balancer of two hosts has beside its binding, which is that of the first of them.

    Shape: port_ids by seat; seat is that of the first host, the second one has the other; leads is the seat that was
    asked to take the VIP whenever it is well; applied and role are the first host's.
    """

    load_balancer_id: str
    network_id: str
    router_id: int
    port_ids: tuple[str, str]
    seat: int = SEATS[0]
    leads: int | None = None
    applied: int = 0
    role: Role | None = None
    standby: Standby | None = None

    @property
    def other_seat(self) -> int:
        """Name the seat that the first host does not have."""
        return sum(SEATS) - self.seat

    def port_id(self, seat: int) -> str:
        """Name the port of a seat."""
        return self.port_ids[seat - 1]


@dataclass(frozen=True, slots=True)
class Serving:
    """One host of a load balancer, as administrators see it.

    Shape: role None is that of a host that serves alone, or has not said yet, and is otherwise what it said last;
    in_force says that it has the newest revision in force, alive that it was heard of lately.
    """

    agent_id: str
    host: str
    role: Role | None
    in_force: bool
    alive: bool


class NoRouterId(NotNow):
    """All VRRP router ids of a network are taken."""

    code = "no_router_id"

    def __init__(self, network_id: str) -> None:
        super().__init__(f"network {network_id} has {len(ROUTER_IDS)} pairs already")
        self.network_id = network_id


class PairImpossible(Refusal):
    """A load balancer can't be served by two hosts as things are."""

    code = "pair_impossible"

    def __init__(self, load_balancer_id: str, why: str) -> None:
        super().__init__(f"load balancer {load_balancer_id} can't be served by two hosts: {why}")
        self.load_balancer_id = load_balancer_id
        self.why = why
