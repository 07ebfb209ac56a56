"""What requests and answers say about an address, told by values."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.haproxy_netns.ping_judgement import MOST_WAITING, Asking, Judgement

UP, DOWN = MemberHealth.UP, MemberHealth.DOWN
ASKING = Asking(delay_s=1, timeout_s=0.5, fall=3, rise=2)


def beginning(health: MemberHealth | None, asking: Asking = ASKING, first_delay_s: float = 1.0) -> Judgement:
    """Begin at 0."""
    return Judgement(asking, health, 0.0, first_delay_s)


def after(judgement: Judgement, answers: str, begin: int = 0) -> list[MemberHealth | None]:
    """Send a request each second, answered where there is an "a", and list the health after each."""
    seen = []
    for second, answer in enumerate(answers, begin):
        assert judgement.is_due(second)
        judgement.send(second)
        if answer == "a":
            judgement.answered(judgement.number)
        judgement.expire(second + 0.5)
        seen.append(judgement.health)
    return seen


@pytest.mark.parametrize(("answers", "health"), [("a", UP), (".", DOWN)])
def test_the_first_request_alone_decides_about_what_is_not_known(answers: str, health: MemberHealth) -> None:
    assert after(beginning(None), answers) == [health]


def test_only_so_many_failures_in_a_row_are_down() -> None:
    assert after(beginning(UP), "..a...") == [UP, UP, UP, UP, UP, DOWN]


def test_only_so_many_answers_in_a_row_are_up() -> None:
    assert after(beginning(DOWN), "a.aa.") == [DOWN, DOWN, DOWN, UP, UP]


def test_a_change_is_told_once() -> None:
    judgement = beginning(UP, replace(ASKING, fall=1, rise=1))
    judgement.send(0)
    assert not judgement.expire(0.4)
    assert judgement.expire(0.5)
    assert not judgement.expire(9)
    judgement.send(1)
    assert judgement.answered(2)
    assert not judgement.answered(2)


def test_an_answer_that_comes_too_late_or_was_not_asked_for_is_none() -> None:
    judgement = beginning(UP, replace(ASKING, fall=1))
    judgement.send(0)
    judgement.expire(0.5)
    assert not judgement.answered(1)
    assert not judgement.answered(77)
    assert judgement.health == DOWN


def test_a_long_time_out_does_not_delay_the_next_request_so_the_end_is_fall_delays_and_a_time_out() -> None:
    judgement = beginning(UP, Asking(delay_s=1, timeout_s=5, fall=3, rise=1))
    for second in range(8):
        assert judgement.expire(second) == (second == 7)
        assert judgement.is_due(second)
        judgement.send(second)
    assert judgement.health == DOWN


def test_an_answer_settles_the_earlier_requests_so_their_failures_come_before_it() -> None:
    judgement = beginning(UP, Asking(delay_s=1, timeout_s=60, fall=2, rise=2))
    for second in range(4):
        judgement.send(second)
    assert judgement.answered(3)
    assert judgement.health == DOWN
    assert judgement.answered(4)
    assert judgement.health == UP
    assert not judgement.expire(1000)


def test_the_second_request_comes_in_a_place_of_its_own_and_delays_do_not_add_up() -> None:
    judgement = beginning(UP, first_delay_s=0.25)
    judgement.send(0.01)
    judgement.answered(1)
    assert judgement.next_turn() == 0.25
    judgement.send(0.3)
    judgement.answered(2)
    assert judgement.next_turn() == 1.25


def test_what_was_missed_while_asleep_is_not_made_up_for() -> None:
    judgement = beginning(UP)
    judgement.send(100)
    judgement.answered(1)
    assert judgement.next_turn() == 101


def test_a_request_that_could_not_be_sent_says_nothing() -> None:
    judgement = beginning(UP, replace(ASKING, fall=1))
    judgement.postpone(0.1)
    assert not judgement.is_due(0.05)
    assert judgement.is_due(0.1)
    assert not judgement.expire(1000)
    assert judgement.health == UP


def test_a_shorter_delay_counts_at_once_and_what_is_known_stays_known() -> None:
    judgement = beginning(UP, Asking(delay_s=3600, timeout_s=1, fall=1, rise=1), first_delay_s=3600)
    judgement.send(0)
    judgement.answered(1)
    judgement.alter(replace(ASKING, delay_s=2))
    assert (judgement.next_turn(), judgement.health) == (2, UP)
    judgement.alter(replace(ASKING, delay_s=3600))
    assert judgement.next_turn() == 2


@given(
    st.integers(1, 5),
    st.integers(1, 100_000),
    st.lists(st.booleans(), max_size=300),
)
def test_no_more_than_so_many_requests_wait_whatever_the_time_out(
    delay: int, timeout: int, answers: list[bool]
) -> None:
    judgement = beginning(None, Asking(delay, timeout, fall=2, rise=2), first_delay_s=delay)
    now = 0.0
    for answer in answers:
        now = max(now, judgement.next_turn())
        judgement.expire(now)
        if judgement.is_due(now):
            judgement.send(now)
            if answer:
                judgement.answered(judgement.number)
        assert len(judgement._waiting) <= MOST_WAITING


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 5), st.integers(1, 5))
def test_health_is_what_the_last_run_that_was_long_enough_says(answers: list[bool], fall: int, rise: int) -> None:
    judgement = beginning(UP, replace(ASKING, fall=fall, rise=rise))
    after(judgement, "".join("a" if answer else "." for answer in answers))
    health, run, last = UP, 0, None
    for answer in answers:
        run = run + 1 if answer == last else 1
        last = answer
        if run >= (rise if answer else fall):
            health = UP if answer else DOWN
    assert judgement.health == health
