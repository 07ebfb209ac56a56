"""Who is eligible, who of these is chosen, and what is said when nobody is."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import agent
from openlbaas.desired.placement import (
    CHANCE,
    LEAST_LOADED,
    SCHEDULERS,
    ZONE_SPREAD,
    Candidate,
    Nowhere,
    Placed,
    Wanted,
    capacity,
    placement,
)


def last(able: Sequence[Candidate]) -> Candidate:
    return able[-1]


def place(*candidates: Candidate, scheduler: str = CHANCE, spare: frozenset[str] = frozenset()) -> Placed | Nowhere:
    return placement(candidates, Wanted("haproxy_ns", scheduler, spare), last)


def test_only_hosts_that_can_have_it_are_chosen() -> None:
    chosen = place(
        Candidate(agent("a")),
        Candidate(agent("b")),
        Candidate(agent("off", up=False)),
        Candidate(agent("drains", draining=True)),
        Candidate(agent("dead"), live=False),
        Candidate(agent("old", drivers=())),
        Candidate(agent("far"), reaches=False),
        Candidate(agent("full", capacity=2), total=2),
        Candidate(agent("spare")),
        spare=frozenset({"spare"}),
    )
    assert isinstance(chosen, Placed)
    assert (chosen.agent.host, chosen.why) == ("b", "b, one by chance of 2 hosts that can have it")


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (Candidate(agent("x", up=False)), "of 2 hosts 1 enabled, of these 0 heard of"),
        (Candidate(agent("x"), live=False), "of 2 hosts 2 enabled, of these 0 heard of"),
        (Candidate(agent("x", drivers=())), "of 2 hosts 2 enabled, of these 1 heard of, of these 0 have its driver"),
        (
            Candidate(agent("x"), reaches=False),
            "of 2 hosts 2 enabled, of these 1 heard of, of these 1 have its driver, of these 0 have its network",
        ),
    ],
)
def test_nowhere_says_what_to_look_at(one: Candidate, why: str) -> None:
    assert place(Candidate(agent("dead"), live=False), one) == Nowhere(why)


def test_without_any_host() -> None:
    assert place() == Nowhere("of 0 hosts 0 enabled")


def test_a_host_without_capacity_takes_any_number() -> None:
    assert isinstance(place(Candidate(agent("a", capacity=0), total=10_000)), Placed)
    assert capacity(agent("a", capacity=3)) == 3
    assert capacity(agent("a", capacity="many")) == capacity(agent("a", capacity=-1)) == 0


def test_the_least_loaded_is_the_one_with_the_fewest_bindings_whatever_it_reports() -> None:
    chosen = place(
        Candidate(agent("a", instances=0), total=3), Candidate(agent("b", instances=9), total=2), scheduler=LEAST_LOADED
    )
    assert isinstance(chosen, Placed)
    assert chosen.why == "b, with 2 load balancers the least loaded of 2 hosts that can have it"


def test_zones_are_spread_by_the_projects_load_balancers_first_and_then_by_all() -> None:
    hosts = [
        Candidate(agent("a1", zone="a"), total=1, of_project=1),
        Candidate(agent("a2", zone="a"), total=0),
        Candidate(agent("b1", zone="b"), total=9),
        Candidate(agent("b2", zone="b"), total=8),
        Candidate(agent("c1", zone="c"), total=20),
    ]
    chosen = place(*hosts, scheduler=ZONE_SPREAD)
    assert isinstance(chosen, Placed)
    assert chosen.agent.host == "b2"
    assert "a zone with 0 load balancers of its project and 17 in all" in chosen.why


CANDIDATES = st.lists(
    st.builds(
        lambda name, zone, up, live, limit, total, mine: Candidate(
            agent(name, zone=zone, up=up, capacity=limit), live, total=total, of_project=min(mine, total)
        ),
        st.sampled_from("abcdef"),
        st.sampled_from([None, "x", "y"]),
        st.booleans(),
        st.booleans(),
        st.integers(0, 3),
        st.integers(0, 4),
        st.integers(0, 4),
    ),
    unique_by=lambda one: one.agent.id,
)


@given(CANDIDATES, st.sampled_from(SCHEDULERS), st.frozensets(st.sampled_from("abcdef")))
def test_whoever_chooses_takes_one_that_can_have_it_if_there_is_one(
    candidates: list[Candidate], scheduler: str, spare: frozenset[str]
) -> None:
    able = {
        one.agent.id
        for one in candidates
        if one.agent.admin_state_up
        and one.live
        and one.agent.id not in spare
        and (not capacity(one.agent) or one.total < capacity(one.agent))
    }
    chosen = place(*candidates, scheduler=scheduler, spare=spare)
    assert chosen.agent.id in able if isinstance(chosen, Placed) else not able
