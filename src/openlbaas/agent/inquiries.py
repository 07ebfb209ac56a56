"""Saying what would be done, without doing any of it."""

from collections.abc import Callable
from typing import Any

from openlbaas.agent.queue import Queue
from openlbaas.dialects.host_v1 import IN_SYNC, PLANNED, REFUSED, UNDER_WAY, UNKNOWN, Answer, Inquiry
from openlbaas.domain.errors import HostFault
from openlbaas.drivers.interface import InstanceDriver


class Inquiries:
    """Answers what somebody wants to know of this host."""

    def __init__(self, driver: InstanceDriver[Any, Any], queue: Queue, refusal: Callable[[str], str]) -> None:
        """Take who looks and plans, what waits, and what names the reason of a load balancer's last failure."""
        self._driver = driver
        self._queue = queue
        self._refusal = refusal

    def answer(self, inquiry: Inquiry) -> Answer:
        """Look at a load balancer and say what would be done."""
        standing = self._queue.standing(inquiry.load_balancer_id)
        if standing is None:
            return Answer(id=inquiry.id, state=UNKNOWN, reason="this host was not told of it")
        spec = standing.spec
        if standing.working:
            return Answer(id=inquiry.id, state=UNDER_WAY, revision=spec.revision)
        reason = self._refusal(spec.id)
        again_in_s = standing.due_in_s if standing.fails else None
        try:
            steps = self._driver.plan(self._driver.look(spec.id), spec)
        except HostFault as fault:
            return Answer(
                id=inquiry.id, state=REFUSED, revision=spec.revision, reason=str(fault), again_in_s=again_in_s
            )
        return Answer(
            id=inquiry.id,
            state=PLANNED if steps else IN_SYNC,
            revision=spec.revision,
            steps=self._driver.explain(steps),
            reason=reason,
            again_in_s=again_in_s,
        )
