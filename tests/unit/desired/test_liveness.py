"""Who is down and when, and what the brake makes of many who fall silent at once."""

import itertools
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import agent
from openlbaas.desired.liveness import Hearing, Judgement, Patience, alive, down_time_s, listened, lives
from openlbaas.domain.agents import Agent

DOWN_S, BRAKE_S = 3.0, 30.0


@dataclass
class Server:
    """A server that looks ten times a second at hosts that report every second, unless they are silent."""

    names: str
    now: float = 1000.0
    steady: float = 50.0
    silent: set[str] = field(default_factory=set)
    off: set[str] = field(default_factory=set)
    beats: dict[str, float] = field(default_factory=dict)
    beaten: dict[str, float] = field(default_factory=dict)
    said_dead: dict[str, float] = field(default_factory=dict)
    hearing: Hearing = field(default_factory=Hearing)
    verdict: Judgement = field(default_factory=Judgement)

    def __post_init__(self) -> None:
        """Let each host report at a moment of its own in the second before."""
        self.beats = {name: self.now - n / len(self.names) for n, name in enumerate(self.names)}
        self.beaten = {name: self.steady - n / len(self.names) for n, name in enumerate(self.names)}
        self.restart()

    def restart(self) -> None:
        """Forget what was heard."""
        self.hearing = Hearing(due_at=self.steady)

    def look(self) -> Judgement:
        """Judge once."""
        agents = [self.agent(name) for name in self.names]
        patience = Patience(DOWN_S, BRAKE_S)
        self.hearing, self.verdict = listened(self.hearing, agents, now=self.now, steady=self.steady, patience=patience)
        self.hearing = replace(self.hearing, due_at=self.steady + 0.1)
        return self.verdict

    def agent(self, name: str) -> Agent:
        """Say of a host what the database does."""
        return agent(name, beat=self.beats[name], up=name not in self.off, failed_at=self.said_dead.get(name))

    def lives(self, name: str) -> bool:
        """Tell whether a host is heard of."""
        return lives(self.hearing, self.agent(name), now=self.now, steady=self.steady, agent_down_time_s=DOWN_S)

    def live(self, seconds: float) -> Judgement:
        """Let time pass."""
        for _ in range(round(seconds * 10)):
            self.pass_by(0.1)
            self.look()
        return self.verdict

    def pass_by(self, seconds: float) -> None:
        """Let time pass in which the server does not look."""
        self.now += seconds
        self.steady += seconds
        for name in set(self.names) - self.silent:
            if self.steady - self.beaten[name] >= 1.0:
                self.beats[name], self.beaten[name] = self.now, self.steady


def test_a_heartbeat_counts_until_the_limit() -> None:
    assert alive(agent("a", beat=90.0), now=100.0, agent_down_time_s=10.0)
    assert not alive(agent("a", beat=89.9), now=100.0, agent_down_time_s=10.0)


def test_a_host_that_reports_rarely_has_more_time() -> None:
    assert down_time_s(agent("a", report_interval=30), 3.0) == 75.0
    assert down_time_s(agent("a", report_interval=1.0), 3.0) == 3.0
    assert down_time_s(agent("a", report_interval="often"), 3.0) == down_time_s(agent("a"), 3.0) == 3.0


def test_whoever_was_said_to_be_dead_is_so_until_it_reports() -> None:
    assert not alive(agent("a", beat=100.0, failed_at=100.0), now=100.0, agent_down_time_s=10.0)
    assert alive(agent("a", beat=100.1, failed_at=100.0), now=100.2, agent_down_time_s=10.0)


def test_a_silent_host_is_down_one_down_time_after_its_last_heartbeat() -> None:
    server = Server("abcd")
    server.live(5)
    assert server.verdict.down == frozenset()
    server.silent = {"a"}
    fell_at = server.beats["a"]
    while not server.look().down:
        assert server.verdict.next_s is not None
        server.live(0.1)
    assert server.verdict.down == {"a"}
    assert DOWN_S < server.now - fell_at < DOWN_S + 0.3


def test_the_next_look_is_when_somebody_could_be_down() -> None:
    server = Server("ab")
    server.live(1)
    server.silent = {"a", "b"}
    verdict = server.look()
    assert verdict.next_s == pytest.approx(min(server.beats.values()) + DOWN_S - server.now)


def test_a_server_that_starts_judges_nobody_for_one_down_time() -> None:
    server = Server("ab", silent={"b"})
    server.beats["b"] = 0.0
    server.look()
    assert server.live(DOWN_S - 0.2).down == frozenset()
    assert server.live(0.4).down == {"b"}


def test_time_that_the_server_missed_counts_for_nobody() -> None:
    server = Server("ab")
    server.live(2)
    server.silent = {"a", "b"}
    server.pass_by(60)
    assert server.look().down == frozenset()


def test_a_heartbeat_from_just_before_the_time_that_the_server_missed_is_no_older_for_that() -> None:
    server = Server("abc")
    server.live(2)
    # News to the server when it looks again, although a database that was away since has kept every later one out.
    server.pass_by(1.0)
    server.silent = {"a", "b", "c"}
    server.pass_by(60)
    server.silent = {"c"}
    assert server.live(DOWN_S / 2).down == frozenset()
    assert server.live(DOWN_S + 2).down == {"c"}


