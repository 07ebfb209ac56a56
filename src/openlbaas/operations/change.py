"""Changes of load balancers: one transaction each, told to the host after the commit."""

from openlbaas.domain import commands as c
from openlbaas.domain.caller import Caller
from openlbaas.domain.changes import TreeCommand, changed, load_balancers
from openlbaas.domain.errors import (
    DifferentLoadBalancers,
    Immutable,
    NotFound,
    ParentMissing,
)
from openlbaas.domain.provisioning import Provisioning, provisioning
from openlbaas.domain.shown import node, view
from openlbaas.domain.tree import Tree, committed
from openlbaas.domain.views import View
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations import certificates, pairs, quotas
from openlbaas.operations.creation import check_subnets, create
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services

_UPDATES: dict[type, Kind] = {
    c.UpdateLoadBalancer: Kind.LOAD_BALANCER,
    c.DeleteLoadBalancer: Kind.LOAD_BALANCER,
    c.UpdateListener: Kind.LISTENER,
    c.DeleteListener: Kind.LISTENER,
    c.UpdatePool: Kind.POOL,
    c.DeletePool: Kind.POOL,
    c.UpdateMember: Kind.MEMBER,
    c.DeleteMember: Kind.MEMBER,
    c.UpdateHealthMonitor: Kind.HEALTH_MONITOR,
    c.DeleteHealthMonitor: Kind.HEALTH_MONITOR,
    c.UpdateL7Policy: Kind.L7_POLICY,
    c.DeleteL7Policy: Kind.L7_POLICY,
    c.UpdateL7Rule: Kind.L7_RULE,
    c.DeleteL7Rule: Kind.L7_RULE,
}
_PENDING = frozenset({Provisioning.PENDING_CREATE, Provisioning.PENDING_UPDATE, Provisioning.PENDING_DELETE})


def change(services: Services, caller: Caller, command: c.Command) -> View | tuple[View, ...] | None:
    """Carry one command out.

    Shape:  the view of what was created or updated; a tuple of views for a command that creates several; None for a
            deletion.
    Raises: a Refusal, when nothing has changed; NoHost; Raced; StoreBusy.
    """
    if isinstance(command, c.CreateLoadBalancer):
        return create(services, caller, command)
    ids = [services.new_id() for _ in _many(command)]

    def work(transaction: Transaction) -> tuple[Tree, tuple[str, ...], Kind, frozenset[str]]:
        return _change_tree(services, caller, transaction, command, ids)

    tree, touched, kind, hosts = services.store.write(work)
    if hosts:
        services.changed(hosts)
    if isinstance(command, c.Delete):
        return None
    views = tuple(
        view(tree, node(tree, kind, id_), now=services.clock(), patience_s=services.patience_s) for id_ in touched
    )
    return views if isinstance(command, c.CreateMembers | c.CreateL7Rules) else views[0]


def _many(command: TreeCommand) -> tuple[object, ...]:
    match command:
        case c.CreateMembers():
            return command.members
        case c.CreateL7Rules():
            return command.rules
        case _:
            return (command,)


def _change_tree(
    services: Services, caller: Caller, transaction: Transaction, command: TreeCommand, ids: list[str]
) -> tuple[Tree, tuple[str, ...], Kind, frozenset[str]]:
    quotas.check(services, transaction, command)
    home = _home(transaction, command)
    certificates.check_refs(services, transaction, caller, command)
    before = transaction.balancers.tree(home, lock=True)
    _authorize(before, caller, command)
    check_subnets(services, transaction, caller, _many(command))
    if services.refuse_while_pending:
        _refuse_pending(services, before, command)
    result = changed(before, command, ids)
    if result.tree is before:
        return before, result.ids, result.kind, frozenset()
    now = services.clock()
    after = committed(result.tree, now)
    transaction.balancers.save(before, after, now=now)
    hosts = pairs.converted(services, transaction, before, after)
    return after, result.ids, result.kind, hosts | transaction.hosts.tell(before.id, after.progress.revision)


