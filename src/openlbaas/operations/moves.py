"""Moving load balancers: off a host that is dead in one step, off one that lives without a gap.

A load balancer is always bound to the host that is to have it. When that is a new one and the old one lives, the old
one keeps serving, on a claim of its own, until the new one has reported the load balancer as applied; only then is it
told to let go. Each step is one transaction, and each can be the last for a while: the next upkeep sees what is left.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from openlbaas.desired.placement import Nowhere, Placed
from openlbaas.domain.agents import Agent
from openlbaas.domain.errors import NotFound
from openlbaas.domain.moves import Account, Leaving
from openlbaas.domain.tree import Tree
from openlbaas.domain.vocabulary import Role, Topology
from openlbaas.operations import pairs
from openlbaas.operations.placing import bind, chosen, next_revision, note
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services

_AT_ONCE = 16
"""Load balancers in one transaction: enough to cost little each, few enough that others are not kept waiting."""

Hosts = frozenset[str]
_NOBODY: Hosts = frozenset()


def in_handfuls(
    services: Services, load_balancer_ids: Sequence[str], work: Callable[[Transaction, Sequence[Tree]], Hosts]
) -> None:
    """Do something with many load balancers, a handful in one transaction, and wake each host once per handful.

    Order: every load balancer of a handful is locked before any agent is.
    """
    for ids in _handfuls(sorted(load_balancer_ids)):

        def handful(transaction: Transaction, ids: Sequence[str] = ids) -> Hosts:
            return work(transaction, [tree for id_ in ids if (tree := _locked(transaction, id_)) is not None])

        hosts = services.store.write(handful)
        if hosts:
            services.changed(hosts)


def _handfuls(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _locked(transaction: Transaction, load_balancer_id: str) -> Tree | None:
    try:
        tree = transaction.balancers.tree(load_balancer_id, lock=True)
    except NotFound:
        return None
    return tree if tree.load_balancer.mark.deleted is None else None


def rescue(services: Services, load_balancer_ids: Sequence[str], down: Mapping[str, Agent]) -> None:
    """Give load balancers of dead hosts to living ones.

    Shape: down are the dead hosts by the agent's id, as they were when they were judged: who reported since is left
    alone.
    """

    def work(transaction: Transaction, trees: Sequence[Tree]) -> Hosts:
        return _NOBODY.union(*(_rescued(services, transaction, tree, down) for tree in trees))

    in_handfuls(services, load_balancer_ids, work)


def _rescued(services: Services, transaction: Transaction, tree: Tree, down: Mapping[str, Agent]) -> Hosts:
    bound = transaction.hosts.bound(tree.id)
    if bound is None:
        return _first_host(services, transaction, tree)
    judged = down.get(bound.agent_id)
    if judged is None or transaction.hosts.agent(judged.id).heartbeat_at != judged.heartbeat_at:
        return _NOBODY
    leaving = transaction.moves.leaving(tree.id)
    if leaving is not None and leaving.agent_id not in down:
        return give_back(services, transaction, tree, leaving, f"{judged.host} {_silence(services, judged)}")
    second = pairs.second_of(transaction, tree)
    if second is not None and second.agent_id not in down:
        why = f"{judged.host} {_silence(services, judged)}"
        return pairs.taken_over(services, transaction, tree, why, frozenset(down))
    found = chosen(services, transaction, tree, spare=frozenset(down))
    if isinstance(found, Nowhere):
        return _stranded(services, transaction, tree, judged, found.why)
    return take_over(services, transaction, tree, judged, found)


def take_over(services: Services, transaction: Transaction, tree: Tree, dead: Agent, found: Placed) -> Hosts:
    """Move a load balancer off the dead host that it is bound to; that one is told to clean up, for when it is back."""
    after = next_revision(services, transaction, tree)
    told = {dead.host, found.agent.host}
    transaction.hosts.advance(dead.id, tree.id, after.progress.revision)
    leaving = transaction.moves.leaving(tree.id)
    if leaving is not None:
        told.add(_dismissed(transaction, leaving, after))
    bind(services, transaction, after, found.agent)
    account = transaction.moves.account(tree.id)
    home = account.home_agent_id or (dead.id if services.failback else None)
    lost_at = dead.heartbeat_at if account.lost_at is None else account.lost_at
    transaction.moves.note(tree.id, Account(lost_at, home))
    text = f"moved from {dead.host} to {found.agent.host}: {dead.host} {_silence(services, dead)}; {found.why}"
    note(services, transaction, tree, "moved", text)
    return frozenset(told)


def _silence(services: Services, agent: Agent) -> str:
    if agent.failed_at is not None and agent.heartbeat_at <= agent.failed_at:
        return "was said to be dead by an administrator"
    return f"was silent for {max(0.0, services.clock() - agent.heartbeat_at):.1f} s"


def _first_host(services: Services, transaction: Transaction, tree: Tree) -> Hosts:
    found = chosen(services, transaction, tree)
    if isinstance(found, Nowhere):
        return _NOBODY
    after = next_revision(services, transaction, tree)
    bind(services, transaction, after, found.agent)
    note(services, transaction, tree, "placed", found.why)
    return frozenset({found.agent.host})


def _stranded(services: Services, transaction: Transaction, tree: Tree, silent: Agent, why: str) -> Hosts:
    """Say once that a load balancer has lost its host and that there is no other; its own may still come back."""
    account = transaction.moves.account(tree.id)
    if account.lost_at is not None:
        return _NOBODY
    after = next_revision(services, transaction, tree)
    transaction.hosts.advance(silent.id, tree.id, after.progress.revision)
    reason = f"its host is not heard of, and there is no other for it: {why}"
    transaction.balancers.settle(tree.id, refused=after.progress.revision, reason=reason)
    transaction.moves.note(tree.id, replace(account, lost_at=silent.heartbeat_at))
    note(services, transaction, tree, "stranded", f"{silent.host} {_silence(services, silent)}; {why}")
    return frozenset({silent.host})


def _dismissed(transaction: Transaction, leaving: Leaving, after: Tree) -> str:
    """Tell the host that was to serve meanwhile to let go, and name it."""
    transaction.moves.end(after.id)
    transaction.hosts.advance(leaving.agent_id, after.id, after.progress.revision)
    return leaving.host


def hand_over(services: Services, transaction: Transaction, tree: Tree, found: Placed, why: str) -> Hosts:
    """Begin to move a load balancer off a host that lives; the new host builds it while the old one serves.

    Shape: why is a clause for people that names no host but may name a person.
    """
    leaving = transaction.moves.leaving(tree.id)
    if leaving is not None and leaving.agent_id == found.agent.id:
        return give_back(services, transaction, tree, leaving, why)
    bound = transaction.hosts.bound(tree.id)
    after = next_revision(services, transaction, tree)
    told = {found.agent.host}
    if leaving is None and bound is not None:
        now = services.clock()
        revision = after.progress.revision
        transaction.moves.begin(Leaving(tree.id, bound.agent_id, bound.host, bound.claim, revision, now, why[:255]))
    elif bound is not None:
        # The host that was to have it does not serve yet: it is told at once.
        transaction.moves.restart(tree.id, after.progress.revision)
        transaction.hosts.advance(bound.agent_id, tree.id, after.progress.revision)
        told.add(bound.host)
    bind(services, transaction, after, found.agent)
    transaction.moves.note(tree.id, replace(transaction.moves.account(tree.id), home_agent_id=None))
    note(services, transaction, tree, "placed", found.why)
    return frozenset(told)


def handed_over(services: Services, transaction: Transaction, tree: Tree, applied: int) -> Hosts:
    """Tell the old host to let go, if the new one has what it was to have."""
    leaving = transaction.moves.leaving(tree.id)
    if leaving is None or applied < leaving.revision:
        return _NOBODY
    bound = transaction.hosts.bound(tree.id)
    old = _dismissed(transaction, leaving, tree)
    if bound is not None and tree.load_balancer.mark.deleted is None:
        took_ms = (services.clock() - leaving.began_at) * 1000
        text = f"moved from {old} to {bound.host}: {leaving.why}; {bound.host} was ready after {took_ms:.0f} ms"
        note(services, transaction, tree, "moved", f"{text}, and {old} served until then")
    return frozenset({old})


def give_back(services: Services, transaction: Transaction, tree: Tree, leaving: Leaving, why: str) -> Hosts:
    """End a move that can't or shall not be finished: the host that serves keeps the load balancer."""
    bound = transaction.hosts.bound(tree.id)
    after = next_revision(services, transaction, tree)
    transaction.moves.end(tree.id)
    told = {leaving.host}
    if bound is not None and bound.agent_id != leaving.agent_id:
        transaction.hosts.advance(bound.agent_id, tree.id, after.progress.revision)
        told.add(bound.host)
    bind(services, transaction, after, transaction.hosts.agent(leaving.agent_id))
    note(services, transaction, tree, "move_ended", f"stays on {leaving.host}: {why}")
    return frozenset(told)


