"""Two hosts that serve a load balancer by turns."""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from balancers import CLIENT, NETWORK, VIP, VIP6, WEB1, WEB2, full, gone, member, other, vip
from netns_host import Browser, Web, alone, host, inside, ip, once, until
from netns_host import Host as Neighbours
from netns_host import apply as applied
from rival_hosts import SWITCH, Host, Polling, answering, hosts

from openlbaas.desired.spec import AddressSpec, EndSpec, ListenerSpec, NetworkSpec, PairSpec, PersistenceSpec, Spec

NET = NetworkSpec(id=NETWORK, type="flat", physical_network="provider", mtu=1450)
ENDS = {
    seat: EndSpec(
        port_id=f"9000000{seat}-0000-4000-8000-00000000000{seat}",
        mac_address=f"fa:16:3e:99:00:0{seat}",
        addresses=(AddressSpec(f"172.20.0.1{seat}0", 24), AddressSpec(f"fd00:20::1{seat}0", 64)),
    )
    for seat in (1, 2)
}
MORE = ListenerSpec(id="30000009-0009-4000-8000-000000000009", protocol="TCP", port=8080)
SERVERS = {1: member(1, WEB1), 2: member(2, WEB2)}
BOTH = vip(network=NET, addresses=(AddressSpec(VIP, 24), AddressSpec(VIP6, 64)))
MARKS = "haproxy\0", "keepalived\0"


def pair(seat: int, **more: Any) -> PairSpec:
    """What a host of a pair is told of itself and the other."""
    return PairSpec(**{"router_id": 7, "seat": seat, "own": ENDS[seat], "other": ENDS[3 - seat]} | more)


def of(seat: int, claim: int = 0, **more: Any) -> Spec:
    """The load balancer as a host is told of it: the first answers "a", the second "b"."""
    made = full(members=(SERVERS[seat],))
    return other(made, claim=claim or seat, vip=BOTH, pair=pair(seat, **more))


def single(seat: int, claim: int = 1) -> Spec:
    """The load balancer of one host."""
    return other(of(seat, claim), pair=None)


LB = of(1).id


@contextlib.contextmanager
def two(folder: Path) -> Iterator[tuple[Host, Host]]:
    """Have two hosts on a switch, and two servers and a client there."""
    with host(folder) as made, hosts("a", "b") as (a, b):
        neighbours(made)
        yield a, b


def neighbours(made: Neighbours) -> None:
    """Have two servers and a client on the switch."""
    for name, address in (("a", WEB1), ("b", WEB2)):
        made.neighbour(name, SWITCH, f"{address}/24")
        Web(name, name, address)
    made.neighbour("client", SWITCH, f"{CLIENT}/24", "fd00:20::100/64")


def only(polling: Polling, who: str) -> bool:
    """Tell whether one host answers, and which."""
    return polling.latest() == {who} and answering("client") == 1


def paired(a: Host, b: Host, **more: Any) -> Polling:
    """Have the first serve and the second stand by, and a client that asks."""
    assert a.tell(of(1, **more)) == "applied"
    polling = Polling("client")
    until(lambda: only(polling, "a"), "a")
    assert b.tell(of(2, **more)) == "applied"
    until(lambda: b.roles()[-1:] == ["STANDBY"], "that b stands by")
    until(lambda: only(polling, "a"), "a alone")
    return polling


def pid(one: Host, name: str) -> int:
    """Name a process of a host by its pid file."""
    return int(Path(f"/proc/{one.holder.pid}/root{one.state}/v2/{LB}/{name}.pid").read_text())


def kill(one: Host, *names: str) -> None:
    """Kill processes of a host."""
    for name in names:
        os.kill(pid(one, name), signal.SIGKILL)


@alone
def test_the_other_host_takes_over_when_one_dies(tmp_path: Path) -> None:
    with two(tmp_path) as (a, b):
        polling = paired(a, b)
        a.cut()
        a.lose_power()
        until(lambda: only(polling, "b"), "b")
        assert once("client", VIP6) == "b"
        assert until(lambda: b.roles()[-1:] == ["ACTIVE"], "the role of b")


@alone
def test_the_other_host_takes_over_when_haproxy_dies_and_keeps_the_turn(tmp_path: Path) -> None:
    with two(tmp_path) as (a, b):
        polling = paired(a, b)
        before = pid(a, "haproxy")
        kill(a, "haproxy")
        until(lambda: only(polling, "b"), "b")
        until(lambda: a.roles()[-1:] == ["STANDBY"], "that a stands by")
        assert pid(a, "haproxy") != before
        assert {"FAULT"} <= set(a.roles())
        until(lambda: only(polling, "b"), "b alone")
        kill(b, "haproxy")
        until(lambda: only(polling, "a"), "a again")


