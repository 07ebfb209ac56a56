"""What administrators order: where load balancers run, and which hosts take part."""

from collections import defaultdict

from openlbaas.desired.balance import evened
from openlbaas.desired.placement import Nowhere, Placed, capacity
from openlbaas.desired.reach import hosts_network
from openlbaas.domain.agents import Agent, HostView
from openlbaas.domain.caller import Caller
from openlbaas.domain.errors import Forbidden, Immutable, NoHost, NotFound
from openlbaas.domain.move_errors import HostAlive, HostUnfit
from openlbaas.domain.moves import Move
from openlbaas.domain.tree import Tree
from openlbaas.domain.vocabulary import Kind, Topology
from openlbaas.operations import moves, pairs
from openlbaas.operations.placing import chosen, driver_of, place
from openlbaas.operations.ports import Bound, Transaction
from openlbaas.operations.services import Services

_BY_HAND = "an administrator said so"


def select(services: Services, caller: Caller) -> list[HostView]:
    """List the hosts, those that reported first before others.

    Raises: Forbidden.
    """
    _check(caller, "see hosts")
    return services.store.read(lambda transaction: _views(services, transaction, transaction.hosts.agents()))


def show(services: Services, caller: Caller, host: str) -> HostView:
    """Show one host, by its name or its agent's id.

    Raises: Forbidden; NotFound.
    """
    _check(caller, "see hosts")
    return services.store.read(lambda transaction: _view(services, transaction, _found(transaction, host)))


def move(services: Services, caller: Caller, load_balancer_id: str, host: str | None) -> Move:
    """Move a load balancer to a host, or off the one it has.

    Shape: from and to are the same when it is there already, and then nothing happens.

    Raises: Forbidden; NotFound; Immutable while it is being deleted; HostUnfit; NoHost.
    """
    _check(caller, "move load balancers")

    def work(transaction: Transaction) -> tuple[Move, frozenset[str]]:
        tree = transaction.balancers.tree(load_balancer_id, lock=True)
        if tree.load_balancer.mark.deleted is not None:
            raise Immutable(Kind.LOAD_BALANCER, tree.id, "PENDING_DELETE")
        target = None if host is None else _found(transaction, host)
        if tree.load_balancer.topology is Topology.ACTIVE_STANDBY:
            return _switched(services, transaction, tree, target)
        bound = transaction.hosts.bound(tree.id)
        if bound is None:
            name = place(services, transaction, tree)
            return Move(tree.id, None, name), frozenset({name})
        if target is not None and bound.agent_id == target.id:
            return Move(tree.id, bound.host, bound.host), frozenset()
        return _moved(services, transaction, tree, bound, target)

    done, hosts = services.store.write(work)
    if hosts:
        services.changed(hosts)
    return done


def _switched(
    services: Services, transaction: Transaction, tree: Tree, target: Agent | None
) -> tuple[Move, frozenset[str]]:
    """Have the other host of a pair take the VIP, or the one that is named; any third one is to stand by."""
    bound, second = transaction.hosts.bound(tree.id), pairs.second_of(transaction, tree)
    if bound is None:
        name = place(services, transaction, tree)
        return Move(tree.id, None, name), frozenset({name})
    if target is None or target.id == bound.agent_id or (second is not None and second.agent_id == target.id):
        name, hosts = pairs.switched(services, transaction, tree, None if target is None else target.id)
        return Move(tree.id, bound.host, name), hosts
    found = chosen(services, transaction, tree, among=frozenset({target.id}))
    if isinstance(found, Nowhere):
        raise HostUnfit(target.host, tree.id, found.why)
    hosts = pairs.stands_in(services, transaction, tree, found, _BY_HAND)
    return Move(tree.id, None if second is None else second.host, target.host), hosts


def _moved(
    services: Services, transaction: Transaction, tree: Tree, bound: Bound, target: Agent | None
) -> tuple[Move, frozenset[str]]:
    found = _destination(services, transaction, tree, bound, target)
    old = transaction.hosts.agent(bound.agent_id)
    if services.lives(old) or transaction.moves.leaving(tree.id) is not None:
        hosts = moves.hand_over(services, transaction, tree, found, _BY_HAND)
    else:
        hosts = moves.take_over(services, transaction, tree, old, found)
    return Move(tree.id, bound.host, found.agent.host), hosts


def _destination(
    services: Services, transaction: Transaction, tree: Tree, bound: Bound, target: Agent | None
) -> Placed:
    if target is None:
        found = chosen(services, transaction, tree, spare=frozenset({bound.agent_id}))
        if isinstance(found, Nowhere):
            raise NoHost(tree.id, found.why)
        return found
    leaving = transaction.moves.leaving(tree.id)
    if leaving is not None and leaving.agent_id == target.id:
        return Placed(target, f"{target.host}, which still serves it")
    found = chosen(services, transaction, tree, among=frozenset({target.id}))
    if isinstance(found, Nowhere):
        raise HostUnfit(target.host, tree.id, found.why)
    return found


