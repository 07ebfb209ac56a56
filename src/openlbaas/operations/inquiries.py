"""Asking the host of a load balancer what it would do.

Source: questions and answers are rows, for the host may wait at another server than the one that was asked.
"""

from dataclasses import dataclass

import msgspec

from openlbaas.dialects.host_v1 import Answer, Inquiry
from openlbaas.domain.caller import Caller
from openlbaas.domain.errors import Forbidden
from openlbaas.domain.host_errors import HostSilent
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations.ports import Transaction
from openlbaas.operations.services import Services

PATIENCE_S = 5.0
"""How long a host has for an answer."""
_KEPT_S = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A question under way; asked_at in seconds since the epoch, UTC."""

    id: str
    load_balancer_id: str
    host: str
    asked_at: float


def ask(services: Services, caller: Caller, load_balancer_id: str) -> Asked:
    """Ask the host of a load balancer what it would do.

    Raises: Forbidden; NotFound; HostSilent where nobody could answer.
    """
    if not caller.is_admin:
        raise Forbidden("see what hosts would do")
    new_id = services.new_id()

    def work(transaction: Transaction) -> Asked:
        now = services.clock()
        transaction.balancers.home(Kind.LOAD_BALANCER, load_balancer_id)
        bound = transaction.hosts.bound(load_balancer_id)
        if bound is None:
            raise HostSilent(load_balancer_id, "No host has this load balancer yet: see its events.")
        agent = transaction.hosts.agent(bound.agent_id)
        if not services.lives(agent):
            silence = f"was last heard of {max(0.0, now - agent.heartbeat_at):.0f} s ago"
            why = f"Host {agent.host} {silence}: see that its openlbaas-agent runs and reaches a server."
            raise HostSilent(load_balancer_id, why)
        transaction.inquiries.prune(now - _KEPT_S)
        transaction.inquiries.ask(new_id, agent.id, load_balancer_id, now)
        transaction.hosts.nudge(agent.id)
        return Asked(new_id, load_balancer_id, agent.host, now)

    asked = services.store.write(work)
    services.changed(frozenset({asked.host}))
    return asked


def answer(services: Services, asked: Asked) -> Answer | None:
    """Name the answer; None while it may still come.

    Raises: HostSilent when it took too long.
    """

    def work(transaction: Transaction) -> dict[str, object] | None:
        return transaction.inquiries.answered(asked.id)

    found = services.store.read(work)
    if found is not None:
        return msgspec.convert(found, Answer)
    if services.clock() - asked.asked_at > PATIENCE_S:
        why = f"Host {asked.host} did not answer within {PATIENCE_S:.0f} s: it is busy or just went away; try again."
        raise HostSilent(asked.load_balancer_id, why)
    return None


def pending(services: Services, transaction: Transaction, agent_id: str) -> tuple[Inquiry, ...]:
    """List what an agent is to answer."""
    since = services.clock() - PATIENCE_S
    return tuple(Inquiry(id=id_, load_balancer_id=of) for id_, of in transaction.inquiries.open(agent_id, since))


def take(transaction: Transaction, agent_id: str, answers: tuple[Answer, ...]) -> None:
    """Keep what an agent answers until it is fetched."""
    for each in answers:
        transaction.inquiries.answer(each.id, agent_id, msgspec.to_builtins(each))
