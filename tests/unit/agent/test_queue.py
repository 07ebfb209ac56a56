"""The queue: the newest wins, one turn per load balancer, nothing is lost, what fails waits."""

import random
import threading
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from scene import LONGEST_S, a_spec, until

from openlbaas.agent.queue import FIRST_RETRY_S, LONGEST_RETRY_S, STEADY_S, Backlog, Queue, Verdict
from openlbaas.desired.spec import Spec

HEAL_S = 30.0
KEYS = ("a", "b", "c")


def backlog(random: float = 0.5) -> Backlog:
    return Backlog(HEAL_S, lambda: random)


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(KEYS), st.booleans()),
        st.tuples(st.just("fell"), st.sampled_from(KEYS), st.none()),
        st.tuples(st.just("take"), st.none(), st.none()),
        st.tuples(st.just("end"), st.sampled_from(KEYS), st.sampled_from(Verdict)),
        st.tuples(st.just("pass"), st.none(), st.floats(0, 100)),
    ),
    max_size=60,
)


@given(MOVES)
def test_whatever_happens_the_last_spec_of_each_is_carried_out_last(moves: list[tuple[str, Any, Any]]) -> None:
    queue, now, revision = backlog(), 0.0, 0
    wanted: dict[str, Spec] = {}
    done: dict[str, Spec | None] = {}
    working: dict[str, Spec] = {}
    for move, key, value in moves:
        if move == "put":
            revision += 1
            wanted[key] = a_spec(key, revision, present=value)
            queue.put(wanted[key], now)
        elif move == "fell":
            queue.fell(key, now)
        elif move == "take" and (spec := queue.take(now)) is not None:
            assert spec.id not in working
            assert spec == wanted[spec.id]
            working[spec.id] = spec
        elif move == "end" and key in working:
            spec = working.pop(key)
            queue.end(spec, value, now)
            done[key] = spec if value is Verdict.DONE else None
        elif move == "pass":
            now += value
    while any(done.get(key) != spec for key, spec in wanted.items()) or any(not s.present for s in queue.specs()):
        for spec in working.values():
            queue.end(spec, Verdict.DONE, now)
        done |= working
        working = {}
        due = queue.next_due()
        if due is None:
            break
        now = max(now, due)
        while (spec := queue.take(now)) is not None:
            working[spec.id] = spec
    assert {key: done.get(key) for key in wanted} == wanted
    assert {spec.id for spec in queue.specs()} == {key for key, spec in wanted.items() if spec.present}


def taken(queue: Backlog, now: float) -> Spec:
    """Take what must be there."""
    spec = queue.take(now)
    assert spec is not None
    return spec


def next_due(queue: Backlog) -> float:
    """Name the instant that must be there."""
    due = queue.next_due()
    assert due is not None
    return due


def test_a_newer_spec_replaces_one_that_waits() -> None:
    queue = backlog()
    queue.put(a_spec("a", 1), 0.0)
    queue.put(a_spec("a", 2), 0.0)
    assert queue.take(0.0) == a_spec("a", 2)
    assert queue.take(0.0) is None


def test_a_newer_spec_waits_for_the_turn_under_way_and_no_longer() -> None:
    queue = backlog()
    queue.put(a_spec("a", 1), 0.0)
    first = taken(queue, 0.0)
    queue.put(a_spec("a", 2), 1.0)
    assert queue.take(1.0) is None
    queue.end(first, Verdict.FAILED, 2.0)
    assert queue.take(2.0) == a_spec("a", 2)


def test_what_fails_waits_ever_longer_up_to_a_limit_and_a_newer_spec_does_not_wait() -> None:
    queue, now, pauses = backlog(), 0.0, []
    queue.put(a_spec("a", 1), now)
    for _ in range(9):
        queue.end(taken(queue, now), Verdict.FAILED, now)
        due = next_due(queue)
        pauses.append(due - now)
        now = due
    assert pauses[:3] == [FIRST_RETRY_S, 2 * FIRST_RETRY_S, 4 * FIRST_RETRY_S]
    assert max(pauses) == pauses[-1] == LONGEST_RETRY_S
    queue.end(taken(queue, now), Verdict.FAILED, now)
    queue.put(a_spec("a", 2), now)
    assert queue.take(now) == a_spec("a", 2)