def test_who_lives_is_what_the_server_has_heard_and_by_the_wall_clock_what_it_can_not_know() -> None:
    server = Server("ab")
    server.look()
    # Of one heartbeat nobody knows when it came.
    assert server.lives("a")
    server.now += 3600
    assert not server.lives("a")
    server.live(2)
    server.now += 3600
    assert server.lives("a")
    server.silent = {"a"}
    server.now -= 7200
    server.live(DOWN_S + 0.5)
    assert (server.lives("a"), server.lives("b")) == (False, True)
    # A heartbeat since the last look is one.
    server.beats["a"] -= 5000
    assert server.lives("a")
    # A server that has not looked for long does not know.
    server.pass_by(60)
    assert (server.lives("a"), server.lives("b")) == (False, True)


@pytest.mark.parametrize("jump_s", [-3600.0, 3600.0])
def test_a_clock_that_jumps_kills_nobody_and_hides_nobody(jump_s: float) -> None:
    server = Server("abcd")
    server.live(2)
    server.now += jump_s
    for _ in range(60):
        assert server.live(0.1).down == frozenset()
    server.silent = {"a"}
    assert server.live(DOWN_S + 0.5).down == {"a"}


def test_of_two_hosts_that_were_silent_the_second_to_return_is_not_taken_for_dead() -> None:
    server = Server("ab")
    server.live(2)
    server.silent = {"a", "b"}
    assert server.live(20).down == {"a", "b"}
    server.silent = {"b"}
    assert server.live(2).down == frozenset()
    server.silent = set()
    assert server.live(10).down == frozenset()


def test_the_brake_holds_more_than_half_until_its_time_is_over() -> None:
    server = Server("abc")
    server.live(2)
    server.silent = {"a", "b"}
    assert server.live(DOWN_S + 0.5).held == {"a", "b"}
    for _ in range(280):
        assert server.live(0.1).down == frozenset()
    server.live(3)
    assert (server.verdict.down, server.verdict.held) == ({"a", "b"}, frozenset())


def test_the_brake_is_off_when_one_reports_again_and_the_other_has_a_down_time_to_follow() -> None:
    server = Server("abc")
    server.live(2)
    server.silent = {"a", "b"}
    server.live(6)
    server.silent = {"b"}
    server.live(2)
    assert (server.verdict.down, server.verdict.held) == (frozenset(), frozenset())
    server.live(3)
    assert (server.verdict.down, server.verdict.held) == ({"b"}, frozenset())


def test_all_who_come_back_one_after_the_other_are_left_alone() -> None:
    server = Server("abcdefghij")
    server.live(2)
    server.silent = set(server.names)
    assert server.live(10).held == set(server.names)
    for name in server.names:
        server.silent.discard(name)
        assert server.live(0.4).down == frozenset()
    assert server.live(10).down == frozenset()


@pytest.mark.parametrize("how", ["said to be dead", "switched off"])
def test_an_administrators_word_ends_the_brake(how: str) -> None:
    server = Server("abc")
    server.live(2)
    server.silent = {"a", "b"}
    assert server.live(6).held == {"a", "b"}
    if how == "switched off":
        server.off = {"a"}
    else:
        server.said_dead = {"a": server.now}
    assert server.look().held == frozenset()
    assert server.verdict.down == {"a", "b"}


def test_one_after_the_other_is_no_reason_to_suspect_anything() -> None:
    server = Server("abcd")
    server.live(2)
    for name, others in (("a", set()), ("b", {"a"}), ("c", {"a", "b"})):
        server.silent = {*others, name}
        server.live(8)
        assert (server.verdict.down, server.verdict.held) == (server.silent, frozenset())


@pytest.mark.parametrize("number", range(1, 7))
def test_every_way_in_which_hosts_can_fall_silent_at_once(number: int) -> None:
    names = "abcdef"[:number]
    for count in range(number + 1):
        for fallen in itertools.combinations(names, count):
            server = Server(names)
            server.live(2)
            server.silent = set(fallen)
            verdict = server.live(DOWN_S + 1)
            braked = number >= 3 and 2 * count > number
            assert verdict.held == (set(fallen) if braked else set())
            assert verdict.down == (set() if braked else set(fallen))
            assert server.live(BRAKE_S + 1).down == set(fallen)


@given(st.lists(st.tuples(st.frozensets(st.sampled_from("abcd")), st.integers(1, 60)), max_size=8))
def test_whatever_comes_and_goes_who_reports_is_never_down_and_who_never_does_is_at_last(
    story: list[tuple[frozenset[str], int]],
) -> None:
    server = Server("abcde")
    for silent, tenths in story:
        server.silent = set(silent)
        for _ in range(tenths):
            server.live(0.1)
            heard = {name for name in server.names if server.now - server.beats[name] <= 1.0}
            assert not heard & (server.verdict.down | server.verdict.held)
            assert not server.verdict.down & server.verdict.held
    server.silent = {"a"}
    assert server.live(DOWN_S + BRAKE_S + 1).down == {"a"}
