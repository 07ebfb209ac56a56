"""The watch over processes, and the measuring of members."""

import select
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from scene import LONGEST_S, Twin, a_spec, until

from openlbaas.agent.observe import Measuring, Watchdog, schedule
from openlbaas.desired.spec import Spec
from openlbaas.dialects.host_v1 import Sample
from openlbaas.domain.errors import HostFault
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.interface import Measured


class Listening:
    """Notes what it is told to report."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Mapping[str, MemberHealth]]] = []

    def see(self, load_balancer_id: str, health: Mapping[str, MemberHealth], *, hurry: bool = True) -> None:
        assert hurry
        self.seen.append((load_balancer_id, health))

    def count(self, load_balancer_id: str, samples: tuple[Sample, ...]) -> None:
        assert load_balancer_id
        assert samples == ()


@pytest.fixture
def fallen() -> list[str]:
    return []


@pytest.fixture
def driver() -> Twin:
    return Twin(running={id_: a_spec(id_) for id_ in ("a", "b")})


@pytest.fixture
def watchdog(driver: Twin, fallen: list[str]) -> Iterator[Watchdog]:
    made = Watchdog(driver, fallen.append)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    made.close()
    thread.join(LONGEST_S)
    assert not thread.is_alive()


def test_only_what_ended_fell(watchdog: Watchdog, driver: Twin, fallen: list[str]) -> None:
    for id_ in ("a", "b"):
        watchdog.follow(a_spec(id_))
    driver.die("a")
    until(lambda: fallen == ["a"], "the fall")
    assert [spec.id for spec in watchdog.followed()] == ["b"]


def test_what_does_not_run_is_not_followed(watchdog: Watchdog) -> None:
    watchdog.follow(a_spec("nothing"))
    assert watchdog.followed() == ()


def test_what_was_left_may_end(watchdog: Watchdog, driver: Twin, fallen: list[str]) -> None:
    for id_ in ("a", "b"):
        watchdog.follow(a_spec(id_))
    watchdog.leave("a")
    watchdog.leave("a")
    driver.die("a")
    driver.die("b")
    until(lambda: fallen, "the fall")
    assert fallen == ["b"]


def open_files() -> int:
    """Count what this process has open."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_following_twice_holds_one_descriptor_and_the_newest_spec(watchdog: Watchdog) -> None:
    watchdog.follow(a_spec("a", 1))
    before = open_files()
    watchdog.follow(a_spec("a", 2))
    assert open_files() == before
    assert watchdog.followed() == (a_spec("a", 2),)


def test_a_load_balancer_that_can_not_be_measured_keeps_none_from_it(watchdog: Watchdog) -> None:
    class Faulty(Twin):
        def measure(self, spec: Spec) -> Measured:
            if spec.id == "a":
                raise HostFault("no socket")
            return Measured({"m": MemberHealth.UP})

    for id_ in ("a", "b"):
        watchdog.follow(a_spec(id_))
    listening = Listening()
    measuring = Measuring(Faulty(), watchdog, listening, 3.0)  # type: ignore[arg-type]  # it only listens
    assert 0 < measuring.round(100.0) <= 1.0
    measuring.round(102.0)
    assert listening.seen == [("b", {"m": MemberHealth.UP})]


def test_what_changed_is_measured_at_once_and_then_in_its_turn(watchdog: Watchdog, driver: Twin) -> None:
    for id_ in ("a", "b"):
        watchdog.follow(a_spec(id_))
    listening = Listening()
    measuring = Measuring(driver, watchdog, listening, 4.0)  # type: ignore[arg-type]  # it only listens
    for instant in (100.0, 102.0):
        measuring.round(instant)
    listening.seen.clear()
    measuring.hasten("b")
    measuring.hasten("nothing")
    measuring.round(103.0)
    assert listening.seen == [("b", {})]
    measuring.round(106.9)
    assert listening.seen == [("b", {}), ("a", {}), ("b", {})]


def test_at_the_beginning_all_are_measured_and_then_each_in_its_turn(watchdog: Watchdog, driver: Twin) -> None:
    for id_ in ("a", "b"):
        watchdog.follow(a_spec(id_))
    listening = Listening()
    measuring = Measuring(driver, watchdog, listening, 4.0)  # type: ignore[arg-type]  # it only listens
    measuring.hasten_all()
    for instant in (100.0, 101.0, 102.0, 103.0):
        measuring.round(instant)
    assert [id_ for id_, _ in listening.seen] == ["a", "b", "b"]


def test_one_that_has_news_all_the_time_takes_a_tenth_of_it(watchdog: Watchdog) -> None:
    class Slow(Twin):
        def measure(self, spec: Spec) -> Measured:
            select.select([], [], [], 0.01)
            return super().measure(spec)

    watchdog.follow(a_spec("a"))
    listening = Listening()
    measuring = Measuring(Slow(), watchdog, listening, 3600.0)  # type: ignore[arg-type]  # it only listens
    measuring.round(100.0)
    for instant in (100.05, 100.09):
        measuring.hasten("a")
        assert 0 < measuring.round(instant) < 0.5
        assert len(listening.seen) == 1
    assert measuring.round(100.6) == 1.0
    assert len(listening.seen) == 2


def test_a_change_wakes_who_measures(watchdog: Watchdog, driver: Twin) -> None:
    watchdog.follow(a_spec("a"))
    listening = Listening()
    measuring = Measuring(driver, watchdog, listening, 3600.0)  # type: ignore[arg-type]  # it only listens
    thread = threading.Thread(target=measuring.run, daemon=True)
    thread.start()
    until(lambda: listening.seen, "the first measurement")
    measuring.hasten("a")
    until(lambda: len(listening.seen) > 1, "another one")
    measuring.close()
    thread.join(LONGEST_S)
    assert not thread.is_alive()


def test_many_are_spread_over_the_interval_and_keep_their_place() -> None:
    due = schedule({}, ["a", "b", "c"], 10.0, 3.0)
    assert due == {"a": 10.0, "b": 11.0, "c": 12.0}
    assert schedule(due, ["b", "c", "d"], 10.5, 3.0) == {"b": 11.0, "c": 12.0, "d": 10.5}
