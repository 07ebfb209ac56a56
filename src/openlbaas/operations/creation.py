"""New load balancers: an address, a host, and everything below at once where a graph asks for it."""

from collections.abc import Iterable

from openlbaas.domain import commands as c
from openlbaas.domain.caller import Caller
from openlbaas.domain.changes import load_balancers
from openlbaas.domain.errors import DefaultProviderMissing, ProviderFlavorConflict, ProviderUnknown
from openlbaas.domain.graph import CreateGraph, GraphView, commands_of, grown
from openlbaas.domain.shown import view
from openlbaas.domain.tree import COLLECTIONS, Tree, committed, parts
from openlbaas.domain.views import View
from openlbaas.domain.vocabulary import Topology
from openlbaas.operations import certificates, flavors, pairs, quotas
from openlbaas.operations.placing import place
from openlbaas.operations.ports import Transaction, VipRequest
from openlbaas.operations.services import Provider, Services


def create(services: Services, caller: Caller, command: c.CreateLoadBalancer) -> View:
    """Make a load balancer.

    Raises: a Refusal, when nothing has changed; NoHost; Raced; StoreBusy.
    """
    tree = _made(services, caller, CreateGraph(load_balancer=command))
    return view(tree, tree.load_balancer, now=services.clock(), patience_s=services.patience_s)


def create_graph(services: Services, caller: Caller, command: CreateGraph) -> GraphView:
    """Make a load balancer with everything below it, all or nothing.

    Raises: a Refusal, when nothing has changed; NoHost; Raced; StoreBusy.
    """
    tree = _made(services, caller, command)
    now = services.clock()
    nodes = (tree.load_balancer, *(part for kind in COLLECTIONS for part in parts(tree, kind)))
    return GraphView(tree, {each.id: view(tree, each, now=now, patience_s=services.patience_s) for each in nodes})


def _made(services: Services, caller: Caller, graph: CreateGraph) -> Tree:
    """Store the tree and tell the host.

    Order: what counts for quotas is looked at before anything is locked.
    """
    commands = tuple(commands_of(graph))
    load_balancer_id, port_id, *ids = (services.new_id() for _ in range(len(commands) + 1))
    command = graph.load_balancer

    def work(transaction: Transaction) -> tuple[Tree, frozenset[str]]:
        now = services.clock()
        quotas.check(services, transaction, *commands)
        provider = _provider(services, transaction, command)
        for each in commands[1:]:
            certificates.check_refs(services, transaction, caller, each)
        check_subnets(services, transaction, caller, commands)
        request = VipRequest(
            load_balancer_id=load_balancer_id,
            port_id=port_id,
            project_id=command.project_id,
            subnet_id=command.vip_subnet_id,
            network_id=command.vip_network_id,
            address=command.vip_address,
            now=now,
        )
        vip = services.network.reserve(transaction, caller, request)
        topology = _topology(services, transaction, command)
        made = load_balancers.create(
            command, new_id=load_balancer_id, vip=vip, provider=provider.name, topology=topology
        )
        bare = committed(made, now)
        transaction.balancers.insert(bare, now=now)
        tree = committed(grown(bare, graph, ids), now)
        if tree != bare:
            transaction.balancers.save(bare, tree, now=now)
        hosts = frozenset({place(services, transaction, tree)})
        if topology is Topology.ACTIVE_STANDBY:
            hosts |= pairs.begin(services, transaction, tree)
        return tree, hosts

    tree, hosts = services.store.write(work)
    services.changed(hosts)
    return tree


def _topology(services: Services, transaction: Transaction, command: c.CreateLoadBalancer) -> Topology:
    """Name what is asked for: by the load balancer itself, or by its flavor."""
    if command.topology is not None:
        return command.topology
    if command.flavor_id is not None:
        return flavors.topology_of(services, transaction, command.flavor_id)
    return Topology.SINGLE


def check_subnets(services: Services, transaction: Transaction, caller: Caller, commands: Iterable[object]) -> None:
    """Let members be created on subnets that the caller may use.

    Raises: NotFound.
    """
    named = (command.subnet_id for command in commands if isinstance(command, c.CreateMember))
    for subnet_id in dict.fromkeys(named):
        if subnet_id is not None:
            services.network.check_subnet(transaction, caller, subnet_id)


def _provider(services: Services, transaction: Transaction, command: c.CreateLoadBalancer) -> Provider:
    if command.flavor_id is not None and command.provider is not None:
        message = "a flavor names the provider by itself"
        raise ProviderFlavorConflict(message)
    if command.flavor_id is not None:
        return flavors.provider_of(services, transaction, command.flavor_id)
    wanted = None if command.provider is None else command.provider.lower()
    for provider in services.providers:
        if provider.name == wanted or (wanted is None and provider.default):
            return provider
    if wanted is None:
        raise DefaultProviderMissing
    raise ProviderUnknown(wanted)
