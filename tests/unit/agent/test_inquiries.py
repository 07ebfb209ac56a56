"""Saying what would be done, and doing nothing."""

from scene import Twin, a_spec

from openlbaas.agent.inquiries import Inquiries
from openlbaas.agent.queue import Backlog, Queue, Verdict
from openlbaas.desired.spec import Spec
from openlbaas.dialects.host_v1 import Answer, Inquiry
from openlbaas.domain.errors import ConfigRejected

ASKED = Inquiry(id="i", load_balancer_id="lb")


def answered(queue: Queue, driver: Twin | None = None, refusal: str = "") -> Answer:
    return Inquiries(driver or Twin(), queue, lambda _: refusal).answer(ASKED)


def queue_of(*specs: Spec) -> Queue:
    queue = Queue(Backlog(300.0, lambda: 0.5))
    for spec in specs:
        queue.put(spec)
    return queue


def test_nothing_to_do() -> None:
    answer = answered(queue_of(a_spec("lb")), Twin(running={"lb": a_spec("lb")}))
    assert (answer.state, answer.steps, answer.again_in_s) == ("in_sync", (), None)


def test_what_would_be_done_is_not_done() -> None:
    driver = Twin()
    answer = answered(queue_of(a_spec("lb")), driver)
    assert (answer.state, answer.revision, answer.steps[0].action) == ("planned", a_spec("lb").revision, "put")
    assert driver.done == []


def test_what_nobody_was_told_of() -> None:
    assert answered(queue_of()).state == "unknown"


def test_what_is_being_done() -> None:
    queue = queue_of(a_spec("lb"))
    queue.take()
    assert answered(queue).state == "under_way"


def test_what_failed_says_why_and_when_it_is_tried_again() -> None:
    queue = queue_of(a_spec("lb"))
    spec = queue.take()
    assert spec is not None
    queue.end(spec, Verdict.FAILED)
    answer = answered(queue, refusal="the disk is full")
    assert answer.reason == "the disk is full"
    assert answer.again_in_s is not None


class Refusing(Twin):
    """A driver that finds nothing to be done about a spec."""

    def look(self, load_balancer_id: str) -> Spec | None:
        raise ConfigRejected(f"{load_balancer_id} is not built")


def test_what_can_not_be_done() -> None:
    answer = answered(queue_of(a_spec("lb")), Refusing())
    assert (answer.state, answer.reason) == ("refused", "lb is not built")
