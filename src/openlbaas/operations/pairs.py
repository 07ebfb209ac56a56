"""Load balancers of two hosts: what both are told, which is which, and what is in force when both have it.

The host that a load balancer is bound to is the first, whatever it is on the wire; the second stands beside it in the
pair. When the first is lost, the second becomes the first, and another one is looked for to stand beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from openlbaas.desired.placement import Nowhere, Placed, able_to_pair
from openlbaas.desired.spec import EndSpec, PairSpec
from openlbaas.domain.agents import Agent
from openlbaas.domain.errors import Immutable
from openlbaas.domain.pairs import ROUTER_IDS, NoRouterId, Pair, PairImpossible, Standby
from openlbaas.domain.tree import Tree
from openlbaas.domain.vocabulary import Kind, Role, Topology
from openlbaas.operations.placing import bind, chosen, next_revision, note
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services

Hosts = frozenset[str]
_NOBODY: Hosts = frozenset()


def begin(services: Services, transaction: Transaction, tree: Tree) -> Hosts:
    """Make the pair of a load balancer that is bound to a host, and find it a second one.

    Raises: NoRouterId; AddressesExhausted.
    """
    vip = tree.load_balancer.vip
    taken = transaction.pairs.router_ids(vip.network_id)
    free = next((number for number in ROUTER_IDS if number not in taken), None)
    if free is None:
        raise NoRouterId(vip.network_id)
    first, second = services.new_id(), services.new_id()
    for port_id in (first, second):
        services.network.reserve_end(transaction, port_id, vip.port_id, services.clock())
    pair = Pair(tree.id, vip.network_id, free, (first, second), applied=tree.progress.applied)
    transaction.pairs.insert(pair)
    return complete(services, transaction, tree, pair)


def complete(services: Services, transaction: Transaction, tree: Tree, pair: Pair, spare: Hosts = _NOBODY) -> Hosts:
    """Find a second host for a pair that has none.

    Shape: spare are agents that are not to be taken, by id.
    """
    bound = transaction.hosts.bound(tree.id)
    if bound is None:
        return _NOBODY
    found = chosen(services, transaction, tree, spare=spare | {bound.agent_id})
    if isinstance(found, Nowhere):
        note(services, transaction, tree, "no_standby", f"{bound.host} serves it alone: {found.why}")
        return _NOBODY
    note(services, transaction, tree, "standby_placed", found.why)
    return _seated(transaction, tree, pair, found) | transaction.hosts.tell(tree.id, tree.progress.revision)


def _seated(transaction: Transaction, tree: Tree, pair: Pair, found: Placed) -> Hosts:
    """Give the seat beside the first host to somebody; who led from there leads no more."""
    claim = transaction.pairs.claim(tree.id)
    leads = None if pair.leads == pair.other_seat else pair.leads
    seated = Standby(found.agent.id, found.agent.host, claim)
    transaction.pairs.save(replace(pair, standby=seated, leads=leads))
    transaction.hosts.advance(found.agent.id, tree.id, tree.progress.revision)
    return frozenset({found.agent.host})


def spec(services: Services, transaction: Transaction, tree: Tree, agent_id: str) -> tuple[PairSpec, int] | None:
    """Say what a host of a pair is told of it, and on which claim; None when it is none of both.

    Shape: claim 0 is that of the binding.
    """
    pair = transaction.pairs.find(tree.id)
    if pair is None or tree.load_balancer.topology is Topology.SINGLE:
        return None
    second = pair.standby
    if second is not None and second.agent_id == agent_id:
        return _told_spec(services, transaction, pair, pair.other_seat, pair.seat), second.claim
    bound = transaction.hosts.bound(tree.id)
    if bound is None or bound.agent_id != agent_id:
        return None
    return _told_spec(services, transaction, pair, pair.seat, pair.other_seat if second else None), 0


def _told_spec(services: Services, transaction: Transaction, pair: Pair, seat: int, other_seat: int | None) -> PairSpec:
    def end(of: int) -> EndSpec:
        port = services.network.vip(transaction, pair.port_id(of))
        return EndSpec(port_id=port.port_id, mac_address=port.mac_address, addresses=port.addresses)

    other = None if other_seat is None else end(other_seat)
    return PairSpec(router_id=pair.router_id, seat=seat, own=end(seat), other=other, takes_over=pair.leads == seat)


def in_force(
    services: Services, transaction: Transaction, tree: Tree, agent_id: str, applied: int
) -> tuple[int, frozenset[str]] | None:
    """Note what a host of a pair has in force; name what all have that live, and the agents that are through with it.

    Shape: None when it is none of both.
    """
    pair = transaction.pairs.find(tree.id)
    bound = transaction.hosts.bound(tree.id)
    if pair is None or bound is None:
        return None
    second = pair.standby
    if bound.agent_id == agent_id:
        pair = replace(pair, applied=max(pair.applied, applied))
    elif second is not None and second.agent_id == agent_id:
        pair = replace(pair, standby=replace(second, applied=max(second.applied, applied)))
    else:
        return None
    transaction.pairs.save(pair)
    return standing(services, transaction, tree, agent_id)


def standing(
    services: Services, transaction: Transaction, tree: Tree, agent_id: str
) -> tuple[int, frozenset[str]] | None:
    """Name what all hosts of a pair have in force that live, and the agents that are through with it.

    Shape: agent_id is whoever reports; nothing is in force for the first time before one of the hosts has the VIP; None
           when it is no pair.
    """
    pair, bound = transaction.pairs.find(tree.id), transaction.hosts.bound(tree.id)
    if pair is None or bound is None:
        return None
    roles = (pair.role, None if pair.standby is None else pair.standby.role)
    begins = tree.progress.applied == 0 and tree.load_balancer.mark.deleted is None
    if begins and tree.load_balancer.topology is Topology.ACTIVE_STANDBY and Role.ACTIVE not in roles:
        return 0, frozenset()
    # Whoever reports lives, also before it is noted.
    return of_the_living(transaction, pair, bound.agent_id, lambda agent: agent.id == agent_id or services.lives(agent))


def of_the_living(
    transaction: Transaction, pair: Pair, agent_id: str, lives: Callable[[Agent], bool]
) -> tuple[int, frozenset[str]]:
    """Name the newest revision that every host of a pair has in force which lives, and the agents that have it.

    Shape: that of the others when none lives is 0.
    """
    have = {agent_id: pair.applied}
    if pair.standby is not None:
        have[pair.standby.agent_id] = pair.standby.applied
    living = [number for id_, number in have.items() if lives(transaction.hosts.agent(id_))]
    everywhere = min(living, default=0)
    return everywhere, frozenset(id_ for id_, number in have.items() if number >= everywhere)


def second_of(transaction: Transaction, tree: Tree) -> Standby | None:
    """Name the second host of a load balancer."""
    pair = transaction.pairs.find(tree.id)
    return None if pair is None else pair.standby


def swapped(services: Services, transaction: Transaction, tree: Tree) -> tuple[Tree, Hosts]:
    """Make the second host of a pair the first, with no other beside it; the one that was first is told to clean up."""
    pair, bound = transaction.pairs.find(tree.id), transaction.hosts.bound(tree.id)
    if pair is None or pair.standby is None or bound is None:
        return tree, _NOBODY
    second = pair.standby
    after = next_revision(services, transaction, tree)
    leads = pair.leads if pair.leads == pair.other_seat else None
    transaction.pairs.save(
        replace(pair, seat=pair.other_seat, applied=second.applied, role=second.role, standby=None, leads=leads)
    )
    transaction.hosts.advance(bound.agent_id, tree.id, after.progress.revision)
    bind(services, transaction, after, transaction.hosts.agent(second.agent_id))
    return after, frozenset({bound.host, second.host})


def taken_over(services: Services, transaction: Transaction, tree: Tree, why: str, spare: Hosts) -> Hosts:
    """Let the second host of a pair go on as the first, and find another one to stand beside it."""
    bound = transaction.hosts.bound(tree.id)
    after, told = swapped(services, transaction, tree)
    pair, now_bound = transaction.pairs.find(tree.id), transaction.hosts.bound(tree.id)
    if pair is None or bound is None or now_bound is None or not told:
        return told
    note(services, transaction, after, "moved", f"from {bound.host} to {now_bound.host}, which stood by: {why}")
    return told | complete(services, transaction, after, pair, spare)


def replaced(services: Services, transaction: Transaction, tree: Tree, gone: Hosts, *, must: bool) -> Hosts:
    """Give the seat of the second host to another one.

    Shape: gone are agents that are not to be taken, by id; must says that the old one shall go although there is no
    other.
    """
    pair = transaction.pairs.find(tree.id)
    if pair is None:
        return _NOBODY
    why = "its host is drained" if must else "it was not heard of"
    old = pair.standby
    if old is None:
        return complete(services, transaction, tree, pair, gone)
    found = chosen(services, transaction, tree, spare=gone | _first(transaction, tree))
    if isinstance(found, Nowhere) and not must:
        return _NOBODY
    if isinstance(found, Placed):
        return stands_in(services, transaction, tree, found, why)
    after = next_revision(services, transaction, tree)
    transaction.pairs.save(replace(pair, standby=None, leads=None))
    transaction.hosts.advance(old.agent_id, tree.id, after.progress.revision)
    note(services, transaction, after, "no_standby", f"{old.host} stands by no more: {why}; {found.why}")
    return frozenset({old.host}) | transaction.hosts.tell(tree.id, after.progress.revision)


def stands_in(services: Services, transaction: Transaction, tree: Tree, found: Placed, why: str) -> Hosts:
    """Give the seat of the second host to the one that was chosen.

    Raises: PairImpossible.
    """
    pair = transaction.pairs.find(tree.id)
    if pair is None:
        raise PairImpossible(tree.id, "it is not one of two hosts yet")
    old = pair.standby
    after = next_revision(services, transaction, tree)
    empty = replace(pair, standby=None, leads=pair.seat if pair.leads or old is not None else None)
    transaction.pairs.save(empty)
    told = _NOBODY
    if old is not None:
        transaction.hosts.advance(old.agent_id, tree.id, after.progress.revision)
        told = frozenset({old.host})
    before = "nobody" if old is None else old.host
    note(services, transaction, after, "standby_moved", f"from {before} to {found.agent.host}: {why}; {found.why}")
    return told | _seated(transaction, after, empty, found) | transaction.hosts.tell(tree.id, after.progress.revision)


def _first(transaction: Transaction, tree: Tree) -> Hosts:
    bound = transaction.hosts.bound(tree.id)
    return _NOBODY if bound is None else frozenset({bound.agent_id})


def converted(services: Services, transaction: Transaction, before: Tree, after: Tree) -> Hosts:
    """Have a load balancer served by two hosts, or by one again, if that is what changed.

    Raises: PairImpossible; NoRouterId; AddressesExhausted; Immutable while it moves.
    """
    wanted = after.load_balancer.topology
    if wanted is before.load_balancer.topology:
        return _NOBODY
    if transaction.moves.leaving(after.id) is not None:
        raise Immutable(Kind.LOAD_BALANCER, after.id, "PENDING_UPDATE")
    pair = transaction.pairs.find(after.id)
    if wanted is Topology.ACTIVE_STANDBY:
        bound = transaction.hosts.bound(after.id)
        if bound is not None and not able_to_pair(transaction.hosts.agent(bound.agent_id)):
            raise PairImpossible(after.id, "the host that serves it has no keepalived")
        return begin(services, transaction, after) if pair is None else complete(services, transaction, after, pair)
    return _NOBODY if pair is None else _single(services, transaction, after, pair)


def _single(services: Services, transaction: Transaction, tree: Tree, pair: Pair) -> Hosts:
    """Leave it to the host that has the VIP; what the pair had goes when that is in force."""
    if pair.standby is None:
        return _NOBODY
    if pair.standby.role is Role.ACTIVE and services.lives(transaction.hosts.agent(pair.standby.agent_id)):
        return swapped(services, transaction, tree)[1]
    transaction.pairs.save(replace(pair, standby=None, leads=None))
    transaction.hosts.advance(pair.standby.agent_id, tree.id, tree.progress.revision)
    return frozenset({pair.standby.host})


def ended(services: Services, transaction: Transaction, tree: Tree) -> None:
    """Give back what a pair had, once no host has it any more."""
    pair = transaction.pairs.find(tree.id)
    if pair is None or tree.load_balancer.topology is not Topology.SINGLE:
        return
    transaction.pairs.remove(tree.id)
    for port_id in pair.port_ids:
        services.network.release(transaction, port_id)


def switched(services: Services, transaction: Transaction, tree: Tree, agent_id: str | None) -> tuple[str, Hosts]:
    """Have a host of a pair take the VIP: the one that is named, or the one that does not have it; name it.

    Raises: PairImpossible.
    """
    pair, bound = transaction.pairs.find(tree.id), transaction.hosts.bound(tree.id)
    if pair is None or bound is None or pair.standby is None:
        raise PairImpossible(tree.id, "there is no second host at the moment")
    second = pair.standby
    if agent_id is None:
        agent_id = bound.agent_id if second.role is Role.ACTIVE else second.agent_id
    seat, host = (pair.seat, bound.host) if agent_id == bound.agent_id else (pair.other_seat, second.host)
    after = next_revision(services, transaction, tree)
    transaction.pairs.save(replace(pair, leads=seat))
    note(services, transaction, after, "switch", f"{host} is to have the VIP: an administrator said so")
    return host, transaction.hosts.tell(tree.id, after.progress.revision)


def _beside(other: Role | None, role: Role) -> Role | None:
    """Name what the other host is, when one says what it is: two do not have a VIP, and a dead one says nothing."""
    return Role.STANDBY if other is Role.ACTIVE and role is Role.ACTIVE else other


def stands_by(transaction: Transaction, load_balancer_id: str, agent_id: str) -> bool:
    """Tell whether a host serves a load balancer only if the other one of its pair can't."""
    pair, bound = transaction.pairs.find(load_balancer_id), transaction.hosts.bound(load_balancer_id)
    if pair is None or pair.standby is None or bound is None:
        return False
    active = pair.standby.agent_id if pair.standby.role is Role.ACTIVE else bound.agent_id
    return agent_id != active


