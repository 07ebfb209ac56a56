"""What a host says of what it holds, how often, and what it does about what it hears."""

from dataclasses import replace
from pathlib import Path

import pytest

from openlbaas.desired.fencing import Claim, State
from openlbaas.drivers.haproxy_netns.claim_frames import MOST, Entry, Seal
from openlbaas.drivers.haproxy_netns.claims import Act, Claims, Insist, Yield
from openlbaas.drivers.haproxy_netns.holdings import Holding, Holdings, Yielded

SEAL = Seal.of("secret")
OTHER = SEAL.host("other")


def holding(name: str = "lb", claim: int = 5, *, serving: bool = True, bridge: str = "brq1", seat: int = 0) -> Holding:
    return Holding(
        load_balancer_id=name,
        claim=claim,
        serving=serving,
        network_id=f"net of {bridge}",
        bridge=bridge,
        tap=f"tap{name}",
        namespace=f"qlbaas-{name}",
        link=f"ns-{name}",
        mac_address="fa:16:3e:00:00:01",
        addresses=("172.20.0.4",),
        seat=seat,
    )


def claims(*held: Holding) -> Claims:
    made = Claims(SEAL, "own")
    for each in held:
        made.put(each, None)
    return made


def heard(name: str = "lb", number: int = 6, state: State = State.SERVING, seat: int = 0) -> Entry:
    return Entry(SEAL.name(name), Claim(number, OTHER, state), seat)


def said(made: Claims, now: float = 0.0, *, turn: bool = False) -> dict[bytes, State]:
    """Name what is said of whom."""
    return {entry.name: entry.claim.state for _, entries in made.say(now, turn=turn) for entry in entries}


def hear(made: Claims, *entries: Entry, now: float = 0.0) -> tuple[Act, ...]:
    return made.hear("brq1", entries, now)


def test_news_are_said_at_once_and_everything_again_in_turn() -> None:
    made = claims(holding("lb"), holding("ready", serving=False))
    both = {SEAL.name("lb"): State.SERVING, SEAL.name("ready"): State.WAITING}
    assert said(made) == both
    assert said(made) == {}
    assert said(made, turn=True) == both
    made.put(holding("ready"), None)
    assert said(made) == {SEAL.name("ready"): State.SERVING}
    made.put(holding("ready"), None)
    assert said(made) == {}


def test_a_network_has_one_frame_in_turn_whatever_there_is() -> None:
    count = 3 * MOST - 1
    made = claims(*(holding(f"lb{number}") for number in range(count)))
    assert len(said(made)) == count
    turns = [said(made, turn=True) for _ in range(3)]
    assert [len(turn) for turn in turns] == [MOST] * 3
    assert len(turns[0] | turns[1] | turns[2]) == count


def test_who_comes_is_told_everything_but_not_ever_again() -> None:
    count = 2 * MOST
    made = claims(*(holding(f"lb{number}") for number in range(count)))
    said(made)
    assert hear(made, heard("unknown"), now=10.0) == ()
    assert len(said(made, now=10.0)) == count
    assert hear(made, heard("unknown"), now=11.0) == ()
    assert said(made, now=11.0) == {}
    # Who was away for long may have heard nothing of what happened meanwhile.
    hear(made, heard("unknown"), now=20.0)
    assert len(said(made, now=20.0)) == count


def test_a_better_claim_is_yielded_to_and_that_is_said_once() -> None:
    made = claims(holding())
    said(made)
    to = Yielded(6, OTHER.hex())
    assert hear(made, heard(), now=1.0) == (Yield(holding(), to),)
    assert said(made, now=1.0) == {SEAL.name("lb"): State.YIELDED}
    assert said(made, now=2.0, turn=True) == {}
    # Whoever opened what was given up is put right the next time.
    assert hear(made, heard(), now=2.0) == (Yield(holding(), to),)
    assert hear(made, heard(number=4), now=2.0) == ()
    assert hear(made, heard(number=9), now=3.0) == (Yield(holding(), Yielded(9, OTHER.hex())),)
    assert hear(made, heard(number=7), now=4.0) == (Yield(holding(), Yielded(9, OTHER.hex())),)
    made.put(holding(claim=10), Yielded(9, OTHER.hex()))
    assert said(made, now=5.0) == {SEAL.name("lb"): State.SERVING}


@pytest.mark.parametrize("state", list(State))
def test_a_worse_claim_is_answered_but_not_without_end(state: State) -> None:
    made = claims(holding())
    said(made)
    assert hear(made, heard(number=4, state=state), now=1.0) == (Insist(holding()),)
    assert SEAL.name("lb") in said(made, now=1.0)
    assert hear(made, heard(number=4, state=state), now=1.1) == ()
    assert said(made, now=1.1) == {}
    assert hear(made, heard(number=4, state=state), now=1.3) == (Insist(holding()),)


def test_who_only_gets_ready_takes_nothing_and_one_that_waits_gives_up_too() -> None:
    made = claims(holding())
    assert hear(made, heard(state=State.WAITING)) == ()
    assert hear(made, heard(state=State.YIELDED)) == ()
    waits = holding(serving=False)
    made = claims(waits)
    assert hear(made, heard(number=4)) == ()
    assert hear(made, heard(number=5 if made.host > OTHER else 6)) != ()


def test_what_was_given_up_before_a_restart_stays_so() -> None:
    made = Claims(SEAL, "own")
    made.put(holding(), Yielded(6, OTHER.hex()))
    assert said(made, turn=True) == {}


def test_places_of_one_load_balancer_and_networks_are_apart() -> None:
    made = claims(holding(), holding("there", bridge="brq2"))
    assert hear(made, heard(seat=1)) == ()
    assert hear(made, heard("there")) != ()
    assert made.hear("brq3", (heard(),), 0.0) == ()
    assert made.network("brq2") == SEAL.network("net of brq2")
    made.drop("there")
    assert made.network("brq2") is None
    assert len(made) == 1


def test_without_numbers_nothing_is_said() -> None:
    made = claims(holding(claim=0))
    assert len(made) == 0
    assert said(made, turn=True) == {}


def test_its_own_words_are_no_news() -> None:
    made = claims(holding())
    own = Entry(SEAL.name("lb"), Claim(9, made.host, State.SERVING))
    assert hear(made, own) == ()


def test_holdings_are_read_back_and_what_is_broken_is_none(tmp_path: Path) -> None:
    files = Holdings(tmp_path / "claims")
    assert files.every() == frozenset()
    assert files.read("lb") is None
    files.hold(holding())
    files.give_up("lb", Yielded(7, "ab"))
    (tmp_path / "claims/keeper.lock").touch()
    assert files.every() == {"lb"}
    assert files.read("lb") == holding()
    assert files.yielded("lb") == Yielded(7, "ab")
    assert (tmp_path / "claims").stat().st_mode & 0o777 == 0o700
    for broken in ("", "[]", "{}", '{"claim": 1}'):
        (tmp_path / "claims/lb").write_text(broken)
        (tmp_path / "claims/lb.yielded").write_text(broken)
        assert (files.read("lb"), files.yielded("lb")) == (None, None)
    files.hold(replace(holding(), claim=8))
    files.forget("lb")
    files.forget("lb")
    assert files.every() == frozenset()
