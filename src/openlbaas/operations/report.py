"""What a host tells: that it lives, what it applied, what it sees and has counted."""

from collections.abc import Mapping
from dataclasses import replace

from openlbaas.dialects.host_v1 import TUNNEL_ADDRESS, Counters, Outcome, Report, ReportAnswer, Sample
from openlbaas.domain.agents import AGENT_BINARY, AGENT_TOPIC, AGENT_TYPE, Agent
from openlbaas.domain.errors import NotFound
from openlbaas.domain.statistics import COUNTERS, Counted, Statistics, Told, merged, only
from openlbaas.domain.statistics import living as living_of
from openlbaas.domain.tree import Tree, living
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.operations import inquiries, moves, pairs
from openlbaas.operations.placing import note
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services
from openlbaas.operations.tunnels import end_of, everybody

_SEEN = frozenset(health.value for health in MemberHealth)


def report(services: Services, told: Report) -> ReportAnswer:
    """Take in one report; a host that is new is registered by it.

    Order: load balancers before agents, and those by their ids, as whoever changes one goes: else reports and changes
           would be in each other's way until the database ends one of them, mostly the report.
    """
    new_id = services.new_id()

    def work(transaction: Transaction) -> tuple[ReportAnswer, frozenset[str]]:
        known = transaction.hosts.agent_on(told.host)
        agent_id = _register(services, transaction, told, new_id) if known is None else known.id
        hosts: frozenset[str] = frozenset()
        for outcome in sorted(told.outcomes, key=lambda one: one.load_balancer_id):
            hosts |= _settle(services, transaction, agent_id, outcome)
        for load_balancer_id in told.died:
            _note_death(services, transaction, agent_id, load_balancer_id)
        for load_balancer_id in sorted(pairs.take_roles(services, transaction, agent_id, told.roles)):
            tree = transaction.balancers.tree(load_balancer_id, lock=True)
            if (standing := pairs.standing(services, transaction, tree, agent_id)) is not None:
                _settle_pair(services, transaction, tree, *standing)
        for load_balancer_id, members in told.members.items():
            _note_health(services, transaction, agent_id, load_balancer_id, members)
        for load_balancer_id, samples in told.statistics.items():
            _count(transaction, agent_id, load_balancer_id, samples)
        inquiries.take(transaction, agent_id, told.answers)
        hosts |= _reached(transaction, told, known)
        if known is not None:
            _beat(services, transaction, told, agent_id)
        return ReportAnswer(agent_id=agent_id), hosts

    answer, hosts = services.store.write(work)
    if hosts:
        services.ends.forget()
        services.changed(hosts)
    return answer


def heard(services: Services, heard_at: Mapping[str, float]) -> bool:
    """Note when agents were heard of that had nothing to say; tell whether there are all of these agents.

    Units: heard_at are seconds since the epoch, UTC, by the agent's id.
    """

    def work(transaction: Transaction) -> bool:
        return transaction.hosts.heard(heard_at)

    return services.store.write(work)


def _reached(transaction: Transaction, told: Report, known: Agent | None) -> frozenset[str]:
    """Name the hosts that must learn where the tunnels of this one end: all, if they end elsewhere now."""
    before = None if known is None else end_of(known)
    if (told.configurations.get(TUNNEL_ADDRESS) or None) == before:
        return frozenset()
    return everybody(transaction)


def _register(services: Services, transaction: Transaction, told: Report, new_id: str) -> str:
    now = services.clock()
    transaction.hosts.register(
        Agent(
            id=new_id,
            host=told.host,
            agent_type=AGENT_TYPE,
            binary=AGENT_BINARY,
            topic=AGENT_TOPIC,
            availability_zone=told.availability_zone,
            description="",
            admin_state_up=services.enable_new_agents,
            created_at=now,
            started_at=now,
            heartbeat_at=now,
            configurations=_configurations(told),
        )
    )
    return new_id


