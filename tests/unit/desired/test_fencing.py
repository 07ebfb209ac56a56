"""Who may answer: every case there is, and that of any hosts that hear each other exactly one goes on."""

import itertools

import pytest

from openlbaas.desired.fencing import UNNUMBERED, Claim, Reaction, State, may_serve, reaction

A, B = b"host-a", b"host-b"
NUMBERS = range(4)


@pytest.mark.parametrize("assured", [True, False])
@pytest.mark.parametrize("yielded_to", [None, *NUMBERS])
@pytest.mark.parametrize("number", NUMBERS)
def test_may_serve(number: int, yielded_to: int | None, assured: bool) -> None:
    allowed = may_serve(number, yielded_to, assured=assured)
    if number == UNNUMBERED:
        assert allowed
    elif not assured:
        assert not allowed
    else:
        assert allowed == (yielded_to is None or yielded_to < number)


CLAIMS = [Claim(number, host, state) for number in NUMBERS for host in (A, B) for state in State]


@pytest.mark.parametrize(("own", "heard"), list(itertools.product(CLAIMS, CLAIMS)))
def test_reaction(own: Claim, heard: Claim) -> None:
    better = heard.number > own.number or (heard.number == own.number and heard.host < own.host)
    numbered = own.number > 0 and heard.number > 0
    found = reaction(own, heard)
    if own.host == heard.host or not numbered:
        assert found is Reaction.NOTHING
    elif better:
        assert found is (Reaction.YIELD if heard.state is State.SERVING else Reaction.NOTHING)
    else:
        assert found is (Reaction.INSIST if own.state is State.SERVING else Reaction.NOTHING)


HOSTS = [bytes([letter]) for letter in b"abc"]


@pytest.mark.parametrize("numbers", list(itertools.product(range(1, 4), repeat=3)))
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_of_three_that_serve_and_hear_each_other_one_goes_on(numbers: tuple[int, ...], order: tuple[int, ...]) -> None:
    serving = {host: Claim(number, host, State.SERVING) for host, number in zip(HOSTS, numbers, strict=True)}
    yielded_to: dict[bytes, int | None] = dict.fromkeys(HOSTS)
    for speaker, hearer in itertools.product(order, order):
        said, own = serving[HOSTS[speaker]], serving[HOSTS[hearer]]
        if said.state is State.SERVING and reaction(own, said) is Reaction.YIELD:
            serving[own.host] = Claim(own.number, own.host, State.YIELDED)
            yielded_to[own.host] = said.number
    still = [claim for claim in serving.values() if claim.state is State.SERVING]
    best = min(zip(numbers, HOSTS, strict=True), key=lambda each: (-each[0], each[1]))
    assert [(claim.number, claim.host) for claim in still] == [best]
    # What gave up stays so through a restart, unless it is told more than it has heard.
    for host, number in zip(HOSTS, numbers, strict=True):
        assert may_serve(number, yielded_to[host], assured=True) == (host == best[1])
        assert may_serve(max(numbers) + 1, yielded_to[host], assured=True)
