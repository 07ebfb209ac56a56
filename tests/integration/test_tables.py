"""Which member a client stays with outlives the process that knew it: one hands its tables to the next."""

import dataclasses
import re
import socket
from pathlib import Path

import msgspec
import pytest
from balancers import BRIDGE, CLIENT, MEMBERS, VIP, WEB1, WEB2, bare, full, id_of
from netns_host import LONGEST_S, Browser, Host, Web, alone, apply, host, inside, once, until
from releases import RELEASES, binary

from openlbaas.desired.spec import ListenerSpec, PersistenceSpec, Spec
from openlbaas.drivers.haproxy_netns import control
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns
from openlbaas.haproxy.answers import requests

COOKIES = full(persistence=PersistenceSpec(type="APP_COOKIE", cookie_name="SESSION"))
SOURCES = msgspec.structs.replace(
    COOKIES.pools[0], id=id_of(4, 2), persistence=PersistenceSpec(type="SOURCE_IP"), members=MEMBERS
)
BOTH = msgspec.structs.replace(
    COOKIES,
    listeners=(*COOKIES.listeners, ListenerSpec(id=id_of(3, 2), protocol="HTTP", port=81, default_pool_id=SOURCES.id)),
    pools=(*COOKIES.pools, SOURCES),
)
SESSIONS = [f"s{number}" for number in range(24)]
PLACES = [f"172.20.0.{number}" for number in range(101, 125)]
_KNOWS_ALL = 3


def reloaded(spec: Spec, algorithm: str) -> Spec:
    """Take a spec that only a new process can serve."""
    pools = tuple(msgspec.structs.replace(pool, algorithm=algorithm) for pool in spec.pools)
    return msgspec.structs.replace(spec, revision=spec.revision + 1, pools=pools)


def asked_from(place: str) -> str:
    """Ask the second listener from an address."""

    def ask() -> str:
        with socket.create_connection((VIP, 81), LONGEST_S, (place, 0)) as line:
            line.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return b"".join(iter(lambda: line.recv(4096), b"")).decode().rpartition("\r\n")[2]

    return inside("client", ask)


def at(session: str) -> str:
    """Ask the first listener with a cookie."""
    return once("client", VIP, Cookie=f"SESSION={session}")


def homes(webs: tuple[Web, ...]) -> dict[str, str]:
    """Begin every session, and name the member that each is on."""
    known = {}
    for session in SESSIONS:
        for web in webs:
            web.headers["Set-Cookie"] = f"SESSION={session}; path=/"
        known[session] = once("client", VIP)
    for web in webs:
        web.headers.clear()
    return known | {place: asked_from(place) for place in PLACES}


def now(known: dict[str, str]) -> dict[str, str]:
    return {who: asked_from(who) if who in PLACES else at(who) for who in known}


def said(made: Host, command: str) -> str:
    return control.ask(made.folder / "lbaas/v2" / BOTH.id / "haproxy_stats.sock", command)


def knows_all(made: Host) -> bool:
    """Tell whether the process can teach another: it was taught, or nobody was there to teach it."""
    found = re.search(r"flags=0x([0-9a-f]+) resync", said(made, "show peers"))
    return found is not None and int(found[1], 16) & _KNOWS_ALL == _KNOWS_ALL


def learnt(made: Host) -> list[int]:
    """Count the clients in each table."""
    return [int(count) for count in re.findall(r"used:(\d+)", said(made, "show table"))]


def begun(made: Host, release: str) -> tuple[HaproxyNetns, dict[str, str]]:
    driver = HaproxyNetns(dataclasses.replace(made.options, binary=binary(release, made.folder)))
    apply(driver, bare())
    made.neighbour("web1", BRIDGE, f"{WEB1}/24")
    made.neighbour("web2", BRIDGE, f"{WEB2}/24")
    made.neighbour("client", BRIDGE, f"{CLIENT}/24", *(f"{place}/24" for place in PLACES))
    webs = Web("web1", "web1", WEB1), Web("web2", "web2", WEB2)
    apply(driver, BOTH)
    known = homes(webs)
    assert set(known.values()) == {"web1", "web2"}
    until(lambda: knows_all(made), "the end of waiting for a teacher")
    return driver, known


@pytest.mark.parametrize("release", RELEASES)
@alone
def test_clients_stay_on_their_member_whatever_is_loaded_anew(release: str, tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, known = begun(made, release)
        spec = BOTH
        # At once after each other: a process that was just taught teaches the next one.
        for algorithm in ("LEAST_CONNECTIONS", "SOURCE_IP", "ROUND_ROBIN"):
            before = made.processes()
            spec = reloaded(spec, algorithm)
            apply(driver, spec)
            assert made.processes().keys() - before.keys()
            until(lambda: learnt(made) == [len(SESSIONS), len(PLACES)], "what the process before knew")
            assert now(known) == known
        until(lambda: driver.measure(spec) is not None and len(made.processes()) == 1, "the end of those replaced")


@alone
def test_a_process_that_a_client_holds_teaches_and_ends_when_the_client_goes_on(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, known = begun(made, RELEASES[0])
        kept = Browser("client", VIP)
        kept.get()
        spec = reloaded(BOTH, "LEAST_CONNECTIONS")
        apply(driver, spec)
        assert requests(said(made, "show sess")) == 0
        apply(driver, reloaded(spec, "ROUND_ROBIN"))
        until(lambda: learnt(made) == [len(SESSIONS), len(PLACES)], "what the processes before knew")
        assert now(known) == known
        assert kept.get_again() in ("web1", "web2")
        until(lambda: driver.measure(spec) is not None and len(made.processes()) == 1, "the end of those replaced")
