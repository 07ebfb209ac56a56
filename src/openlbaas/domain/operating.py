"""What a load balancer and its parts are doing for traffic, folded upward from what hosts saw of the members."""

from collections.abc import Iterable

from openlbaas.domain.model import HealthMonitor, Listener, Member, Pool
from openlbaas.domain.tree import Tree, living, members_of, monitor_of
from openlbaas.domain.vocabulary import MemberHealth, Operating

_WELL = frozenset({Operating.ONLINE, Operating.NO_MONITOR})


def member_operating(member: Member, monitor: HealthMonitor | None, health: MemberHealth | None) -> Operating:
    """Name the operating status of a member; health is None while no host has seen it."""
    if not member.admin_state_up:
        return Operating.DISABLED
    if monitor is None or not monitor.admin_state_up:
        return Operating.NO_MONITOR
    return Operating.ONLINE if health is MemberHealth.UP else Operating.OFFLINE


def folded(children: Iterable[Operating]) -> Operating:
    """Name what a parent is doing from what its children are doing.

    Shape: disabled children count for nothing; all others unwell is ERROR, some unwell is DEGRADED, none is ONLINE.
    """
    counted = [child for child in children if child is not Operating.DISABLED]
    unwell = [child for child in counted if child not in _WELL]
    if not unwell:
        return Operating.ONLINE
    if len(unwell) == len(counted) and Operating.DEGRADED not in unwell:
        return Operating.ERROR
    return Operating.DEGRADED


def pool_operating(tree: Tree, pool: Pool) -> Operating:
    """Name the operating status of a pool."""
    if not pool.admin_state_up:
        return Operating.DISABLED
    if tree.progress.applied < pool.mark.created:
        return Operating.OFFLINE
    monitor = monitor_of(tree, pool.id)
    members = members_of(tree, pool.id)
    return folded(member_operating(m, monitor, tree.health.get(m.id)) for m in members)


def listener_operating(tree: Tree, listener: Listener) -> Operating:
    """Name the operating status of a listener."""
    if not listener.admin_state_up:
        return Operating.DISABLED
    if tree.progress.applied < listener.mark.created:
        return Operating.OFFLINE
    return folded(pool_operating(tree, p) for p in living(tree.pools) if p.id == listener.default_pool_id)


def load_balancer_operating(tree: Tree) -> Operating:
    """Name the operating status of a load balancer: OFFLINE until a host has it, DISABLED when switched off."""
    if not tree.load_balancer.admin_state_up:
        return Operating.DISABLED
    if tree.progress.applied == 0:
        return Operating.OFFLINE
    deployed = [p for p in living(tree.pools) if tree.progress.applied >= p.mark.created]
    return folded(pool_operating(tree, pool) for pool in deployed)
