"""A host that starts works from its records when no server says anything, and only then."""

from collections.abc import Iterator
from contextlib import contextmanager

from scene import Twin, a_spec

from openlbaas.agent.observe import Watchdog
from openlbaas.agent.queue import Backlog, Queue
from openlbaas.agent.recall import Recall
from openlbaas.agent.reconcile import adopt

SOON_S, LATE_S = 0.001, 60.0


@contextmanager
def recall(driver: Twin, patience_s: float) -> Iterator[tuple[Recall, Queue]]:
    """Have an agent's parts that have adopted what there is."""
    queue = Queue(Backlog(60.0, lambda: 0.5))
    watchdog = Watchdog(driver, lambda _: None)
    adopt(driver, queue, watchdog)
    yield Recall(driver, queue, watchdog, patience_s), queue
    queue.close()


def booted(*down: str) -> Twin:
    """Have a host with records, of which some have no process."""
    driver = Twin(running={name: a_spec(name) for name in ("lb1", "lb2")})
    watch = driver.watch
    driver.watch = lambda name: None if name in down else watch(name)  # type: ignore[method-assign]
    return driver


def test_what_does_not_run_is_looked_at_when_nobody_says_anything() -> None:
    driver = booted("lb2")
    with recall(driver, SOON_S) as (made, queue):
        made.run()
        assert driver.recalled == {"lb2"}
        taken = queue.take()
        assert taken == a_spec("lb2")


def test_what_runs_is_not_touched() -> None:
    driver = booted()
    with recall(driver, SOON_S) as (made, _):
        made.run()
        assert driver.recalled == set()


def test_a_server_that_answers_is_believed_instead() -> None:
    driver = booted("lb1", "lb2")
    with recall(driver, LATE_S) as (made, _):
        made.told()
        made.run()
        assert driver.recalled == set()


def test_an_answer_that_comes_later_is_believed_from_then_on() -> None:
    driver = booted("lb1")
    with recall(driver, SOON_S) as (made, _):
        made.run()
        assert driver.recalled == {"lb1"}
        made.told()
        assert driver.recalled == set()
