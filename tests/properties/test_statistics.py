"""Totals are what was really carried, whatever comes of reports: late, twice, out of turn."""

from hypothesis import given
from hypothesis import strategies as st

from openlbaas.domain.statistics import ACTIVE, COUNTERS, NOTHING, Counted, Numbers, Statistics, Told, merged, only

STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),  # which process
        st.sampled_from(("one", "two")),  # which listener
        st.integers(0, 1000),  # how much more
        st.integers(0, 5),  # how many are connected
        st.integers(0, 3),  # how often the report comes
        st.booleans(),  # whether an older report comes once more
        st.integers(0, 9).map(lambda n: n == 0),  # whether the process ends
    ),
    max_size=40,
)


def numbers(total: int, active: int) -> Numbers:
    return tuple(active if place == ACTIVE else total for place in range(len(COUNTERS)))


@given(STEPS)
def test_nothing_is_lost_counted_twice_or_taken_back(steps: list[tuple[int, str, int, int, int, bool, bool]]) -> None:
    found, carried = Statistics(), {"one": 0, "two": 0}
    lives, counts, old = [0, 0, 0], [dict[str, int]() for _ in range(3)], [Told("none", Counted())] * 3
    connected: dict[str, dict[str, int]] = {}
    for process, listener, more, active, times, again, ends in steps:
        name = f"{process}/{lives[process]}"
        counts[process][listener] = counts[process].get(listener, 0) + more
        carried[listener] += more
        connected.setdefault(name, {})[listener] = active
        told = Told(
            name,
            Counted(listeners={id_: numbers(n, connected[name][id_]) for id_, n in counts[process].items()}),
            ended=ends,
        )
        before = found
        for _ in range(times + 1):
            found = merged(found, [told])
        assert all(
            b <= a for place, (b, a) in enumerate(zip(before.whole, found.whole, strict=True)) if place != ACTIVE
        )
        if again and old[process].ended:
            assert merged(found, [old[process]]) == found
        old[process] = told
        if ends:
            lives[process], counts[process] = lives[process] + 1, {}
            connected.pop(name)
        assert found.whole[0] == sum(carried.values())
        assert {id_: n[0] for id_, n in found.counted.listeners.items() if n[0]} == {
            i: n for i, n in carried.items() if n
        }
        assert found.whole[ACTIVE] == sum(sum(of.values()) for of in connected.values())


def test_the_same_again_is_the_same_value() -> None:
    told = Told("a", Counted(members={"m": numbers(3, 1)}))
    once = merged(Statistics(), [told])
    assert merged(once, [told]) is once
    assert once.whole == NOTHING
    assert once.counted.members["m"] == numbers(3, 1)


def test_a_host_that_never_says_that_its_processes_ended_fills_nothing() -> None:
    found = Statistics()
    for number in range(1000):
        found = merged(found, [Told(str(number), Counted(listeners={"l": numbers(1, 1)}))])
    assert found.whole[0] == 1000
    assert len(found.seen) <= 64
    assert len(found.ended) <= 512


def told(process: str, total: int, active: int = 0, *, ended: bool = False) -> Told:
    return Told(process, Counted(listeners={"l": numbers(total, active)}), ended=ended)


def reported(known: Statistics, *each: Told) -> Statistics:
    return only(merged(known, each), (one.process for one in each))


def test_a_report_that_was_overtaken_by_another_ends_nothing() -> None:
    found = reported(Statistics(), told("old", 5, active=2))
    found = reported(found, told("old", 7, ended=True), told("new", 1, active=1))
    assert (found.whole[0], found.whole[ACTIVE]) == (8, 1)
    late = reported(found, told("old", 6, active=1))
    assert (late.whole[0], late.whole[ACTIVE]) == (8, 0)
    assert reported(late, told("new", 3, active=2)).whole[0] == 10
    assert reported(late, told("new", 3, active=2)).whole[ACTIVE] == 2


def test_nobody_is_connected_to_what_a_host_tells_no_more_of() -> None:
    found = Statistics()
    for number in range(20):
        found = reported(found, told(str(number), 1, active=3))
    assert (found.whole[0], found.whole[ACTIVE]) == (20, 3)
    assert len(found.seen) <= 5
    assert reported(found, told("3", 9)) == only(found, ())
    assert only(found, tuple(found.seen)) is found
