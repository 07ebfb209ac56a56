"""Networks, subnets and ports: what a caller can do with them."""

from collections.abc import Sequence

from openlbaas.domain.caller import Caller
from openlbaas.domain.network import Network, NetworkCommand, NetworkView, Subnet, UpdateNetwork, UpdateSubnet
from openlbaas.domain.selection import Selection
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations import quotas
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services


def change(services: Services, caller: Caller, command: NetworkCommand) -> NetworkView | None:
    """Carry one command out; hosts hear of it when their VIPs are concerned.

    Raises: a Refusal, when nothing has changed; Raced; StoreBusy.
    """
    new_id = services.new_id()

    def work(transaction: Transaction) -> tuple[NetworkView | None, frozenset[str]]:
        quotas.check(services, transaction, command)
        made = services.network.change(transaction, caller, command, id=new_id, now=services.clock())
        hosts: frozenset[str] = frozenset()
        if isinstance(command, UpdateSubnet) and isinstance(made, Subnet):
            hosts = _refeed(transaction, made.network_id)
        elif isinstance(command, UpdateNetwork) and isinstance(made, Network):
            hosts = _refeed(transaction, made.id)
        return made, hosts

    made, hosts = services.store.write(work)
    if hosts:
        services.changed(hosts)
    return made


def _refeed(transaction: Transaction, network_id: str) -> frozenset[str]:
    """Have hosts look again at the load balancers of a network: their VIP's routes or MTU may differ now."""
    told = [transaction.hosts.tell(id_, revision) for id_, revision in transaction.balancers.on_network(network_id)]
    return frozenset().union(*told)


def show(services: Services, caller: Caller, kind: Kind, id: str) -> NetworkView:  # noqa: A002 - the field's own word
    """Show one network, subnet or port.

    Raises: NotFound, also for another project's that is not shared.
    """
    return services.store.read(lambda transaction: services.network.show(transaction, caller, kind, id))


def select(services: Services, caller: Caller, kind: Kind, selection: Selection) -> Sequence[NetworkView]:
    """List networks, subnets or ports in order of creation: the caller's own, and shared networks and subnets."""
    if not caller.is_admin:
        selection = Selection(
            ids=selection.ids,
            names=selection.names,
            parent_id=selection.parent_id,
            device_ids=selection.device_ids,
            project_id=caller.project_id,
        )
    return services.store.read(lambda transaction: services.network.select(transaction, caller, kind, selection))
