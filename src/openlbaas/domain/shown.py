"""Views of the nodes of a tree."""

from openlbaas.domain.errors import NotFound
from openlbaas.domain.l7_errors import RuleNotOfPolicy
from openlbaas.domain.model import HealthMonitor, L7Policy, L7Rule, Listener, LoadBalancer, Member, Pool
from openlbaas.domain.operating import (
    listener_operating,
    load_balancer_operating,
    member_operating,
    pool_operating,
)
from openlbaas.domain.provisioning import Mark, Provisioning, provisioning
from openlbaas.domain.statuses import failure
from openlbaas.domain.tree import Node, Tree, find, living, members_of, monitor_of, rules_of
from openlbaas.domain.views import (
    HealthMonitorView,
    L7PolicyView,
    L7RuleView,
    ListenerView,
    LoadBalancerView,
    MemberView,
    PoolView,
    View,
)
from openlbaas.domain.vocabulary import Kind


def view(tree: Tree, node: Node, *, now: float, patience_s: float) -> View:
    """Show one node of a tree.

    Units: now is seconds since the epoch, UTC; patience_s is seconds (see :mod:`openlbaas.domain.provisioning`).
    """

    def status(mark: Mark) -> Provisioning:
        return provisioning(mark, tree.progress, now=now, patience_s=patience_s)

    match node:
        case LoadBalancer():
            return _load_balancer(tree, node, status(node.mark))
        case Listener():
            return ListenerView(node, status(node.mark), listener_operating(tree, node))
        case Pool():
            return _pool(tree, node, status(node.mark))
        case Member():
            seen = member_operating(node, monitor_of(tree, node.pool_id), tree.health.get(node.id))
            return MemberView(node, status(node.mark), seen)
        case HealthMonitor():
            return HealthMonitorView(node, status(node.mark))
        case L7Policy():
            return L7PolicyView(node, status(node.mark), tuple(rule.id for rule in rules_of(tree, node.id)))
        case L7Rule():
            return L7RuleView(node, status(node.mark))


def _load_balancer(tree: Tree, node: LoadBalancer, status: Provisioning) -> LoadBalancerView:
    return LoadBalancerView(
        node,
        status,
        load_balancer_operating(tree),
        listener_ids=tuple(x.id for x in living(tree.listeners)),
        pool_ids=tuple(x.id for x in living(tree.pools)),
        reason=failure(tree) if status is Provisioning.ERROR else "",
    )


def _pool(tree: Tree, node: Pool, status: Provisioning) -> PoolView:
    monitor = monitor_of(tree, node.id)
    return PoolView(
        node,
        status,
        pool_operating(tree, node),
        listener_ids=tuple(x.id for x in living(tree.listeners) if x.default_pool_id == node.id),
        member_ids=tuple(x.id for x in members_of(tree, node.id)),
        health_monitor_id=monitor.id if monitor else None,
    )


def node(tree: Tree, kind: Kind, id: str, parent_id: str | None = None) -> Node:  # noqa: A002 - the field's own word
    """Name one node of a tree.

    Raises: NotFound when the tree has no such node, or a member is not in the pool *parent_id*; RuleNotOfPolicy when a
            rule is not in the policy *parent_id*.
    """
    match kind:
        case Kind.LOAD_BALANCER:
            return tree.load_balancer
        case Kind.LISTENER:
            return find(tree.listeners, kind, id)
        case Kind.POOL:
            return find(tree.pools, kind, id)
        case Kind.HEALTH_MONITOR:
            return find(tree.health_monitors, kind, id)
        case Kind.MEMBER:
            member = find(tree.members, kind, id)
            if parent_id is None or member.pool_id == parent_id:
                return member
        case Kind.L7_POLICY:
            return find(tree.l7_policies, kind, id)
        case Kind.L7_RULE:
            rule = find(tree.l7_rules, kind, id)
            if parent_id is not None and rule.policy_id != parent_id:
                raise RuleNotOfPolicy(id, parent_id)
            return rule
    raise NotFound(kind, id)