def recovered(services: Services, transaction: Transaction, tree: Tree) -> bool:
    """Note how long a load balancer had no host, when one has it in force again; tell whether it had been lost."""
    account = transaction.moves.account(tree.id)
    if account.lost_at is None:
        return False
    transaction.moves.note(tree.id, replace(account, lost_at=None))
    gap_ms = (services.clock() - account.lost_at) * 1000
    note(
        services, transaction, tree, "recovered", f"after {gap_ms:.0f} ms, from the last word of the host that was lost"
    )
    return True


def let_go(services: Services, load_balancer_ids: Sequence[str], down: frozenset[str]) -> None:
    """End moves whose old host is dead; it is told to clean up, for when it is back."""

    def work(transaction: Transaction, trees: Sequence[Tree]) -> Hosts:
        told: set[str] = set()
        for tree in trees:
            leaving = transaction.moves.leaving(tree.id)
            if leaving is not None and leaving.agent_id in down:
                told.add(_dismissed(transaction, leaving, tree))
        return frozenset(told)

    in_handfuls(services, load_balancer_ids, work)


def drain(services: Services, load_balancer_ids: Sequence[str], draining: frozenset[str]) -> None:
    """Begin to move load balancers off hosts that live."""

    def work(transaction: Transaction, trees: Sequence[Tree]) -> Hosts:
        told: set[str] = set()
        for tree in trees:
            bound = transaction.hosts.bound(tree.id)
            if bound is None or bound.agent_id not in draining or transaction.moves.leaving(tree.id) is not None:
                continue
            second = pairs.second_of(transaction, tree)
            if second is not None and second.agent_id not in draining:
                told |= pairs.taken_over(services, transaction, tree, "its host is drained", draining)
                continue
            found = chosen(services, transaction, tree, spare=draining)
            if isinstance(found, Placed):
                told |= hand_over(services, transaction, tree, found, "its host is drained")
        return frozenset(told)

    in_handfuls(services, load_balancer_ids, work)


