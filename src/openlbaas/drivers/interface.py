"""How a spec becomes a running thing: what the agent asks of a driver.

The agent only ever does ``driver.do(spec, driver.plan(driver.look(spec.id), spec))``: whatever happened before, to the
agent or to the host, the next look sees it and the next plan repairs it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from openlbaas.desired.spec import Spec
from openlbaas.dialects.host_v1 import PlannedStep, Sample
from openlbaas.domain.vocabulary import MemberHealth, Role


@dataclass(frozen=True, slots=True)
class Measured:
    """What was seen of a load balancer at one moment.

    Shape: health is by the member's id and lacks those not yet checked; samples has one for every process that may
    still count, and once more each that is gone; it is empty when nothing is known.
    """

    health: Mapping[str, MemberHealth] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()


Seen = TypeVar("Seen")
Step = TypeVar("Step")


class InstanceDriver(Protocol[Seen, Step]):
    """Runs load balancers on this host.

    Order: several threads may work on different load balancers at once, never on the same one.
    """

    @property
    def name(self) -> str:
        """Name the driver as specs and reports do: "haproxy_ns"."""
        ...

    @property
    def configurations(self) -> Mapping[str, Any]:
        """Say what of this host decides what it can run: the networks that it reaches."""
        ...

    def reach(self, addresses: Iterable[str] | None = None) -> None:
        """Have the tunnels of this host lead to those that end at these addresses.

        Shape: None means the same as before, and that what leads from this host to others is repaired and tidied.
        Order: at any time, whatever load balancers are worked on; what is known outlives the agent.
        Raises: HostFault.
        """
        ...

    def inventory(self) -> frozenset[str]:
        """Name every load balancer of which this host has any trace."""
        ...

    def recorded(self, load_balancer_id: str) -> Spec | None:
        """Name the spec that was carried out last, from this host's own records; None when there is none."""
        ...

    def look(self, load_balancer_id: str) -> Seen:
        """See what there is of a load balancer on this host.

        Raises: HostFault.
        """
        ...

    def plan(self, seen: Seen, spec: Spec) -> tuple[Step, ...]:
        """Say what must be done; pure, and empty when nothing must.

        Raises: ConfigRejected when the spec can't be carried out as it is.
        """
        ...

    def explain(self, steps: Sequence[Step]) -> tuple[PlannedStep, ...]:
        """Say what steps would do, in words for people."""
        ...

    def do(self, spec: Spec, steps: Sequence[Step]) -> None:
        """Carry steps out, in order, until one fails.

        Raises: HostFault; ConfigRejected when what ran before the steps serves on.
        """
        ...

    def measure(self, spec: Spec) -> Measured:
        """See how the members are and what was counted; nothing of either where nobody can be asked.

        Raises: HostFault when this is no moment to ask.
        """
        ...

    def notify(self, changed: Callable[[str], None]) -> None:
        """Call this with the id of a load balancer when the health of its members changes.

        Order: from any thread, and only where a driver notices by itself; the next measurement tells the rest.
        """
        ...

    def guard(self, given_up: Callable[[str], None]) -> None:
        """Give load balancers up that another host serves with a better claim; call this with the id of each.

        Order: from any thread; the next look tells the same.
        """
        ...

    def recall(self, load_balancer_ids: Iterable[str]) -> float:
        """Work on these from records alone: make them ready, serve them when no other host is heard to.

        Units: seconds after which another look finds out.
        """
        ...

    def reassure(self) -> None:
        """Take every spec for what a server says."""
        ...

    def take_turns(self, changed: Callable[[str], None]) -> None:
        """Call this with the id of a load balancer that two hosts serve by turns, when its role may be another one.

        Order: from any thread, once there was a first watch of it.
        """
        ...

    def role(self, load_balancer_id: str) -> Role | None:
        """Name what this host is at the moment for a load balancer that two serve by turns; None for any other."""
        ...

    def fell(self, load_balancer_id: str) -> None:
        """Take in that what was watched ended by itself, before anything is done about it.

        Order: it never waits.
        """
        ...

    def watch(self, load_balancer_id: str) -> int | None:
        """Open a file descriptor that becomes readable when what serves ends by itself; None when nothing serves.

        Order: the caller closes it.
        """
        ...
