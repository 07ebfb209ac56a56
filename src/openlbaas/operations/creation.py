"""New load balancers: an address, a host, and everything below at once where a graph asks for it."""

from collections.abc import Iterable

from openlbaas.desired.placement import Nowhere, placement
from openlbaas.domain import commands as c
from openlbaas.domain.caller import Caller
from openlbaas.domain.changes import load_balancers
from openlbaas.domain.errors import DefaultProviderMissing, NoHost, ProviderFlavorConflict, ProviderUnknown
from openlbaas.domain.graph import CreateGraph, GraphView, commands_of, grown
from openlbaas.domain.shown import view
from openlbaas.domain.tree import COLLECTIONS, Tree, committed, parts
from openlbaas.domain.views import View
from openlbaas.operations import certificates, flavors, quotas
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

    def work(transaction: Transaction) -> tuple[Tree, str]:
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
        bare = committed(load_balancers.create(command, id=load_balancer_id, vip=vip, provider=provider.name), now)
        transaction.balancers.insert(bare, now=now)
        tree = committed(grown(bare, graph, ids), now)
        if tree != bare:
            transaction.balancers.save(bare, tree, now=now)
        return tree, place(services, transaction, tree, provider.driver)

    tree, host = services.store.write(work)
    services.changed(frozenset({host}))
    return tree


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


def driver_of(services: Services, provider: str) -> str:
    """Name the driver that hosts run for a provider; its own name when it is configured no more."""
    return next((p.driver for p in services.providers if p.name == provider), provider)


def place(services: Services, transaction: Transaction, tree: Tree, driver: str) -> str:
    """Bind a load balancer to a host, put it on the host's feed, and name the host.

    Raises: NoHost.
    """
    chosen = placement(
        transaction.hosts.agents(),
        driver,
        services.random.choice,
        now=services.clock(),
        agent_down_time_s=services.agent_down_time_s,
    )
    if isinstance(chosen, Nowhere):
        raise NoHost(tree.id, chosen.why)
    transaction.hosts.bind(tree.id, chosen.agent.id)
    services.network.bind(transaction, tree.load_balancer.vip.port_id, chosen.agent.host)
    transaction.hosts.advance(chosen.agent.id, tree.id, tree.progress.revision)
    transaction.events.note(
        now=services.clock(),
        project_id=tree.load_balancer.project_id,
        load_balancer_id=tree.id,
        name="placed",
        text=chosen.why,
    )
    return chosen.agent.host