def send(services: Services, wanted: Mapping[str, str], why: str) -> None:
    """Begin to move each of some load balancers to a host of its own, by the agent's id, if that host can have it."""

    def work(transaction: Transaction, trees: Sequence[Tree]) -> Hosts:
        told: set[str] = set()
        for tree in trees:
            bound = transaction.hosts.bound(tree.id)
            home = wanted[tree.id]
            if tree.load_balancer.topology is not Topology.SINGLE:
                continue
            if bound is None or bound.agent_id == home or transaction.moves.leaving(tree.id) is not None:
                continue
            found = chosen(services, transaction, tree, among=frozenset({home}))
            if isinstance(found, Placed):
                told |= hand_over(services, transaction, tree, found, why)
        return frozenset(told)

    in_handfuls(services, list(wanted), work)


def mend(services: Services, load_balancer_ids: Sequence[str], gone: frozenset[str], drained: frozenset[str]) -> None:
    """Give pairs a second host that have none, or one that is dead or drained.

    Shape: gone are the agents that are not to be taken, by id, drained those of them that live and shall be empty.
    """

    def work(transaction: Transaction, trees: Sequence[Tree]) -> Hosts:
        told: set[str] = set()
        for tree in trees:
            bound, second = transaction.hosts.bound(tree.id), pairs.second_of(transaction, tree)
            if bound is None or tree.load_balancer.topology is Topology.SINGLE:
                continue
            if second is None or second.agent_id in gone:
                must = second is not None and second.agent_id in drained
                told |= pairs.replaced(services, transaction, tree, gone, must=must)
        return frozenset(told)

    in_handfuls(services, load_balancer_ids, work)


def mourn(services: Services, load_balancer_ids: Sequence[str], down: Mapping[str, Agent]) -> None:
    """Say once of each of some pairs that its second host is dead."""

    def work(transaction: Transaction, trees: Sequence[Tree]) -> Hosts:
        for tree in trees:
            pair = transaction.pairs.find(tree.id)
            if (
                pair is not None
                and pair.standby is not None
                and not pair.standby.lost
                and pair.standby.agent_id in down
            ):
                dead = down[pair.standby.agent_id]
                transaction.pairs.save(replace(pair, standby=replace(pair.standby, role=Role.FAULT)))
                note(services, transaction, tree, "no_standby", f"{dead.host} {_silence(services, dead)}")
        return _NOBODY

    in_handfuls(services, load_balancer_ids, work)
