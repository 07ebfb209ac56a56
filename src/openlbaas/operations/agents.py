"""Agents, and which load balancer is where: for administrators."""

from dataclasses import fields

from openlbaas.domain.agents import Agent, AgentView, DeleteAgent, UpdateAgent
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import UNSET
from openlbaas.domain.errors import AgentInUse, Forbidden, NotFound
from openlbaas.domain.pairs import Serving
from openlbaas.domain.selection import Selection
from openlbaas.domain.shown import view
from openlbaas.domain.views import LoadBalancerView
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services
from openlbaas.operations.tunnels import end_of, everybody


def show(services: Services, caller: Caller, agent_id: str) -> AgentView:
    """Show one agent.

    Raises: Forbidden; NotFound.
    """
    _check(caller, "show agents")
    return _view(services, services.store.read(lambda transaction: _agent(transaction, agent_id)))


def select(services: Services, caller: Caller, selection: Selection) -> list[AgentView]:
    """List agents, oldest first.

    Raises: Forbidden.
    """
    _check(caller, "list agents")
    found = services.store.read(_agents)
    return [_view(services, agent) for agent in found if selection.ids is None or agent.id in selection.ids]


def change(services: Services, caller: Caller, command: UpdateAgent | DeleteAgent) -> AgentView | None:
    """Change or forget an agent.

    Raises: Forbidden; NotFound; AgentInUse while it hosts load balancers.
    """
    _check(caller, "change agents")

    def work(transaction: Transaction) -> tuple[Agent | None, frozenset[str]]:
        agent = transaction.hosts.agent(command.id)
        if isinstance(command, DeleteAgent):
            leaving = [one.load_balancer_id for one in transaction.moves.under_way() if one.agent_id == agent.id]
            seconds = transaction.pairs.second_on(agent.id)
            hosted = [*transaction.hosts.hosted(agent.id), *seconds, *leaving]
            if hosted:
                raise AgentInUse(Kind.AGENT, agent.id, Kind.LOAD_BALANCER, hosted[0])
            transaction.hosts.forget(agent.id)
            return None, everybody(transaction) if end_of(agent) else frozenset()
        values = {f.name: getattr(command, f.name) for f in fields(command) if f.name != "id"}
        wanted = {name: value for name, value in values.items() if value is not UNSET}
        if wanted:
            transaction.hosts.change(agent.id, wanted)
        return transaction.hosts.agent(agent.id), frozenset()

    changed, hosts = services.store.write(work)
    if hosts:
        services.ends.forget()
        services.changed(hosts)
    return None if changed is None else _view(services, changed)


def _agents(transaction: Transaction) -> list[Agent]:
    return transaction.hosts.agents()


def hosting(services: Services, caller: Caller, load_balancer_id: str) -> AgentView:
    """Show the agent that a load balancer is bound to.

    Raises: Forbidden; NotFound for the load balancer, or for an agent when it is bound to none.
    """
    _check(caller, "locate load balancers")

    def work(transaction: Transaction) -> Agent:
        transaction.balancers.home(Kind.LOAD_BALANCER, load_balancer_id)
        bound = transaction.hosts.bound(load_balancer_id)
        if bound is None:
            raise NotFound(Kind.AGENT, f"of load balancer {load_balancer_id}")
        return transaction.hosts.agent(bound.agent_id)

    return _view(services, services.store.read(work))


def serving(services: Services, caller: Caller, load_balancer_id: str) -> list[Serving]:
    """List the hosts of a load balancer, the one that it is bound to first.

    Raises: Forbidden; NotFound.
    """
    _check(caller, "locate load balancers")

    def work(transaction: Transaction) -> list[Serving]:
        tree = transaction.balancers.tree(load_balancer_id)
        bound, pair = transaction.hosts.bound(tree.id), transaction.pairs.find(tree.id)
        newest = tree.progress.revision
        if bound is None:
            return []
        role, applied = (None, tree.progress.applied) if pair is None else (pair.role, pair.applied)
        held = [(bound.agent_id, bound.host, role, applied)]
        if pair is not None and (second := pair.standby) is not None:
            held.append((second.agent_id, second.host, second.role, second.applied))
        return [
            Serving(agent_id, host, role, applied >= newest, services.lives(transaction.hosts.agent(agent_id)))
            for agent_id, host, role, applied in held
        ]

    return services.store.read(work)


def hosted(services: Services, caller: Caller, agent_id: str) -> list[LoadBalancerView]:
    """List the load balancers bound to an agent.

    Raises: Forbidden; NotFound.
    """
    _check(caller, "locate load balancers")

    def work(transaction: Transaction) -> list[LoadBalancerView]:
        agent = transaction.hosts.agent(agent_id)
        ids = [*transaction.hosts.hosted(agent.id), *transaction.pairs.second_on(agent.id)]
        trees = transaction.balancers.trees(ids)
        now = services.clock()
        views = [view(t, t.load_balancer, now=now, patience_s=services.patience_s) for t in trees.values()]
        return [v for v in views if isinstance(v, LoadBalancerView)]

    return services.store.read(work)


def _agent(transaction: Transaction, agent_id: str) -> Agent:
    return transaction.hosts.agent(agent_id)


def _check(caller: Caller, action: str) -> None:
    if not caller.is_admin:
        raise Forbidden(action)


def _view(services: Services, agent: Agent) -> AgentView:
    return AgentView(agent, services.lives(agent))