def _beat(services: Services, transaction: Transaction, told: Report, agent_id: str) -> None:
    now = services.clock()
    transaction.hosts.beat(agent_id, now=now, configurations=_configurations(told))
    if told.started:
        started = {"started_at": now, "availability_zone": told.availability_zone}
        transaction.hosts.change(agent_id, started)


def _configurations(told: Report) -> dict[str, object]:
    return {"device_drivers": list(told.drivers), "instances": told.instances, **told.configurations}


def _settle(services: Services, transaction: Transaction, agent_id: str, outcome: Outcome) -> frozenset[str]:
    """Take one outcome in, and name the hosts for which there is something new on account of it."""
    try:
        tree = transaction.balancers.tree(outcome.load_balancer_id, lock=True)
    except NotFound:
        _forget(transaction, agent_id, outcome)
        return frozenset()
    if outcome.applied:
        paired = pairs.in_force(services, transaction, tree, agent_id, outcome.revision)
        if paired is not None:
            return _settle_pair(services, transaction, tree, *paired)
    if not _hosts(transaction, agent_id, tree.id):
        leaving = transaction.moves.leaving(tree.id)
        if leaving is None or leaving.agent_id != agent_id:
            # Another host has it: this one has cleaned up, and what it says settles nothing.
            _forget(transaction, agent_id, outcome)
        return frozenset()
    if outcome.applied:
        applied = min(max(tree.progress.applied, outcome.revision), tree.progress.revision)
        healed = tree.progress.applied < tree.progress.refused <= applied
        if not moves.recovered(services, transaction, tree) and healed:
            note(services, transaction, tree, "recovered", f"after: {tree.progress.reason}")
        hosts = moves.handed_over(services, transaction, tree, applied)
        settle_applied(services, transaction, tree, applied, agent_id)
        return hosts
    if outcome.revision > max(tree.progress.refused, tree.progress.applied):
        return _refuse(services, transaction, tree, outcome)
    return frozenset()


def _settle_pair(
    services: Services, transaction: Transaction, tree: Tree, applied: int, through: frozenset[str]
) -> frozenset[str]:
    """Take in what every living host of a pair has in force."""
    upto = min(max(tree.progress.applied, applied), tree.progress.revision)
    healed = tree.progress.applied < tree.progress.refused <= upto
    if upto > tree.progress.applied and not moves.recovered(services, transaction, tree) and healed:
        note(services, transaction, tree, "recovered", f"after: {tree.progress.reason}")
    settle_applied(services, transaction, tree, upto, *through)
    return frozenset()


def _refuse(services: Services, transaction: Transaction, tree: Tree, outcome: Outcome) -> frozenset[str]:
    refused = min(outcome.revision, tree.progress.revision)
    transaction.balancers.settle(tree.id, refused=refused, reason=outcome.reason)
    note(services, transaction, tree, "refused", outcome.reason)
    leaving = transaction.moves.leaving(tree.id)
    if leaving is None or tree.load_balancer.mark.deleted is not None:
        return frozenset()
    known = replace(tree, progress=replace(tree.progress, refused=refused, reason=outcome.reason))
    return moves.give_back(services, transaction, known, leaving, f"the other host refused: {outcome.reason}")


def settle_applied(services: Services, transaction: Transaction, tree: Tree, applied: int, *agent_ids: str) -> None:
    """Note that a revision is in force and remove what was deleted by it.

    Shape: agent_ids are those of hosts that have nothing left of what was deleted whole.

    Order: rows go in the transaction that confirms them, so nobody ever sees an object that is gone.
    """
    deleted = tree.load_balancer.mark.deleted
    if deleted is not None and applied >= deleted:
        pair = transaction.pairs.find(tree.id)
        transaction.balancers.remove(tree)
        for port_id in (tree.load_balancer.vip.port_id, *(pair.port_ids if pair else ())):
            services.network.release(transaction, port_id)
        for agent_id in agent_ids:
            transaction.hosts.drop_entry(agent_id, tree.id)
        note(services, transaction, tree, "removed", "no trace is left")
        return
    if applied > tree.progress.applied:
        transaction.balancers.settle(tree.id, applied=applied)
        transaction.balancers.purge(tree, applied)
        if applied >= tree.progress.revision:
            pairs.ended(services, transaction, tree)


