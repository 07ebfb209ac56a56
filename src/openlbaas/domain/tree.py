"""One load balancer with everything below it, as one value."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from openlbaas.domain.errors import NotFound
from openlbaas.domain.model import HealthMonitor, L7Policy, L7Rule, Listener, LoadBalancer, Member, Pool
from openlbaas.domain.provisioning import Progress
from openlbaas.domain.vocabulary import Kind, MemberHealth

Part = Listener | Pool | Member | HealthMonitor | L7Policy | L7Rule
P = TypeVar("P", Listener, Pool, Member, HealthMonitor, L7Policy, L7Rule)
Node = LoadBalancer | Part


@dataclass(frozen=True, slots=True)
class Tree:
    """A load balancer, its parts in order of creation, and what its host told of it.

    Shape: parts asked to be deleted stay, marked, until the host has confirmed; health maps a member's id to what the
    host last saw, and lacks members not yet seen.
    """

    load_balancer: LoadBalancer
    progress: Progress
    listeners: tuple[Listener, ...] = ()
    pools: tuple[Pool, ...] = ()
    members: tuple[Member, ...] = ()
    health_monitors: tuple[HealthMonitor, ...] = ()
    l7_policies: tuple[L7Policy, ...] = ()
    l7_rules: tuple[L7Rule, ...] = ()
    health: Mapping[str, MemberHealth] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was worked out from this very tree, kept since a tree never changes: every tree has its own."""

    @property
    def id(self) -> str:
        """The load balancer's id."""
        return self.load_balancer.id


def committed(tree: Tree, now: float) -> Tree:
    """Stamp a tree with the instant at which its newest revision is being committed.

    Units: now is seconds since the epoch, UTC.
    """
    return replace(tree, progress=replace(tree.progress, committed_at=now))


COLLECTIONS: Final[Mapping[Kind, str]] = {
    Kind.LISTENER: "listeners",
    Kind.POOL: "pools",
    Kind.MEMBER: "members",
    Kind.HEALTH_MONITOR: "health_monitors",
    Kind.L7_POLICY: "l7_policies",
    Kind.L7_RULE: "l7_rules",
}


def parts(tree: Tree, kind: Kind) -> tuple[Part, ...]:
    """List the parts of one kind, those being deleted included."""
    found: tuple[Part, ...] = getattr(tree, COLLECTIONS[kind])
    return found


def living(collection: tuple[P, ...]) -> tuple[P, ...]:
    """Leave out what is being deleted: for every rule it is already gone."""
    return tuple(part for part in collection if part.mark.deleted is None)


def find(collection: tuple[P, ...], kind: Kind, id: str) -> P:  # noqa: A002 - the field's own word
    """Name one part, also one that is being deleted.

    Raises: NotFound when no part has that id.
    """
    for part in collection:
        if part.id == id:
            return part
    raise NotFound(kind, id)


def monitor_of(tree: Tree, pool_id: str) -> HealthMonitor | None:
    """Name the health monitor of a pool, unless there is none or it is being deleted."""
    if "monitors" not in tree.memo:
        tree.memo["monitors"] = {monitor.pool_id: monitor for monitor in living(tree.health_monitors)}
    found: HealthMonitor | None = tree.memo["monitors"].get(pool_id)
    return found


def members_of(tree: Tree, pool_id: str) -> tuple[Member, ...]:
    """List the members of a pool, without those being deleted."""
    if "members" not in tree.memo:
        groups: dict[str, list[Member]] = defaultdict(list)
        for member in living(tree.members):
            groups[member.pool_id].append(member)
        tree.memo["members"] = {id_: tuple(group) for id_, group in groups.items()}
    found: tuple[Member, ...] = tree.memo["members"].get(pool_id, ())
    return found


def policies_of(tree: Tree, listener_id: str) -> tuple[L7Policy, ...]:
    """List the layer 7 policies of a listener by position, without those being deleted."""
    return tuple(sorted((p for p in living(tree.l7_policies) if p.listener_id == listener_id), key=_position))


def rules_of(tree: Tree, policy_id: str) -> tuple[L7Rule, ...]:
    """List the rules of a policy, without those being deleted."""
    return tuple(r for r in living(tree.l7_rules) if r.policy_id == policy_id)


def _position(policy: L7Policy) -> int:
    return policy.position
