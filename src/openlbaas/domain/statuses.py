"""How everything of a load balancer is doing, as one tree.

Source: the statuses tree of LBaaS v2: what is switched off is DISABLED with all below it and weighs on nobody; what is
unwell makes DEGRADED of everything above it, and keeps its own word.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from openlbaas.domain.model import HealthMonitor, L7Policy, L7Rule, Listener, LoadBalancer, Member, Pool
from openlbaas.domain.operating import member_operating
from openlbaas.domain.provisioning import Mark, Provisioning, provisioning
from openlbaas.domain.tree import Tree, living, members_of, monitor_of, policies_of, rules_of
from openlbaas.domain.vocabulary import Operating

_WELL = frozenset({Operating.ONLINE, Operating.NO_MONITOR, Operating.DISABLED})


@dataclass(frozen=True, slots=True)
class MemberStatus:
    """A member."""

    object: Member
    provisioning: Provisioning
    operating: Operating


@dataclass(frozen=True, slots=True)
class MonitorStatus:
    """A health monitor, which serves no traffic and has no operating status."""

    object: HealthMonitor
    provisioning: Provisioning


@dataclass(frozen=True, slots=True)
class PoolStatus:
    """A pool with its members and its monitor."""

    object: Pool
    provisioning: Provisioning
    operating: Operating
    members: tuple[MemberStatus, ...]
    monitor: MonitorStatus | None


@dataclass(frozen=True, slots=True)
class RuleStatus:
    """A layer 7 rule."""

    object: L7Rule
    provisioning: Provisioning


@dataclass(frozen=True, slots=True)
class PolicyStatus:
    """A layer 7 policy with its rules."""

    object: L7Policy
    provisioning: Provisioning
    rules: tuple[RuleStatus, ...]


@dataclass(frozen=True, slots=True)
class ListenerStatus:
    """A listener with its default pool and its policies by position."""

    object: Listener
    provisioning: Provisioning
    operating: Operating
    pools: tuple[PoolStatus, ...]
    policies: tuple[PolicyStatus, ...]


@dataclass(frozen=True, slots=True)
class Statuses:
    """A load balancer with its listeners and all its pools; reason says why something of it is in ERROR."""

    object: LoadBalancer
    provisioning: Provisioning
    operating: Operating
    listeners: tuple[ListenerStatus, ...]
    pools: tuple[PoolStatus, ...]
    reason: str = ""


Status = Callable[[Mark], Provisioning]


def statuses(tree: Tree, *, now: float, patience_s: float) -> Statuses:
    """Work the whole tree out.

    Shape: what is being deleted is left out, as it is from a client's sight of what serves.
    Units: now is seconds since the epoch, UTC; patience_s is seconds.
    """

    def status(mark: Mark) -> Provisioning:
        return provisioning(mark, tree.progress, now=now, patience_s=patience_s)

    on = tree.load_balancer.admin_state_up
    below = {pool.id: _pool(tree, pool, status, on=on) for pool in living(tree.pools)}
    listeners = tuple(_listener(tree, x, below, status, on=on) for x in living(tree.listeners))
    own = status(tree.load_balancer.mark)
    unwell = any(_unwell(x.provisioning, x.operating) for x in listeners)
    unwell = unwell or any(_unwell(pool.provisioning, pool.operating) for pool in below.values())
    return Statuses(
        tree.load_balancer,
        own,
        _word(on=on, there=tree.progress.applied > 0, unwell=unwell),
        listeners,
        tuple(below.values()),
        reason=failure(tree) if own is Provisioning.ERROR else "",
    )


def failure(tree: Tree) -> str:
    """Say why something of a load balancer is in ERROR, as a clause that a person can act on."""
    if tree.progress.refused > tree.progress.applied:
        return tree.progress.reason
    return "the host that should run it has not answered in time; it will catch up when it is back"


def _word(*, on: bool, there: bool, unwell: bool) -> Operating:
    if not on:
        return Operating.DISABLED
    if not there:
        return Operating.OFFLINE
    return Operating.DEGRADED if unwell else Operating.ONLINE


def _unwell(own: Provisioning, operating: Operating) -> bool:
    return own is Provisioning.ERROR or operating not in _WELL


def _failed(parts: Iterable[Provisioning]) -> bool:
    return Provisioning.ERROR in parts


def _pool(tree: Tree, pool: Pool, status: Status, *, on: bool) -> PoolStatus:
    on = on and pool.admin_state_up
    monitor = monitor_of(tree, pool.id)
    members = tuple(
        MemberStatus(
            m,
            status(m.mark),
            member_operating(m, monitor, tree.health.get(m.id)) if on else Operating.DISABLED,
        )
        for m in members_of(tree, pool.id)
    )
    shown = None if monitor is None else MonitorStatus(monitor, status(monitor.mark))
    unwell = any(_unwell(m.provisioning, m.operating) for m in members)
    unwell = unwell or (shown is not None and shown.object.admin_state_up and _failed([shown.provisioning]))
    there = tree.progress.applied >= pool.mark.created
    return PoolStatus(pool, status(pool.mark), _word(on=on, there=there, unwell=unwell), members, shown)


def _listener(
    tree: Tree, listener: Listener, below: dict[str, PoolStatus], status: Status, *, on: bool
) -> ListenerStatus:
    on = on and listener.admin_state_up
    found = tuple(pool for id_, pool in below.items() if id_ == listener.default_pool_id)
    # Below a listener that is off its pool is off, whatever it does for others.
    pools = found if on else tuple(_pool(tree, pool.object, status, on=False) for pool in found)
    policies = tuple(
        PolicyStatus(p, status(p.mark), tuple(RuleStatus(r, status(r.mark)) for r in rules_of(tree, p.id)))
        for p in policies_of(tree, listener.id)
    )
    acting = [p for p in policies if p.object.admin_state_up]
    failed = _failed([p.provisioning for p in acting])
    failed = failed or _failed([r.provisioning for p in acting for r in p.rules if r.object.admin_state_up])
    unwell = failed or any(_unwell(pool.provisioning, pool.operating) for pool in pools)
    word = _word(on=on, there=tree.progress.applied >= listener.mark.created, unwell=unwell)
    return ListenerStatus(listener, status(listener.mark), word, pools, policies)
