"""A driver that keeps load balancers in memory: for tests, and to see what an agent would do."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from openlbaas.desired.spec import Spec, digest
from openlbaas.dialects.host_v1 import PlannedStep, Sample
from openlbaas.domain.errors import HostFault
from openlbaas.domain.vocabulary import MemberHealth, Role
from openlbaas.drivers.interface import Measured


@dataclass(frozen=True, slots=True)
class Put:
    """Run this spec."""

    spec: Spec


@dataclass(frozen=True, slots=True)
class Remove:
    """Run nothing."""


@dataclass
class Recording:
    """Carries specs out by remembering them.

    Shape: faults[id], while it is there, is raised instead of doing anything; done lists every step in order.
    """

    name: str = "haproxy_ns"
    running: dict[str, Spec] = field(default_factory=dict)
    health: dict[str, dict[str, MemberHealth]] = field(default_factory=dict)
    samples: dict[str, tuple[Sample, ...]] = field(default_factory=dict)
    faults: dict[str, HostFault] = field(default_factory=dict)
    watched: dict[str, int] = field(default_factory=dict)
    done: list[tuple[str, Put | Remove]] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    changed: list[Callable[[str], None]] = field(default_factory=list)
    configurations: dict[str, Any] = field(default_factory=dict)
    turned: list[Callable[[str], None]] = field(default_factory=list)
    roles: dict[str, Role] = field(default_factory=dict)
    fallen: list[str] = field(default_factory=list)
    given_up: list[Callable[[str], None]] = field(default_factory=list)
    recalled: set[str] = field(default_factory=set)
    reached: list[tuple[str, ...] | None] = field(default_factory=list)

    def reach(self, addresses: Iterable[str] | None = None) -> None:
        """Remember where tunnels should lead."""
        self.reached.append(None if addresses is None else tuple(addresses))

    def inventory(self) -> frozenset[str]:
        """Name what runs."""
        return frozenset(self.running)

    def recorded(self, load_balancer_id: str) -> Spec | None:
        """Name the spec that runs."""
        return self.running.get(load_balancer_id)

    def look(self, load_balancer_id: str) -> Spec | None:
        """See the spec that runs."""
        self.looks.append(load_balancer_id)
        return self.running.get(load_balancer_id)

    def plan(self, seen: Spec | None, spec: Spec) -> tuple[Put | Remove, ...]:
        """Run the spec unless it runs."""
        if not spec.present:
            return () if seen is None else (Remove(),)
        return () if seen is not None and digest(seen) == digest(spec) else (Put(spec),)

    def explain(self, steps: Sequence[Put | Remove]) -> tuple[PlannedStep, ...]:
        """Name the steps."""
        return tuple(PlannedStep(action=type(step).__name__.lower(), what="it") for step in steps)

    def do(self, spec: Spec, steps: Sequence[Put | Remove]) -> None:
        """Remember.

        Raises: the fault set for the load balancer.
        """
        if spec.id in self.faults:
            raise self.faults[spec.id]
        for step in steps:
            self.done.append((spec.id, step))
            if isinstance(step, Put):
                self.running[spec.id] = step.spec
            else:
                self.running.pop(spec.id, None)

    def measure(self, spec: Spec) -> Measured:
        """Name the health and the samples that were set."""
        return Measured(self.health.get(spec.id, {}), self.samples.get(spec.id, ()))

    def notify(self, changed: Callable[[str], None]) -> None:
        """Remember whom to call; whoever sets another health does it."""
        self.changed.append(changed)

    def guard(self, given_up: Callable[[str], None]) -> None:
        """Remember whom to call; no other host is ever heard."""
        self.given_up.append(given_up)

    def recall(self, load_balancer_ids: Iterable[str]) -> float:
        """Remember of what nobody has said anything; there is nobody to listen to."""
        self.recalled.update(load_balancer_ids)
        return 0.0

    def reassure(self) -> None:
        """Forget that again."""
        self.recalled.clear()

    def take_turns(self, changed: Callable[[str], None]) -> None:
        """Remember whom to call; whoever sets another role does it."""
        self.turned.append(changed)

    def role(self, load_balancer_id: str) -> Role | None:
        """Name the role that was set."""
        return self.roles.get(load_balancer_id)

    def fell(self, load_balancer_id: str) -> None:
        """Remember what fell."""
        self.fallen.append(load_balancer_id)

    def watch(self, load_balancer_id: str) -> int | None:
        """Hand out the descriptor that was set, once."""
        return self.watched.pop(load_balancer_id, None)
