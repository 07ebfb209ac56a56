"""Changes of pools."""

from dataclasses import replace

from openlbaas.domain.changes import l7_policies
from openlbaas.domain.changes.steps import advanced, changeable, new_mark, next_revision, updated, with_part, without
from openlbaas.domain.commands import CreatePool, DeletePool, UpdatePool
from openlbaas.domain.errors import DefaultPoolTaken, InUse
from openlbaas.domain.model import Listener, Pool
from openlbaas.domain.rules import check_persistence, check_protocols
from openlbaas.domain.tree import Tree, living, monitor_of
from openlbaas.domain.vocabulary import Kind


def create(tree: Tree, command: CreatePool, id: str) -> Tree:  # noqa: A002 - the field's own word
    """Make a pool, and the listener's default where one is named.

    Raises: NotFound for the listener; DefaultPoolTaken; ProtocolMismatch; PersistenceInvalid.
    """
    check_persistence(command.persistence)
    listeners = tree.listeners
    if command.listener_id is not None:
        listener = changeable(tree.listeners, Kind.LISTENER, command.listener_id)
        if listener.default_pool_id is not None:
            raise DefaultPoolTaken(listener.id, listener.default_pool_id)
        check_protocols(listener.protocol, command.protocol)
        listeners = with_part(listeners, _pointed(tree, listener, id))
    pool = Pool(
        id=id,
        project_id=command.project_id,
        load_balancer_id=tree.id,
        name=command.name,
        description=command.description,
        protocol=command.protocol,
        algorithm=command.algorithm,
        persistence=command.persistence,
        admin_state_up=command.admin_state_up,
        mark=new_mark(tree),
    )
    return advanced(tree, pools=(*tree.pools, pool), listeners=listeners)


def update(tree: Tree, command: UpdatePool) -> Tree:
    """Change a pool.

    Raises: NotFound; Immutable; PersistenceInvalid.
    """
    before = changeable(tree.pools, Kind.POOL, command.id)
    after = updated(before, command, next_revision(tree))
    if after is before:
        return tree
    check_persistence(after.persistence)
    return advanced(tree, pools=with_part(tree.pools, after))


def delete(tree: Tree, command: DeletePool) -> Tree:
    """Remove an empty pool; listeners that used it have none afterwards, policies that redirected to it reject.

    Raises: NotFound; Immutable; InUse while it has a health monitor or a member.
    """
    pool = changeable(tree.pools, Kind.POOL, command.id)
    monitor = monitor_of(tree, pool.id)
    if monitor is not None:
        raise InUse(Kind.POOL, pool.id, Kind.HEALTH_MONITOR, monitor.id)
    for member in living(tree.members):
        if member.pool_id == pool.id:
            raise InUse(Kind.POOL, pool.id, Kind.MEMBER, member.id)
    listeners = tuple(
        _pointed(tree, x, None) if x.default_pool_id == pool.id and x.mark.deleted is None else x
        for x in tree.listeners
    )
    policies = l7_policies.without_pool(tree, pool.id)
    return without(tree, Kind.POOL, pool.id, listeners=listeners, l7_policies=policies)


def _pointed(tree: Tree, listener: Listener, pool_id: str | None) -> Listener:
    mark = replace(listener.mark, changed=next_revision(tree))
    return replace(listener, default_pool_id=pool_id, mark=mark)