def _home(transaction: Transaction, command: TreeCommand) -> str:
    home = transaction.balancers.home
    match command:
        case c.CreateListener():
            return _joined(transaction, command.load_balancer_id, Kind.POOL, command.default_pool_id, Kind.LISTENER)
        case c.CreatePool():
            return _joined(transaction, command.load_balancer_id, Kind.LISTENER, command.listener_id, Kind.POOL)
        case c.CreateMember() | c.CreateHealthMonitor() | c.UpdateMember() | c.DeleteMember():
            return home(Kind.POOL, command.pool_id)
        case c.CreateMembers():
            return home(Kind.POOL, command.members[0].pool_id)
        case c.CreateL7Rule() | c.UpdateL7Rule() | c.DeleteL7Rule():
            return home(Kind.L7_POLICY, command.policy_id)
        case c.CreateL7Rules():
            return home(Kind.L7_POLICY, command.rules[0].policy_id)
        case c.CreateL7Policy() | c.UpdateL7Policy():
            return _policy_home(transaction, command)
        case c.UpdateListener():
            found = home(Kind.LISTENER, command.id)
            if isinstance(command.default_pool_id, str) and home(Kind.POOL, command.default_pool_id) != found:
                raise DifferentLoadBalancers
            return found
        case _:
            return home(_UPDATES[type(command)], command.id)


def _policy_home(transaction: Transaction, command: c.CreateL7Policy | c.UpdateL7Policy) -> str:
    if isinstance(command, c.CreateL7Policy):
        found = transaction.balancers.home(Kind.LISTENER, command.listener_id)
    else:
        found = transaction.balancers.home(Kind.L7_POLICY, command.id)
    pool_id = command.redirect_pool_id
    if isinstance(pool_id, str) and transaction.balancers.home(Kind.POOL, pool_id) != found:
        raise DifferentLoadBalancers
    return found


def _joined(
    transaction: Transaction, load_balancer_id: str | None, kind: Kind, other_id: str | None, wanted: Kind
) -> str:
    if load_balancer_id is not None:
        transaction.balancers.home(Kind.LOAD_BALANCER, load_balancer_id)
    if other_id is None:
        if load_balancer_id is None:
            raise ParentMissing(wanted)
        return load_balancer_id
    other_home = transaction.balancers.home(kind, other_id)
    if load_balancer_id not in (None, other_home):
        raise DifferentLoadBalancers
    return other_home


def _authorize(tree: Tree, caller: Caller, command: TreeCommand) -> None:
    kind = _UPDATES.get(type(command))
    if kind is not None:
        parent_id = getattr(command, "pool_id", None) or getattr(command, "policy_id", None)
        target = node(tree, kind, getattr(command, "id"), parent_id)  # noqa: B009 - a union
        if not caller.may_touch(target.project_id):
            raise NotFound(kind, target.id)
    elif not caller.may_touch(tree.load_balancer.project_id):
        raise NotFound(*_named(tree, command))


def _named(tree: Tree, command: TreeCommand) -> tuple[Kind, str]:
    """Name what a foreign caller named, which is what it must be told does not exist."""
    match command:
        case c.CreateMembers():
            return Kind.POOL, command.members[0].pool_id
        case c.CreateMember() | c.CreateHealthMonitor():
            return Kind.POOL, command.pool_id
        case c.CreateL7Policy():
            return Kind.LISTENER, command.listener_id
        case c.CreateL7Rule():
            return Kind.L7_POLICY, command.policy_id
        case c.CreateL7Rules():
            return Kind.L7_POLICY, command.rules[0].policy_id
        case c.CreateListener() if command.load_balancer_id is None and command.default_pool_id is not None:
            return Kind.POOL, command.default_pool_id
        case c.CreatePool() if command.load_balancer_id is None and command.listener_id is not None:
            return Kind.LISTENER, command.listener_id
        case _:
            return Kind.LOAD_BALANCER, tree.id


def _refuse_pending(services: Services, tree: Tree, command: TreeCommand) -> None:
    if isinstance(command, c.DeleteLoadBalancer):
        load_balancers.check_empty(tree)
    if isinstance(command, c.CreateL7Policy | c.CreateL7Rule | c.CreateL7Rules):
        return  # as the original, whose clients make policies and their rules without waiting
    status = provisioning(tree.load_balancer.mark, tree.progress, now=services.clock(), patience_s=services.patience_s)
    if status in _PENDING:
        raise Immutable(Kind.LOAD_BALANCER, tree.id, status)