@alone
def test_the_other_host_takes_over_when_haproxy_dies_and_no_agent_lives(tmp_path: Path) -> None:
    with two(tmp_path) as (a, b):
        polling = paired(a, b)
        kept = pid(a, "keepalived/keepalived"), pid(a, "keepalived/vrrp")
        a.signal(signal.SIGKILL)
        until(lambda: only(polling, "a"), "a alone")
        kill(a, "haproxy")
        until(lambda: only(polling, "b"), "b")
        a.start()
        assert a.tell(of(1)) == "applied"
        assert kept == (pid(a, "keepalived/keepalived"), pid(a, "keepalived/vrrp"))
        kill(b, "haproxy")
        until(lambda: only(polling, "a"), "a again")


@alone
def test_an_agent_that_dies_and_starts_again_changes_nothing(tmp_path: Path) -> None:
    with two(tmp_path) as (a, b):
        polling = paired(a, b)
        begun = len(polling.answers)
        kept = [pid(one, name) for one in (a, b) for name in ("haproxy", "keepalived/keepalived", "keepalived/vrrp")]
        for one, seat in ((a, 1), (b, 2)):
            one.signal(signal.SIGKILL)
            one.start()
            assert one.tell(of(seat)) == "applied"
        assert polling.latest() == {"a"}
        assert "b" not in {who for _, who in polling.close().answers[begun:]}
        now = [pid(one, name) for one in (a, b) for name in ("haproxy", "keepalived/keepalived", "keepalived/vrrp")]
        assert now == kept


@alone
def test_a_planned_switch_goes_there_and_back(tmp_path: Path) -> None:
    with two(tmp_path) as (a, b):
        polling = paired(a, b)
        assert b.tell(of(2, takes_over=True)) == "applied"
        until(lambda: only(polling, "b"), "b")
        assert b.tell(of(2)) == "applied"
        until(lambda: only(polling, "b"), "b alone")
        assert a.tell(of(1, takes_over=True)) == "applied"
        until(lambda: only(polling, "a"), "a")


@alone
def test_hosts_that_could_not_hear_each_other_agree_when_they_can(tmp_path: Path) -> None:
    with two(tmp_path) as (a, b):
        polling = paired(a, b)
        a.cut(loudly=False)
        until(lambda: only(polling, "b"), "b")
        a.heal()
        until(lambda: answering("client") == 1 and len(polling.latest()) == 1, "one")
        until(lambda: sorted([a.roles()[-1], b.roles()[-1]]) == ["ACTIVE", "STANDBY"], "roles")
        assert not a.yielded(LB)
        assert not b.yielded(LB)


@alone
def test_a_host_whose_seat_was_given_away_gives_way(tmp_path: Path) -> None:
    with host(tmp_path) as made, hosts("a", "b", "c") as (a, b, c):
        neighbours(made)
        polling = paired(a, b)
        a.cut(loudly=False)
        until(lambda: only(polling, "b"), "b")
        assert c.tell(of(1, claim=3)) == "applied"
        until(lambda: c.roles()[-1:] == ["STANDBY"], "that c stands by")
        a.heal()
        until(lambda: a.yielded(LB), "that a gives way")
        until(lambda: answering("client") == 1 and polling.latest() in ({"b"}, {"a"}), "one")
        assert not b.yielded(LB)
        assert not c.yielded(LB)
        assert a.roles()[-1] == "FAULT"


@alone
def test_clients_are_still_known_after_a_switch_and_a_reload(tmp_path: Path) -> None:
    """Whoever is not remembered gets one of two servers by turns."""
    with two(tmp_path) as (a, b):
        stick = PersistenceSpec(type="SOURCE_IP")
        several = {seat: other(full(persistence=stick), claim=seat, vip=BOTH, pair=pair(seat)) for seat in (1, 2)}
        assert a.tell(several[1]) == "applied"
        until(lambda: answering("client") == 1, "a")
        assert b.tell(several[2]) == "applied"
        for number in range(101, 107):
            ip("-n", "client", "address", "add", f"172.20.0.{number}/24", "dev", "eth0")
        chosen = {number: asked_by(number) for number in range(101, 107)}
        assert len(set(chosen.values())) == 2
        longer = {seat: other(spec, listeners=(*spec.listeners, MORE)) for seat, spec in several.items()}
        assert a.tell(longer[1]) == "applied"
        assert {number: asked_by(number) for number in chosen} == chosen
        takes = other(several[2], pair=pair(2, takes_over=True))
        assert b.tell(takes) == "applied"
        until(lambda: b.roles()[-1:] == ["ACTIVE"], "b")
        assert {number: asked_by(number) for number in chosen} == chosen


