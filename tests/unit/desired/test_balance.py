"""The fewest moves that even hosts out."""

from hypothesis import given
from hypothesis import strategies as st

from openlbaas.desired.balance import evened

LOADS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 12), min_size=1)


def hosted(loads: dict[str, int]) -> dict[str, list[str]]:
    return {agent: [f"{agent}{n}" for n in range(number)] for agent, number in loads.items()}


def after(loads: dict[str, int], moves: list[tuple[str, str, str]]) -> dict[str, int]:
    found = dict(loads)
    for _, source, target in moves:
        found[source] -= 1
        found[target] += 1
    return found


def test_a_new_host_gets_its_share() -> None:
    moves = evened(hosted({"a": 4, "b": 4, "c": 0}), {}, lambda _one, _agent: True)
    assert [target for _, _, target in moves] == ["c", "c"]
    assert {source for _, source, _ in moves} == {"a", "b"}


def test_a_full_host_gets_none() -> None:
    moves = evened(hosted({"a": 6, "b": 0, "c": 0}), {"b": 1}, lambda _one, _agent: True)
    assert after({"a": 6, "b": 0, "c": 0}, moves) == {"a": 3, "b": 1, "c": 2}


def test_what_does_not_fit_stays() -> None:
    moves = evened(hosted({"a": 4, "b": 0}), {}, lambda one, _agent: one == "a1")
    assert moves == [("a1", "a", "b")]


@given(LOADS)
def test_hosts_differ_by_one_at_most_and_no_move_is_too_many(loads: dict[str, int]) -> None:
    moves = evened(hosted(loads), {}, lambda _one, _agent: True)
    found = after(loads, moves)
    assert max(found.values()) - min(found.values()) <= 1
    total, hosts = sum(loads.values()), len(loads)
    least = sorted([total // hosts + (n < total % hosts) for n in range(hosts)])
    needed = sum(max(0, have - want) for have, want in zip(sorted(loads.values()), least, strict=True))
    assert len(moves) == needed
    assert len({one for one, _, _ in moves}) == len(moves)