def take_roles(services: Services, transaction: Transaction, agent_id: str, roles: Mapping[str, str]) -> frozenset[str]:
    """Store what a host says it is for load balancers, and note who has a VIP; name those that begin to be served."""
    begun = set()
    for load_balancer_id, said in roles.items():
        pair = transaction.pairs.find(load_balancer_id)
        if pair is None or said not in set(Role):
            continue
        role = Role(said)
        if pair.standby is not None and pair.standby.agent_id == agent_id:
            before, host = pair.standby.role, pair.standby.host
            after = replace(pair, standby=replace(pair.standby, role=role), role=_beside(pair.role, role))
        else:
            bound = transaction.hosts.bound(load_balancer_id)
            if bound is None or bound.agent_id != agent_id:
                continue
            before, host = pair.role, bound.host
            second = pair.standby and replace(pair.standby, role=_beside(pair.standby.role, role))
            after = replace(pair, role=role, standby=second)
        transaction.pairs.save(after)
        if role is not before and role in (Role.ACTIVE, Role.FAULT):
            tree = transaction.balancers.tree(load_balancer_id)
            text = f"{host} has the VIP" if role is Role.ACTIVE else f"{host} can't serve at the moment"
            note(services, transaction, tree, "role", text)
            if tree.progress.applied == 0:
                begun.add(tree.id)
    return frozenset(begun)
