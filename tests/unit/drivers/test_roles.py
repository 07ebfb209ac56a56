"""What a host is, by what was seen."""

import pytest

from openlbaas.domain.vocabulary import Role
from openlbaas.drivers.haproxy_netns.roles import role
from openlbaas.drivers.haproxy_netns.seen import Link, Turns

VIP = frozenset({("10.0.0.4", 24), ("fd00::4", 64)})
OWN = frozenset({("10.0.0.11", 24)})
RUNS = Turns(process=7, good="text")


def link(*, up: bool, addresses: frozenset[tuple[str, int]]) -> Link:
    return Link("ns-1", "fa:16:3e:00:00:01", 1500, up=up, addresses=addresses)


def test_whoever_has_every_address_is_active() -> None:
    assert role(RUNS, [link(up=True, addresses=OWN | VIP)], VIP, serves=True) is Role.ACTIVE
    assert role(RUNS, [link(up=True, addresses=OWN)], VIP, serves=True) is Role.STANDBY


@pytest.mark.parametrize(
    ("turns", "up", "serves"),
    [
        (None, True, True),
        (Turns(), True, True),
        (Turns(7, well=False), True, True),
        (RUNS, False, True),
        (RUNS, True, False),
    ],
)
def test_who_could_not_take_over_is_at_fault(turns: Turns | None, *, up: bool, serves: bool) -> None:
    assert role(turns, [link(up=up, addresses=OWN)], VIP, serves=serves) is Role.FAULT