def test_what_is_in_order_is_looked_at_within_the_interval() -> None:
    queue = backlog(0.0)
    queue.put(a_spec("a"), 0.0)
    queue.end(taken(queue, 0.0), Verdict.DONE, 0.0)
    assert queue.next_due() == HEAL_S / 2
    queue = backlog(0.999)
    queue.put(a_spec("a"), 0.0)
    queue.end(taken(queue, 0.0), Verdict.DONE, 0.0)
    assert HEAL_S * 0.96 < next_due(queue) < HEAL_S


def test_looks_come_by_the_handful() -> None:
    queue = backlog()
    queue.put(a_spec("a"), 0.0)
    queue.put(a_spec("b"), 0.0)
    queue.end(taken(queue, 0.0), Verdict.DONE, 0.1)
    queue.end(taken(queue, 0.1), Verdict.DONE, 0.4)
    due = next_due(queue)
    assert {taken(queue, due).id, taken(queue, due).id} == {"a", "b"}


def test_what_is_removed_is_forgotten() -> None:
    queue = backlog()
    queue.put(a_spec("a", 2, present=False), 0.0)
    queue.end(taken(queue, 0.0), Verdict.DONE, 0.0)
    assert queue.specs() == ()
    assert queue.next_due() is None
    queue.fell("a", 1.0)
    assert queue.take(1.0) is None


def test_what_was_adopted_is_nobodys_turn_until_it_falls() -> None:
    queue = backlog()
    queue.adopt(a_spec("a"))
    assert queue.next_due() is None
    queue.fell("a", 5.0)
    assert queue.take(5.0) == a_spec("a")


def test_adopting_does_not_undo_what_is_wanted() -> None:
    queue = backlog()
    queue.put(a_spec("a", 2), 0.0)
    queue.adopt(a_spec("a", 1))
    assert queue.take(0.0) == a_spec("a", 2)


def test_what_keeps_falling_has_to_wait_and_what_stood_long_does_not() -> None:
    queue = backlog()
    queue.adopt(a_spec("a"))
    now, waited = 0.0, []
    for _ in range(3):
        queue.fell("a", now)
        due = next_due(queue)
        waited.append(due - now)
        now = due
        queue.end(taken(queue, now), Verdict.DONE, now)
    assert waited == [0.0, FIRST_RETRY_S, 2 * FIRST_RETRY_S]
    now += STEADY_S + 1
    queue.take(now)
    queue.end(a_spec("a"), Verdict.DONE, now)
    queue.fell("a", now)
    assert queue.next_due() == now


def test_the_longest_due_is_first() -> None:
    queue = backlog()
    queue.put(a_spec("late"), 2.0)
    queue.put(a_spec("early"), 1.0)
    assert taken(queue, 3.0).id == "early"


def test_workers_share_a_queue_and_go_when_it_closes() -> None:
    queue = Queue(backlog())
    working: set[str] = set()
    clashes: list[str] = []
    done: dict[str, int] = {}
    guard = threading.Lock()

    def work() -> None:
        while (spec := queue.take()) is not None:
            with guard:
                if spec.id in working:
                    clashes.append(spec.id)
                working.add(spec.id)
            with guard:
                working.discard(spec.id)
                done[spec.id] = spec.revision
            queue.end(spec, Verdict.DONE)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(4)]
    for worker in workers:
        worker.start()
    for revision in range(1, 101):
        for key in KEYS:
            queue.put(a_spec(key, revision))
    deadline = threading.Event()
    while any(done.get(key) != 100 for key in KEYS):
        deadline.wait(0.001)
    queue.close()
    for worker in workers:
        worker.join(LONGEST_S)
        assert not worker.is_alive()
    assert clashes == []


def test_workers_who_idle_look_at_everything_again_and_again() -> None:
    queue = Queue(Backlog(0.02, random.Random(1).random))
    done: Counter[str] = Counter()
    slow = threading.Event()

    def work() -> None:
        while (spec := queue.take()) is not None:
            done[spec.id] += 1
            slow.wait(0.03 if spec.id == "a" else 0.0)
            queue.end(spec, Verdict.DONE)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(3)]
    for worker in workers:
        worker.start()
    for key in KEYS:
        queue.put(a_spec(key))
    until(lambda: all(done[key] >= 10 for key in KEYS), "ten looks at each")
    queue.fell("b")
    queue.close()
    for worker in workers:
        worker.join(LONGEST_S)
        assert not worker.is_alive()
