"""What must happen although nobody asks: every server does it, and doing it twice does no harm."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from openlbaas.desired.liveness import Hearing, Judgement, Patience, failed, listened
from openlbaas.desired.placement import Nowhere
from openlbaas.domain.agents import Agent
from openlbaas.domain.errors import NotFound
from openlbaas.domain.moves import Leaving
from openlbaas.domain.pairs import Pair
from openlbaas.domain.tree import Tree
from openlbaas.operations import certificates, moves, pairs
from openlbaas.operations.placing import chosen
from openlbaas.operations.ports import Transaction
from openlbaas.operations.report import settle_applied
from openlbaas.operations.services import Services

LONGEST_REST_S = 1.0
_SHORTEST_REST_S = 0.01
_AFTERWARDS_S = 0.005
"""A host is down when it was silent for longer than it may be: a moment after the limit, not at it."""

_LOG = logging.getLogger("openlbaas.upkeep")
_EVENTS_KEPT_S = 30 * 86400.0
_HOPELESS_AGAIN_S = 5.0
_AT_ONCE = 16
_THE_CLOUD = ""
"""The project of what concerns all."""
_SETTLED_DOWN_TIMES = 3.0
"""So many down times a host must be heard of again before load balancers go back to it."""


@dataclass(frozen=True, slots=True)
class _Work:
    """What there is to do, as of one moment.

    Shape: bindings by load balancer, only of hosts that are down or draining; strayed are pairs of load balancer and
    home.
    """

    pending: tuple[str, ...]
    unbound: tuple[str, ...]
    under_way: tuple[Leaving, ...]
    bindings: Mapping[str, str]
    lost: frozenset[str]
    strayed: tuple[tuple[str, str], ...]


class Upkeep:
    """The upkeep of one server, which judges hosts by what this server has heard."""

    def __init__(self, services: Services) -> None:
        """Begin without having heard anybody; nobody is judged for one down time."""
        self._services = services
        services.ears.hearing = Hearing(due_at=services.steady())
        self._held: frozenset[str] = frozenset()
        self._back_at: dict[str, float] = {}
        self._hopeless: tuple[frozenset[str], float] = (frozenset(), 0.0)

    def run(self) -> float:
        """Do what is due, and say in how many seconds there could be more.

        Raises: Raced; StoreBusy.
        """
        services = self._services
        agents = {agent.id: agent for agent in services.store.read(lambda transaction: transaction.hosts.agents())}
        verdict = self._judge(list(agents.values()))
        down = {id_: agents[id_] for id_ in verdict.down}
        work = services.store.read(lambda transaction: _work(services, transaction, agents, down))
        for load_balancer_id in work.pending:
            _end_deletions(services, load_balancer_id, frozenset(down))
        self._rescue(work, agents, down)
        _let_go_of_the_dead(services, work, down)
        _drain(services, work, agents, down)
        _mend_pairs(services, agents, down)
        self._send_home(work, agents)
        certificates.warn(services)
        return self._rest_s(verdict)

    def _judge(self, agents: list[Agent]) -> Judgement:
        services = self._services
        patience = Patience(services.agent_down_time_s, services.brake_timeout_s)
        now, steady = services.clock(), services.steady()
        services.ears.hearing, verdict = listened(
            services.ears.hearing, agents, now=now, steady=steady, patience=patience
        )
        for agent in agents:
            if agent.id in verdict.down and agent.id in self._back_at:
                _LOG.warning("host %s was silent for %.1f s and counts as dead", agent.host, now - agent.heartbeat_at)
        if bool(verdict.held) != bool(self._held):
            _tell_of_the_brake(services, verdict, len(agents))
        heard = [agent.id for agent in agents if agent.id not in verdict.down]
        self._back_at = {id_: self._back_at.get(id_, steady) for id_ in heard}
        self._held = verdict.held
        return verdict

    def _rest_s(self, verdict: Judgement) -> float:
        steady = self._services.steady()
        rest_s = LONGEST_REST_S
        if verdict.next_s is not None:
            judged_ago_s = steady - self._services.ears.hearing.looked_at
            rest_s = min(rest_s, max(verdict.next_s + _AFTERWARDS_S - judged_ago_s, _SHORTEST_REST_S))
        ears = self._services.ears
        ears.hearing = replace(ears.hearing, due_at=steady + rest_s)
        return rest_s

    def _rescue(self, work: _Work, agents: Mapping[str, Agent], down: Mapping[str, Agent]) -> None:
        """Find hosts for load balancers that have none; those for which there was none only if that may differ now."""
        services = self._services
        movable = {id_ for id_, agent in down.items() if _may_leave(services, agent)}
        stranded = [id_ for id_, agent_id in work.bindings.items() if agent_id in movable]
        returning = [
            each.load_balancer_id
            for each in work.under_way
            if work.bindings.get(each.load_balancer_id) in down and each.agent_id not in down
        ]
        if not (stranded or returning or work.unbound):
            return
        known = frozenset(f"{a.id} {a.admin_state_up} {a.draining} {a.configurations}" for a in _others(agents, down))
        seen, again_at = self._hopeless
        steady = services.steady()
        if known == seen and steady < again_at:
            stranded = [id_ for id_ in stranded if id_ not in work.lost]
        else:
            self._hopeless = (known, steady + _HOPELESS_AGAIN_S)
        moves.rescue(services, list({*work.unbound, *stranded, *returning}), down)

    def _send_home(self, work: _Work, agents: Mapping[str, Agent]) -> None:
        """Move load balancers back to where they were before their host was lost, once it has lasted a while."""
        services = self._services
        if not services.failback:
            return
        lasts_s = _SETTLED_DOWN_TIMES * services.agent_down_time_s
        steady = services.steady()
        moving = {each.load_balancer_id for each in work.under_way}
        homes = {
            id_: home
            for id_, home in work.strayed
            if id_ not in moving and home in agents and steady - self._back_at.get(home, steady) >= lasts_s
        }
        able = _with_somewhere(services, [(id_, frozenset({home})) for id_, home in homes.items()])
        if able:
            moves.send(services, {id_: homes[id_] for id_ in able}, "its first host is back")


def _others(agents: Mapping[str, Agent], down: Mapping[str, Agent]) -> list[Agent]:
    return [agent for id_, agent in agents.items() if id_ not in down]


def _may_leave(services: Services, agent: Agent) -> bool:
    """Tell whether load balancers of a host that is down are moved: by option, or because an administrator says so."""
    return (services.failover and agent.admin_state_up) or agent.draining or failed(agent)


def _work(
    services: Services, transaction: Transaction, agents: Mapping[str, Agent], down: Mapping[str, Agent]
) -> _Work:
    under_way = tuple(transaction.moves.under_way())
    left = [id_ for id_, agent in agents.items() if id_ in down or agent.draining]
    bindings = {one: agent_id for agent_id in left for one in transaction.hosts.hosted(agent_id)}
    return _Work(
        pending=tuple(transaction.balancers.pending()),
        unbound=tuple(transaction.hosts.unbound()),
        under_way=under_way,
        bindings=bindings,
        lost=transaction.moves.lost() if bindings else frozenset(),
        strayed=tuple(transaction.moves.strayed()) if services.failback else (),
    )


def _tell_of_the_brake(services: Services, verdict: Judgement, known: int) -> None:
    """Note that the brake holds, or that it no longer does; once, however many servers see it."""
    name, text = "brake_released", "the hosts are heard of again, were given up, or their time is over"
    if verdict.held:
        many = f"{len(verdict.held)} of {known} hosts fell silent at once"
        name = "brake"
        text = f"{many}: the control plane is suspected, and nothing is moved for {services.brake_timeout_s:g} s"
    _LOG.warning("%s: %s", name, text)

    def work(transaction: Transaction) -> None:
        # Every server sees it at the same moment: the later ones wait here, and find it noted.
        transaction.quotas.take_turn(_THE_CLOUD)
        now = services.clock()
        since = now - 2 * (services.brake_timeout_s + services.agent_down_time_s)
        noted = transaction.events.latest(("brake", "brake_released"), since) == "brake"
        if noted != bool(verdict.held):
            transaction.events.note(now=now, project_id=_THE_CLOUD, load_balancer_id="", name=name, text=text)

    services.store.write(work)


def _let_go_of_the_dead(services: Services, work: _Work, down: Mapping[str, Agent]) -> None:
    """End moves whose old host is dead: nobody has to let go any more."""
    ids = [each.load_balancer_id for each in work.under_way if each.agent_id in down]
    if ids:
        moves.let_go(services, ids, frozenset(down))


def _drain(services: Services, work: _Work, agents: Mapping[str, Agent], down: Mapping[str, Agent]) -> None:
    """Begin to move everything off hosts that are drained and live, as far as there is somewhere to go."""
    moving = {each.load_balancer_id for each in work.under_way}
    draining = {id_ for id_, agent in agents.items() if agent.draining and id_ not in down}
    ids = [one for one, agent_id in work.bindings.items() if agent_id in draining and one not in moving]
    able = _with_somewhere(services, [(one, None) for one in ids])
    if able:
        moves.drain(services, able, frozenset(draining))


def _with_somewhere(services: Services, wanted: Sequence[tuple[str, frozenset[str] | None]]) -> list[str]:
    """Name those of some load balancers that a host can have now, each of the agents named or of all.

    Shape: a few by chance: when nothing can go anywhere, that must cost little, however often it is asked.
    """
    few = services.random.sample(wanted, min(len(wanted), _AT_ONCE))

    def work(transaction: Transaction) -> list[str]:
        return [one for one, among in few if _has_somewhere(services, transaction, one, among)]

    return services.store.read(work) if few else []


def _has_somewhere(
    services: Services, transaction: Transaction, load_balancer_id: str, among: frozenset[str] | None
) -> bool:
    try:
        tree = transaction.balancers.tree(load_balancer_id)
    except NotFound:
        return False
    return not isinstance(chosen(services, transaction, tree, among=among), Nowhere)


def _second(pair: Pair) -> tuple[str, ...]:
    return () if pair.standby is None else (pair.standby.agent_id,)


def _mend_pairs(services: Services, agents: Mapping[str, Agent], down: Mapping[str, Agent]) -> None:
    """Find second hosts for pairs that lack one, or whose second host is dead or drained."""
    gone = {id_ for id_, agent in agents.items() if agent.draining or (id_ in down and _may_leave(services, agent))}
    wanting = services.store.read(lambda transaction: transaction.pairs.unsettled(sorted(gone)))
    able = services.store.read(lambda transaction: _with_a_second(services, transaction, wanting, frozenset(gone)))
    drained = {id_ for id_, agent in agents.items() if agent.draining and id_ not in down}
    ids = [
        pair.load_balancer_id
        for pair in wanting
        if pair.load_balancer_id in able or (pair.standby is not None and pair.standby.agent_id in drained)
    ]
    if ids:
        moves.mend(services, ids, frozenset(gone | set(down)), frozenset(drained))
    lost = [pair.load_balancer_id for pair in wanting if pair.standby is not None and not pair.standby.lost]
    if lost:
        moves.mourn(services, lost, down)


def _with_a_second(
    services: Services, transaction: Transaction, wanting: Sequence[Pair], gone: frozenset[str]
) -> frozenset[str]:
    """Name those of some pairs that another host could stand by for; a few by chance, as there may be many."""
    able = set()
    for pair in services.random.sample(wanting, min(len(wanting), _AT_ONCE)):
        bound = transaction.hosts.bound(pair.load_balancer_id)
        if bound is not None and bound.agent_id not in gone:
            tree = transaction.balancers.tree(pair.load_balancer_id)
            spare = gone | {bound.agent_id}
            if not isinstance(chosen(services, transaction, tree, spare=spare), Nowhere):
                able.add(pair.load_balancer_id)
    return frozenset(able)


def prune(services: Services) -> None:
    """Remove events that are older than a month."""

    def work(transaction: Transaction) -> None:
        transaction.events.prune(services.clock() - _EVENTS_KEPT_S)

    services.store.write(work)


def _end_deletions(services: Services, load_balancer_id: str, silent: frozenset[str]) -> None:
    """Let a deletion end although the host is dead: it cleans up when it is back, since its feed still says so."""

    def stuck(transaction: Transaction, *, lock: bool = False) -> Tree | None:
        try:
            tree = transaction.balancers.tree(load_balancer_id, lock=lock)
        except NotFound:
            return None
        bound = transaction.hosts.bound(tree.id)
        pair = None if bound is None else transaction.pairs.find(tree.id)
        if pair is not None and pair.standby is not None and bound is not None:
            upto, _ = pairs.of_the_living(transaction, pair, bound.agent_id, lambda agent: agent.id not in silent)
            nobody = {bound.agent_id, pair.standby.agent_id} <= silent
            return tree if nobody or upto > tree.progress.applied else None
        return tree if bound is None or bound.agent_id in silent else None

    def work(transaction: Transaction) -> None:
        tree = stuck(transaction, lock=True)
        if tree is None:
            return
        bound, pair = transaction.hosts.bound(tree.id), transaction.pairs.find(tree.id)
        if bound is not None and pair is not None and not {bound.agent_id, *_second(pair)} <= silent:
            upto, have = pairs.of_the_living(transaction, pair, bound.agent_id, lambda agent: agent.id not in silent)
            settle_applied(services, transaction, tree, upto, *(have - silent))
        elif tree.load_balancer.mark.deleted is not None:
            settle_applied(services, transaction, tree, tree.progress.revision)
        else:
            transaction.balancers.purge(tree, tree.progress.revision)

    # Most of what is pending is being worked on by a live host: a look costs less than the write lock.
    if services.store.read(stuck) is not None:
        services.store.write(work)
