"""How a spec becomes a running thing: what the agent asks of a driver.

The agent only ever does ``driver.do(spec, driver.plan(driver.look(spec.id), spec))``: whatever happened before, to the
agent or to the host, the next look sees it and the next plan repairs it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from openlbaas.desired.spec import Spec
from openlbaas.domain.vocabulary import MemberHealth

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

    def do(self, spec: Spec, steps: Sequence[Step]) -> None:
        """Carry steps out, in order, until one fails.

        Raises: HostFault; ConfigRejected when what ran before the steps serves on.
        """
        ...

    def measure(self, spec: Spec) -> Mapping[str, MemberHealth]:
        """Name the health of each member that can be told now, by its id; a member not yet checked is left out."""
        ...

    def notify(self, changed: Callable[[str], None]) -> None:
        """Call this with the id of a load balancer when the health of its members changes.

        Order: from any thread, and only where a driver notices by itself; the next measurement tells the rest.
        """
        ...

    def watch(self, load_balancer_id: str) -> int | None:
        """Open a file descriptor that becomes readable when what serves ends by itself; None when nothing serves.

        Order: the caller closes it.
        """
        ...