@alone
def test_a_load_balancer_that_is_used_gets_another_host_and_loses_it_again(tmp_path: Path) -> None:
    with two(tmp_path) as (a, b):
        assert a.tell(single(1)) == "applied"
        polling = Polling("client")
        until(lambda: only(polling, "a"), "a")
        browser = Browser("client", VIP)
        assert browser.get() == "a"
        begun = len(polling.answers)
        assert a.tell(of(1, other=None)) == "applied"
        assert b.tell(of(2, claim=2)) == "applied"
        assert a.tell(of(1)) == "applied"
        until(lambda: b.roles()[-1:] == ["STANDBY"], "that b stands by")
        until(lambda: only(polling, "a"), "a alone")
        assert browser.get_again() == "a"
        assert b.tell(gone(of(2))) == "applied"
        assert a.tell(single(1)) == "applied"
        until(lambda: only(polling, "a"), "a alone")
        assert once("client", VIP6) == "a"
        assert {who for _, who in polling.close().answers[begun:]} <= {"a", ""}
        assert a.tell(gone(of(1))) == "applied"
        for one in (a, b):
            assert left(one) == []


def asked_by(number: int) -> str:
    """Ask as one of several clients and name who answers."""

    def ask() -> str:
        with socket.create_connection((VIP, 80), 5, source_address=(f"172.20.0.{number}", 0)) as line:
            line.sendall(b"GET / HTTP/1.0\r\n\r\n")
            with line.makefile("rb") as answer:
                return answer.read().rpartition(b"\r\n\r\n")[2].decode()

    return inside("client", ask)


def left(one: Host) -> list[str]:
    """Name what a host still has of load balancers."""
    root = Path(f"/proc/{one.holder.pid}/root")
    names = [*(root / "run/netns").iterdir(), *(root / one.state.lstrip("/") / "v2").iterdir()]
    running = [Path(f"/proc/{process}/cmdline").read_text() for process in one.processes()]
    return [*map(str, names), *(words for words in running if words.startswith(MARKS))]


@pytest.mark.parametrize(
    "dies", [("keepalived/keepalived",), ("keepalived/vrrp",), ("keepalived/vrrp", "keepalived/keepalived")]
)
@alone
def test_a_keepalived_that_dies_is_started_again(dies: tuple[str, ...], tmp_path: Path) -> None:
    with two(tmp_path) as (a, b):
        polling = paired(a, b)
        kill(a, *dies)
        until(lambda: sorted([a.roles()[-1], b.roles()[-1]]) == ["ACTIVE", "STANDBY"], "roles")
        assert a.tell(of(1)) == "applied"
        until(lambda: answering("client") == 1 and len(polling.latest()) == 1, "one")
        assert sum(words.startswith(MARKS[1]) for words in commands(a)) == 2


def commands(one: Host) -> list[str]:
    """Name what runs on a host."""
    return [Path(f"/proc/{process}/cmdline").read_text() for process in one.processes()]


ALONE = other(full(), vip=vip(addresses=BOTH.addresses))
"""On a network that no other host is on: the one there is has the VIP."""
FIRST = other(ALONE, pair=pair(1, other=None))
CHANGES: dict[str, tuple[Spec, Spec]] = {
    "create": (gone(FIRST), FIRST),
    "delete": (FIRST, gone(FIRST)),
    "two instead of one": (ALONE, FIRST),
    "one instead of two": (FIRST, ALONE),
    "another comes": (FIRST, other(FIRST, pair=pair(1))),
    "another seat": (FIRST, other(FIRST, pair=pair(2, other=None, takes_over=True))),
}


@pytest.mark.parametrize("change", CHANGES)
@alone
def test_an_end_between_any_two_steps_is_repaired_by_the_next_look(change: str, tmp_path: Path) -> None:
    before, after = CHANGES[change]
    with host(tmp_path) as made:
        applied(made.driver(), before)
        driver = made.driver()
        count = len(driver.plan(driver.look(LB), after))
        for stop in range(count + 1):
            driver = made.driver()
            applied(driver, before)
            driver.do(after, driver.plan(driver.look(LB), after)[:stop])
            applied(made.driver(), after)
            as_wanted(made, after)
        applied(made.driver(), gone(after))
        until(lambda: made.trace() == (set(), {"lo"}, [], []), f"nothing, but {made.trace()}")


def as_wanted(made: Neighbours, spec: Spec) -> None:
    """See that addresses and processes are those of a spec."""
    there = [path.read_text() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    wanted = 2 if spec.pair is not None else 0
    assert sum(words.startswith(MARKS[1]) for words in there) == wanted
    if spec.vip is None:
        until(lambda: made.trace() == (set(), {"lo"}, [], []), f"nothing, but {made.trace()}")
        return
    mine = spec.vip.addresses if spec.pair is None else (*spec.vip.addresses, *spec.pair.own.addresses)
    namespace = f"qlbaas-{spec.id}"
    addresses = {f"{each.address}/{each.prefix_length}" for each in mine}
    until(lambda: there_of(namespace) == addresses, f"{addresses}, but {there_of(namespace)}")
    mac = spec.vip.mac_address if spec.pair is None else spec.pair.own.mac_address
    assert mac in ip("-n", namespace, "link", "show")


def there_of(namespace: str) -> set[str]:
    """Name the addresses in a namespace."""
    lines = ip("-n", namespace, "-o", "address", "show", "scope", "global").splitlines()
    return {line.split()[3] for line in lines}
