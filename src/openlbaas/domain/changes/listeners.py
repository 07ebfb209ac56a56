"""Changes of listeners."""

from openlbaas.domain.changes.steps import advanced, changeable, new_mark, next_revision, updated, with_part, without
from openlbaas.domain.commands import CreateListener, DeleteListener, UpdateListener
from openlbaas.domain.errors import InUse, ListenerPortTaken
from openlbaas.domain.model import Listener
from openlbaas.domain.rules import check_certificates, check_protocols
from openlbaas.domain.tree import Tree, living, policies_of
from openlbaas.domain.vocabulary import Kind, Protocol


def create(tree: Tree, command: CreateListener, id: str) -> Tree:  # noqa: A002 - the field's own word
    """Open one port.

    Raises: NotFound for the default pool; ProtocolMismatch; ListenerPortTaken; CertificateMissing; Invalid.
    """
    _check_pool(tree, command.protocol, command.default_pool_id)
    check_certificates(command.protocol, command.default_tls_container_ref, command.sni_container_refs)
    if any(x.protocol_port == command.protocol_port for x in living(tree.listeners)):
        raise ListenerPortTaken(tree.id, command.protocol_port)
    listener = Listener(
        id=id,
        project_id=command.project_id,
        load_balancer_id=tree.id,
        name=command.name,
        description=command.description,
        protocol=command.protocol,
        protocol_port=command.protocol_port,
        connection_limit=command.connection_limit,
        default_pool_id=command.default_pool_id,
        default_tls_container_ref=command.default_tls_container_ref,
        sni_container_refs=command.sni_container_refs,
        admin_state_up=command.admin_state_up,
        mark=new_mark(tree),
    )
    return advanced(tree, listeners=(*tree.listeners, listener))


def update(tree: Tree, command: UpdateListener) -> Tree:
    """Change a listener.

    Raises: NotFound for the listener or its new pool; Immutable; ProtocolMismatch; CertificateMissing; Invalid.
    """
    before = changeable(tree.listeners, Kind.LISTENER, command.id)
    after = updated(before, command, next_revision(tree))
    if after is before:
        return tree
    if after.default_pool_id != before.default_pool_id:
        _check_pool(tree, after.protocol, after.default_pool_id)
    check_certificates(after.protocol, after.default_tls_container_ref, after.sni_container_refs)
    return advanced(tree, listeners=with_part(tree.listeners, after))


def delete(tree: Tree, command: DeleteListener) -> Tree:
    """Close one port; its default pool stays on the load balancer.

    Raises: NotFound; Immutable; InUse while it has a layer 7 policy.
    """
    listener = changeable(tree.listeners, Kind.LISTENER, command.id)
    for policy in policies_of(tree, listener.id):
        raise InUse(Kind.LISTENER, listener.id, Kind.L7_POLICY, policy.id)
    return without(tree, Kind.LISTENER, command.id)


def _check_pool(tree: Tree, protocol: Protocol, pool_id: str | None) -> None:
    if pool_id is not None:
        pool = changeable(tree.pools, Kind.POOL, pool_id)
        check_protocols(protocol, pool.protocol)
