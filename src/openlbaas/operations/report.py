"""What a host tells: that it lives, what it applied, what it sees."""

from openlbaas.dialects.host_v1 import Outcome, Report, ReportAnswer
from openlbaas.domain.agents import AGENT_BINARY, AGENT_TOPIC, AGENT_TYPE, Agent
from openlbaas.domain.errors import NotFound
from openlbaas.domain.tree import Tree
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services

_SEEN = frozenset(health.value for health in MemberHealth)


def report(services: Services, told: Report) -> ReportAnswer:
    """Take in one report; a host that is new is registered by it."""
    new_id = services.new_id()

    def work(transaction: Transaction) -> ReportAnswer:
        agent_id = _beat(services, transaction, told, new_id)
        for outcome in told.outcomes:
            _settle(services, transaction, agent_id, outcome)
        for load_balancer_id, members in told.members.items():
            _note_health(transaction, agent_id, load_balancer_id, members)
        return ReportAnswer(agent_id=agent_id)

    return services.store.write(work)


def _beat(services: Services, transaction: Transaction, told: Report, new_id: str) -> str:
    now = services.clock()
    configurations = {"device_drivers": list(told.drivers), "instances": told.instances, **told.configurations}
    agent = transaction.hosts.agent_on(told.host)
    if agent is None:
        agent = Agent(
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
            configurations=configurations,
        )
        transaction.hosts.register(agent)
        return agent.id
    transaction.hosts.beat(agent.id, now=now, configurations=configurations)
    if told.started:
        started = {"started_at": now, "availability_zone": told.availability_zone}
        transaction.hosts.change(agent.id, started)
    return agent.id


def _settle(services: Services, transaction: Transaction, agent_id: str, outcome: Outcome) -> None:
    try:
        tree = transaction.balancers.tree(outcome.load_balancer_id, lock=True)
    except NotFound:
        _forget(transaction, agent_id, outcome)
        return
    bound = transaction.hosts.bound(tree.id)
    if bound is None or bound.agent_id != agent_id:
        # Another host has it: this one has cleaned up, and what it says settles nothing.
        _forget(transaction, agent_id, outcome)
    elif outcome.applied:
        applied = min(max(tree.progress.applied, outcome.revision), tree.progress.revision)
        settle_applied(services, transaction, tree, applied, agent_id)
    elif outcome.revision > max(tree.progress.refused, tree.progress.applied):
        refused = min(outcome.revision, tree.progress.revision)
        transaction.balancers.settle(tree.id, refused=refused, reason=outcome.reason)
        _note(services, transaction, tree, "refused", outcome.reason)


def settle_applied(
    services: Services, transaction: Transaction, tree: Tree, applied: int, agent_id: str | None
) -> None:
    """Note that a revision is in force and remove what was deleted by it.

    Order: rows go in the transaction that confirms them, so nobody ever sees an object that is gone.
    """
    deleted = tree.load_balancer.mark.deleted
    if deleted is not None and applied >= deleted:
        transaction.balancers.remove(tree)
        services.network.release(transaction, tree.load_balancer.vip.port_id)
        if agent_id is not None:
            transaction.hosts.drop_entry(agent_id, tree.id)
        _note(services, transaction, tree, "removed", "no trace is left")
        return
    if applied > tree.progress.applied:
        transaction.balancers.settle(tree.id, applied=applied)
        transaction.balancers.purge(tree, applied)


def _forget(transaction: Transaction, agent_id: str, outcome: Outcome) -> None:
    asked = transaction.hosts.entry_revision(agent_id, outcome.load_balancer_id)
    if outcome.applied and asked is not None and outcome.revision >= asked:
        transaction.hosts.drop_entry(agent_id, outcome.load_balancer_id)


def _note_health(transaction: Transaction, agent_id: str, load_balancer_id: str, members: dict[str, str]) -> None:
    bound = transaction.hosts.bound(load_balancer_id)
    known = {id_: seen for id_, seen in members.items() if seen in _SEEN}
    if bound is not None and bound.agent_id == agent_id and known:
        transaction.balancers.note_health(load_balancer_id, known)


def _note(services: Services, transaction: Transaction, tree: Tree, name: str, text: str) -> None:
    transaction.hosts.note(
        now=services.clock(),
        project_id=tree.load_balancer.project_id,
        load_balancer_id=tree.id,
        name=name,
        text=text,
    )