def _forget(transaction: Transaction, agent_id: str, outcome: Outcome) -> None:
    asked = transaction.hosts.entry_revision(agent_id, outcome.load_balancer_id)
    if outcome.applied and asked is not None and outcome.revision >= asked:
        transaction.hosts.drop_entry(agent_id, outcome.load_balancer_id)


def _note_death(services: Services, transaction: Transaction, agent_id: str, load_balancer_id: str) -> None:
    if _hosts(transaction, agent_id, load_balancer_id):
        tree = transaction.balancers.tree(load_balancer_id)
        note(services, transaction, tree, "process_died", "HAProxy ended by itself and is started again")


def _note_health(
    services: Services, transaction: Transaction, agent_id: str, load_balancer_id: str, members: dict[str, str]
) -> None:
    """Store what a host sees of members, and note those that came or went."""
    if not _hosts(transaction, agent_id, load_balancer_id):
        return
    tree = transaction.balancers.tree(load_balancer_id)
    known = {id_: MemberHealth(seen) for id_, seen in members.items() if seen in _SEEN}
    if pairs.stands_by(transaction, load_balancer_id, agent_id):
        return
    news = {id_: seen for id_, seen in known.items() if tree.health.get(id_) is not seen}
    if not news:
        return
    transaction.balancers.note_health(load_balancer_id, {id_: seen.value for id_, seen in news.items()})
    for member in living(tree.members):
        before, seen = tree.health.get(member.id), news.get(member.id)
        if seen is MemberHealth.DOWN or (seen is MemberHealth.UP and before is MemberHealth.DOWN):
            name = f"member_{seen.value.lower()}"
            place = f"[{member.address}]" if ":" in member.address else member.address
            text = f"{member.name or member.id} at {place}:{member.protocol_port} of pool {member.pool_id}"
            note(services, transaction, tree, name, text)


def _hosts(transaction: Transaction, agent_id: str, load_balancer_id: str) -> bool:
    bound = transaction.hosts.bound(load_balancer_id)
    if bound is not None and bound.agent_id == agent_id:
        return True
    pair = transaction.pairs.find(load_balancer_id)
    return pair is not None and pair.standby is not None and pair.standby.agent_id == agent_id


def _count(transaction: Transaction, agent_id: str, load_balancer_id: str, samples: tuple[Sample, ...]) -> None:
    """Add what a host has counted; what it counts until it has given a load balancer up counts as well."""
    mine = _hosts(transaction, agent_id, load_balancer_id)
    if not mine and transaction.hosts.entry_revision(agent_id, load_balancer_id) is None:
        return
    try:
        tree = transaction.balancers.tree(load_balancer_id)
    except NotFound:
        return
    known = transaction.statistics.find(load_balancer_id)
    found = merged(known or Statistics(), (_told(sample) for sample in samples))
    if mine and transaction.pairs.find(load_balancer_id) is None:
        found = only(found, (sample.process for sample in samples))
    if found != known:
        ids = (part.id for parts in (tree.listeners, tree.pools, tree.members) for part in parts)
        transaction.statistics.put(load_balancer_id, living_of(found, ids), new=known is None)


def _told(sample: Sample) -> Told:
    counted = Counted(_numbers(sample.listeners), _numbers(sample.pools), _numbers(sample.members))
    return Told(sample.process, counted, ended=sample.ended)


def _numbers(counters: dict[str, Counters]) -> dict[str, tuple[int, ...]]:
    return {id_: tuple(getattr(each, name) for name in COUNTERS) for id_, each in counters.items()}
