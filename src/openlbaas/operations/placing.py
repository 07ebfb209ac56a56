"""Choosing a host for a load balancer, and binding it there."""

from openlbaas.desired.placement import CHANCE, Candidate, Nowhere, Placed, Wanted, capacity, placement
from openlbaas.desired.reach import hosts_network
from openlbaas.domain.agents import Agent
from openlbaas.domain.changes.steps import advanced
from openlbaas.domain.errors import NoHost
from openlbaas.domain.tree import Tree, committed
from openlbaas.domain.vocabulary import Topology
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services


def driver_of(services: Services, provider: str) -> str:
    """Name the driver that hosts run for a provider; its own name when it is configured no more."""
    return next((p.driver for p in services.providers if p.name == provider), provider)


def chosen(
    services: Services,
    transaction: Transaction,
    tree: Tree,
    *,
    spare: frozenset[str] = frozenset(),
    among: frozenset[str] | None = None,
) -> Placed | Nowhere:
    """Choose a host for a load balancer; none of the agents to spare, and of some only if these are named.

    Shape: the second host of a pair is in another zone than the first, where there is one.

    Order: the chosen agent's row is locked and a full host is not chosen, whatever else is placed meanwhile.
    """
    agents = [agent for agent in transaction.hosts.agents() if among is None or agent.id in among]
    wanted = _wanted(services, transaction, tree, spare)
    found = placement(candidates(services, transaction, tree, agents), wanted, services.random.choice)
    if isinstance(found, Nowhere) or not capacity(found.agent):
        return found
    transaction.hosts.lock(found.agent.id)
    if transaction.moves.loads().get(found.agent.id, 0) < capacity(found.agent):
        return found
    return chosen(services, transaction, tree, spare=spare | {found.agent.id}, among=among)


def _wanted(services: Services, transaction: Transaction, tree: Tree, spare: frozenset[str]) -> Wanted:
    driver = driver_of(services, tree.load_balancer.provider)
    if tree.load_balancer.topology is Topology.SINGLE:
        return Wanted(driver, services.scheduler, spare)
    pair, bound = transaction.pairs.find(tree.id), transaction.hosts.bound(tree.id)
    if pair is not None and pair.standby is not None:
        spare |= {pair.standby.agent_id}
    zone = None if bound is None else transaction.hosts.agent(bound.agent_id).availability_zone
    apart = frozenset({zone}) if zone is not None and bound is not None and bound.agent_id in spare else None
    return Wanted(driver, services.scheduler, spare, paired=True, apart=apart)


def candidates(services: Services, transaction: Transaction, tree: Tree, agents: list[Agent]) -> list[Candidate]:
    """Say of each host what placement asks about it; what nobody asks is not counted."""
    network = services.network.vip(transaction, tree.load_balancer.vip.port_id).network
    total: dict[str, int] = {}
    of_project: dict[str, int] = {}
    if services.scheduler != CHANCE:
        of_project = transaction.moves.loads(tree.load_balancer.project_id)
    if services.scheduler != CHANCE or any(capacity(agent) for agent in agents):
        total = transaction.moves.loads()
    return [
        Candidate(
            agent,
            live=services.lives(agent),
            reaches=hosts_network(agent, network),
            total=total.get(agent.id, 0),
            of_project=of_project.get(agent.id, 0),
        )
        for agent in agents
    ]


def bind(services: Services, transaction: Transaction, tree: Tree, agent: Agent) -> None:
    """Bind a load balancer to a host and put it on the host's feed."""
    transaction.hosts.bind(tree.id, agent.id)
    services.network.bind(transaction, tree.load_balancer.vip.port_id, agent.host)
    transaction.hosts.advance(agent.id, tree.id, tree.progress.revision)


def place(services: Services, transaction: Transaction, tree: Tree) -> str:
    """Bind a load balancer that has no host to one, and name the host.

    Raises: NoHost.
    """
    found = chosen(services, transaction, tree)
    if isinstance(found, Nowhere):
        raise NoHost(tree.id, found.why)
    bind(services, transaction, tree, found.agent)
    note(services, transaction, tree, "placed", found.why)
    return found.agent.host


def next_revision(services: Services, transaction: Transaction, tree: Tree) -> Tree:
    """Make a move a change of the load balancer, so that it is only in force when the host has said so."""
    now = services.clock()
    after = committed(advanced(tree), now)
    transaction.balancers.save(tree, after, now=now)
    return after


def note(services: Services, transaction: Transaction, tree: Tree, name: str, text: str) -> None:
    """Write an event of a load balancer."""
    transaction.events.note(
        now=services.clock(),
        project_id=tree.load_balancer.project_id,
        load_balancer_id=tree.id,
        name=name,
        text=text,
    )
