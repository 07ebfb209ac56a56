"""What a process that runs can be told, and why not."""

import pytest

from openlbaas.haproxy.runtime import Add, Change, Move, Remove, Server, Switch, Untold, Weigh, changes, command
from openlbaas.haproxy.versions import NONE, Ability

ABLE = frozenset(Ability)
HEAD = "global\n    maxconn 2000\n\nfrontend f\n    bind 10.0.0.9:80\n\nbackend p\n    balance roundrobin\n"
A = "    server a 10.0.0.1:80 weight 1 check inter 1s fall 2\n"
B = "    server b 10.0.0.2:80 weight 1 check inter 1s fall 2\n"
OF_A = Server("p", "a", "10.0.0.1:80", 1, ("check", "inter", "1s", "fall", "2"), disabled=False)


def made(server: Server, **more: object) -> Server:
    values = {name: getattr(server, name) for name in Server.__slots__} | more
    return Server(**values)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (A, A, ()),
        (A, A.replace("weight 1", "weight 9"), (Weigh(made(OF_A, weight=9)),)),
        (A, A.replace("10.0.0.1:80", "10.0.0.3:81"), (Move(made(OF_A, address="10.0.0.3:81")),)),
        (A, A.replace("\n", " disabled\n"), (Switch(made(OF_A, disabled=True)),)),
        (B, B + A, (Add(OF_A),)),
        (A + B, B, (Remove(OF_A),)),
    ],
)
def test_servers_are_told(old: str, new: str, told: tuple[Change, ...]) -> None:
    assert changes(HEAD + old, HEAD + new, ABLE) == told


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (HEAD + A, HEAD + A.replace("inter 1s", "inter 2s"), "backend p: server a is checked otherwise"),
        (HEAD + A + B, HEAD + B + A, "backend p: its servers come in another order"),
        (HEAD + A, HEAD + A + "\nbackend q\n    balance roundrobin\n", "backend q is new"),
        (HEAD + A + "\nfrontend g\n    bind 10.0.0.9:81\n", HEAD + A, "frontend g goes"),
        (
            HEAD + A,
            HEAD.replace("roundrobin", "leastconn") + A,
            "backend p: `balance leastconn` comes, `balance roundrobin` goes",
        ),
        (
            HEAD.replace("roundrobin", "first"),
            HEAD.replace("roundrobin", "first") + A,
            "backend p: with `balance first` no server comes or goes",
        ),
        ("global\n    a\n    b\n", "global\n    b\n    a\n", "global: its lines come in another order"),
    ],
)
def test_it_is_said_why_something_can_not_be_told(old: str, new: str, why: str) -> None:
    assert changes(old, new, ABLE) == Untold(why)


def test_an_old_release_is_told_nothing() -> None:
    found = changes(HEAD + A, HEAD + A.replace("weight 1", "weight 2"), NONE)
    assert found == Untold("this release of HAProxy can't be told that a server's weight changes")


def test_addresses_of_both_families() -> None:
    assert command(Move(OF_A)) == "set server p/a addr 10.0.0.1 port 80"
    assert command(Move(made(OF_A, address="[2001:db8::1]:8080"))) == "set server p/a addr 2001:db8::1 port 8080"