def drain(services: Services, caller: Caller, host: str, *, draining: bool) -> HostView:
    """Give a host nothing new and move away all that it has, or let it take part again.

    Order: what can go is on its way when this returns; the upkeep of every server looks after what could not.

    Raises: Forbidden; NotFound.
    """
    _check(caller, "drain hosts")

    def work(transaction: Transaction) -> tuple[Agent, list[str], list[str]]:
        agent = _found(transaction, host)
        transaction.hosts.change(agent.id, {"draining": draining})
        return agent, transaction.hosts.hosted(agent.id), transaction.pairs.second_on(agent.id)

    agent, ids, seconds = services.store.write(work)
    if draining and services.lives(agent):
        moves.drain(services, ids, frozenset({agent.id}))
        moves.mend(services, seconds, frozenset({agent.id}), frozenset({agent.id}))
    return show(services, caller, agent.id)


def fail(services: Services, caller: Caller, host: str, *, force: bool) -> HostView:
    """Take a host for dead until it reports again, and give what it has to others, whatever the brake holds.

    Raises: Forbidden; NotFound; HostAlive when it is heard of, unless that is forced.
    """
    _check(caller, "give hosts up")

    def work(transaction: Transaction) -> tuple[Agent, list[str]]:
        agent = _found(transaction, host)
        if services.lives(agent) and not force:
            raise HostAlive(agent.host)
        transaction.hosts.change(agent.id, {"failed_at": max(services.clock(), agent.heartbeat_at)})
        return transaction.hosts.agent(agent.id), transaction.hosts.hosted(agent.id)

    agent, ids = services.store.write(work)
    moves.rescue(services, ids, {agent.id: agent})
    return show(services, caller, agent.id)


def rebalance(services: Services, caller: Caller, *, dry_run: bool) -> list[Move]:
    """Move the fewest load balancers after which hosts have equally many; or only say which these are.

    Shape: hosts that are silent, switched off or drained neither give nor take, and what is on its way is left alone.

    Raises: Forbidden.
    """
    _check(caller, "rebalance hosts")
    agents, found = services.store.read(lambda transaction: _evened(services, transaction))
    if not dry_run:
        moves.send(services, {one: target for one, _, target in found}, "hosts are evened out")
    return [Move(one, agents[source].host, agents[target].host) for one, source, target in found]


def _evened(services: Services, transaction: Transaction) -> tuple[dict[str, Agent], list[tuple[str, str, str]]]:
    agents = {agent.id: agent for agent in transaction.hosts.agents()}
    part = [a for a in agents.values() if a.admin_state_up and not a.draining and services.lives(a)]
    moving = {one.load_balancer_id for one in transaction.moves.under_way()}
    hosted: dict[str, list[str]] = {agent.id: [] for agent in part}
    fixed: dict[str, int] = defaultdict(int)
    for one, agent_id in sorted(transaction.moves.bindings().items()):
        if agent_id in hosted and one in moving:
            fixed[agent_id] += 1
        elif agent_id in hosted:
            hosted[agent_id].append(one)
    for agent_id, number in fixed.items():
        # They count, and fit nowhere else.
        hosted[agent_id] += [""] * number
    trees = transaction.balancers.trees([one for ids in hosted.values() for one in ids if one])

    def fits(one: str, agent_id: str) -> bool:
        return bool(one) and _fits(services, transaction, trees[one], agents[agent_id])

    return agents, evened(hosted, {agent.id: capacity(agent) for agent in part}, fits)


def _fits(services: Services, transaction: Transaction, tree: Tree, agent: Agent) -> bool:
    if tree.load_balancer.mark.deleted is not None or tree.load_balancer.topology is not Topology.SINGLE:
        return False
    network = services.network.vip(transaction, tree.load_balancer.vip.port_id).network
    drivers = agent.configurations.get("device_drivers", ())
    return driver_of(services, tree.load_balancer.provider) in drivers and hosts_network(agent, network)


def _found(transaction: Transaction, host: str) -> Agent:
    agent = transaction.hosts.agent_on(host)
    if agent is not None:
        return agent
    try:
        return transaction.hosts.agent(host)
    except NotFound:
        raise NotFound(Kind.AGENT, host) from None


def _view(services: Services, transaction: Transaction, agent: Agent) -> HostView:
    (view,) = _views(services, transaction, [agent])
    return view


def _views(services: Services, transaction: Transaction, agents: list[Agent]) -> list[HostView]:
    loads = transaction.moves.loads()
    leaving = [one.agent_id for one in transaction.moves.under_way()]
    return [HostView(agent, services.lives(agent), loads.get(agent.id, 0), leaving.count(agent.id)) for agent in agents]


def _check(caller: Caller, action: str) -> None:
    if not caller.is_admin:
        raise Forbidden(action)
