"""Every plan, interrupted after every step, still ends where it should."""

import itertools

import pytest

from openlbaas.haproxy.plan import Clear, Load, Retire, Running, Step, Stop, Write, plan

OLD = "backend p\n    server a 10.0.0.1:80 weight 1\n    server b 10.0.0.2:80 weight 1\n"
NEW = "backend p\n    server a 10.0.0.1:80 weight 1\n"
SERVING = Running(serving=7, text=OLD, good=OLD, reachable=True)
NOTHING = Running()
STATES = [
    Running(serving=serving, others=others, text=text, good=good, reachable=reachable)
    for serving, others, text, good, reachable in itertools.product(
        (None, 7), ((), (3,)), (None, OLD, NEW, "nonsense"), (None, OLD, NEW), (False, True)
    )
]


def done(running: Running, step: Step) -> Running:
    """Do to the picture what a step does to the host."""
    match step:
        case Write(text):
            return Running(running.serving, running.others, text, running.good, reachable=running.reachable)
        case Retire():
            return running
        case Load():
            return Running(9, running.others, running.text, running.text, reachable=True)
        case Stop():
            return Running(None, (), running.text, running.good, reachable=running.reachable)
        case Clear():
            return Running(running.serving, running.others)


def test_nothing_is_done_when_nothing_must() -> None:
    assert plan(SERVING, OLD) == ()
    assert plan(Running(serving=7, others=(3,), text=OLD, good=OLD, reachable=True), OLD) == ()
    assert plan(NOTHING, None) == ()


def test_the_file_comes_first_and_then_who_goes() -> None:
    assert plan(SERVING, NEW) == (Write(NEW), Retire((("p", "b"),)), Load((7,), handover=True))


def test_the_first_process_takes_over_from_nobody() -> None:
    assert plan(NOTHING, NEW) == (Write(NEW), Load((), handover=False))


def test_a_process_that_can_not_be_asked_is_replaced_without_its_sockets() -> None:
    deaf = Running(serving=7, text=OLD, good=OLD)
    assert plan(deaf, OLD) == (Load((7,), handover=False),)


def test_a_dead_process_is_started_again_from_the_same_file() -> None:
    assert plan(Running(text=OLD, good=OLD, reachable=True), OLD) == (Load((), handover=False),)


def test_the_end_takes_everything() -> None:
    assert plan(SERVING, None) == (Stop((7,)), Clear())


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("wanted", [None, OLD, NEW])
def test_whatever_is_there_and_wherever_it_is_interrupted(state: Running, wanted: str | None) -> None:
    steps = plan(state, wanted)
    for stop in range(len(steps) + 1):
        seen = state
        for step in steps[:stop]:
            seen = done(seen, step)
        for step in plan(seen, wanted):
            seen = done(seen, step)
        assert plan(seen, wanted) == ()
        assert (seen.serving is not None) == (wanted is not None)
