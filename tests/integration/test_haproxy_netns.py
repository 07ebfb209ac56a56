"""The driver on a real kernel with a real HAProxy: what a tenant and an operator see of it."""

import json
import os
import re
import socket
import subprocess
from pathlib import Path

import msgspec
import pytest
from balancers import (
    BRIDGE,
    CLIENT,
    MEMBERS,
    VIP,
    VIP6,
    WEB1,
    WEB2,
    bare,
    full,
    gone,
    id_of,
    member,
    monitor,
    other,
    vip,
)
from netns_host import LONGEST_S, Browser, Host, Web, alone, apply, host, inside, ip, once, pings, until

from openlbaas.desired.spec import AddressSpec, ListenerSpec, PersistenceSpec, RouteSpec
from openlbaas.domain.errors import ConfigRejected
from openlbaas.domain.vocabulary import MemberHealth


def webs(made: Host) -> tuple[Web, Web]:
    """Put two web servers and a client on the network."""
    made.neighbour("web1", BRIDGE, f"{WEB1}/24")
    made.neighbour("web2", BRIDGE, f"{WEB2}/24")
    made.neighbour("client", BRIDGE, f"{CLIENT}/24", "fd00:20::100/64")
    return Web("web1", "web1", WEB1), Web("web2", "web2", WEB2)


@alone
def test_a_vip_answers_ping_before_anything_listens(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, spec = made.driver(), bare()
        apply(driver, spec)
        assert made.namespaces() == {f"qlbaas-{spec.id}"}
        assert {BRIDGE, "tap20000001-00"} <= made.interfaces()
        link = json.loads(ip("-n", f"qlbaas-{spec.id}", "-j", "address", "show", "ns-20000001-00"))[0]
        assert link["address"] == "fa:16:3e:00:00:01"
        assert link["mtu"] == 1450
        assert [(a["local"], a["prefixlen"]) for a in link["addr_info"] if a["family"] == "inet"] == [(VIP, 24)]
        assert "default via 172.20.0.1" in ip("-n", f"qlbaas-{spec.id}", "route")
        made.neighbour("client", BRIDGE, f"{CLIENT}/24")
        assert pings("client", VIP)
        assert made.processes() == {}


@alone
def test_requests_alternate_and_carry_the_clients_address(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        web1, _ = webs(made)
        apply(driver, full())
        assert sorted(once("client", VIP) for _ in range(4)) == ["web1", "web1", "web2", "web2"]
        assert web1.requests[0]["x-forwarded-for"] == CLIENT


@alone
def test_haproxy_runs_as_nobody_from_its_first_instruction(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        spec = full()
        apply(made.driver(), spec)
        ((process, words),) = made.processes().items()
        folder = made.folder / "lbaas/v2" / spec.id
        assert words == ["haproxy", "-f", f"{folder}/haproxy.conf", "-p", f"{folder}/haproxy.pid"]
        status = Path(f"/proc/{process}/status").read_text()
        assert re.search(r"^Uid:\s+65534\s+65534\s+65534\s+65534$", status, re.MULTILINE)
        assert re.search(r"^Groups:\s*$", status, re.MULTILINE)
        assert re.search(r"^CapPrm:\s+0+$", status, re.MULTILINE)
        assert os.getsid(process) != os.getsid(0)
        assert Path(f"/proc/{process}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()
        assert (folder / "haproxy.pid").read_text() == f"{process}\n"
        apply(made.driver(), full(algorithm="SOURCE_IP", revision=3))
        assert ["-sf", str(process)] in [words[-2:] for words in made.processes().values()]


@alone
def test_another_agent_takes_over_without_touching_anything(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        spec = full()
        apply(made.driver(), spec)
        before = made.processes()
        second = made.driver()
        assert second.inventory() == {spec.id}
        assert second.recorded(spec.id) == spec
        assert second.plan(second.look(spec.id), spec) == ()
        assert made.processes() == before


@alone
def test_a_member_that_is_deleted_gets_no_request_any_more(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        _, web2 = webs(made)
        apply(driver, full())
        idle = [Browser("client", VIP) for _ in range(8)]
        for browser in idle:
            browser.get()
        served = len(web2.requests)
        apply(driver, full(members=MEMBERS[:1], revision=3))
        assert {browser.get() for browser in idle} == {"web1"}
        assert {once("client", VIP) for _ in range(8)} == {"web1"}
        assert len(web2.requests) == served


@alone
def test_what_runs_is_finished_and_nothing_fails_through_reloads(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        web1, web2 = webs(made)
        apply(driver, full())
        web1.hold.clear()
        web2.hold.clear()
        slow = Browser("client", VIP)
        slow._line.request("GET", "/slow")
        until(lambda: web1.requests or web2.requests, "the slow request")
        left = (MEMBERS[0],) if web2.requests else (MEMBERS[1],)
        apply(driver, full(members=left, algorithm="SOURCE_IP", revision=3))
        assert len(made.processes()) == 2
        web1.hold.set()
        web2.hold.set()
        assert slow._line.getresponse().read().decode() in ("web1", "web2")
        slow.close()
        until(lambda: driver.measure(full()).health and len(made.processes()) == 1, "the end of the replaced process")
        kept = Browser("client", VIP)
        for revision in range(4, 12):
            algorithm = ("ROUND_ROBIN", "SOURCE_IP")[revision % 2]
            members = MEMBERS if revision % 2 else MEMBERS[:1]
            apply(driver, full(members=members, algorithm=algorithm, revision=revision))
            assert kept.get() in ("web1", "web2")
            assert once("client", VIP) in ("web1", "web2")


@alone
def test_a_listener_that_is_deleted_listens_no_more_and_the_last_ends_haproxy(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, spec = made.driver(), full()
        more = ListenerSpec(id=id_of(3, 9), protocol="TCP", port=8080)
        apply(driver, other(spec, listeners=(*spec.listeners, more)))
        namespace = f"qlbaas-{spec.id}"
        assert ":8080" in ip_listening(namespace)
        apply(driver, spec)
        assert ":8080" not in ip_listening(namespace)
        assert ":80 " in ip_listening(namespace)
        apply(driver, other(spec, listeners=(), revision=9))
        assert made.processes() == {}
        made.neighbour("client", BRIDGE, f"{CLIENT}/24")
        assert pings("client", VIP)
        assert not list((made.folder / "lbaas/v2" / spec.id).glob("haproxy*"))


def ip_listening(namespace: str) -> str:
    """Name what listens in a namespace."""
    words = ["ip", "netns", "exec", namespace, "ss", "-Hltn"]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


@alone
def test_switching_a_load_balancer_off_ends_haproxy_and_keeps_the_address(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, spec = made.driver(), full()
        apply(driver, spec)
        apply(driver, other(spec, admin_state_up=False))
        assert made.processes() == {}
        assert made.namespaces() == {f"qlbaas-{spec.id}"}
        apply(driver, other(spec, revision=5))
        assert len(made.processes()) == 1


@alone
def test_a_configuration_that_haproxy_refuses_leaves_the_old_one_serving(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, spec = made.driver(), full()
        apply(driver, bare())
        webs(made)
        apply(driver, spec)
        squatter = inside(f"qlbaas-{spec.id}", lambda: socket.create_server((VIP, 8080)))
        config = made.folder / "lbaas/v2" / spec.id / "haproxy.conf"
        good, before = config.read_text(), made.processes()
        more = ListenerSpec(id=id_of(3, 9), protocol="TCP", port=8080)
        pools = (msgspec.structs.replace(spec.pools[0], members=MEMBERS[:1]),)
        wanted = other(spec, listeners=(*spec.listeners, more), pools=pools)
        with pytest.raises(ConfigRejected, match="8080"):
            driver.do(wanted, driver.plan(driver.look(spec.id), wanted))
        assert config.read_text() == good
        assert made.processes() == before
        assert {once("client", VIP) for _ in range(4)} == {"web1", "web2"}
        assert driver.plan(driver.look(spec.id), spec)[1:] == ()
        squatter.close()
        apply(driver, wanted)
        assert {once("client", VIP) for _ in range(4)} == {"web1"}


@alone
def test_ipv6(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        both = vip(addresses=(AddressSpec(VIP, 24), AddressSpec(VIP6, 64)), gateways=("172.20.0.1", "fd00:20::1"))
        apply(driver, bare(vip=both))
        webs(made)
        made.neighbour("web6", BRIDGE, "fd00:20::6/64")
        Web("web6", "web6", "fd00:20::6")
        spec = full(members=(MEMBERS[0], member(3, "fd00:20::6")))
        apply(driver, other(spec, vip=both))
        assert pings("client", VIP6)
        assert {once("client", VIP6) for _ in range(4)} == {"web1", "web6"}
        assert "default via fd00:20::1" in ip("-n", f"qlbaas-{spec.id}", "-6", "route")


@alone
def test_the_neighbours_are_told_who_has_the_address(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        ip("link", "add", BRIDGE, "up", "type", "bridge")
        made.neighbour("client", BRIDGE, f"{CLIENT}/24", "fd00:20::100/64")
        heard = inside("client", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3)))
        heard.settimeout(LONGEST_S)
        both = (AddressSpec(VIP, 24), AddressSpec(VIP6, 64))
        apply(driver, bare(vip=vip(addresses=both)))
        own = socket.inet_aton(VIP)
        mac = bytes.fromhex("fa163e000001")
        wanted = {
            "request": lambda kind, said: kind == 0x0806 and said[6:24] == b"\0\1" + mac + own + said[18:24],
            "reply": lambda kind, said: kind == 0x0806 and said[6:18] == b"\0\2" + mac + own,
            "advertisement": lambda kind, said: (
                kind == 0x86DD and said[40] == 136 and said[48:64] == socket.inet_pton(socket.AF_INET6, VIP6)
            ),
        }
        while wanted:
            said, (_, kind, *_) = heard.recvfrom(2048)
            wanted = {name: right for name, right in wanted.items() if not right(kind, said)}


@alone
def test_routes_follow_the_subnet(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, spec = made.driver(), bare()
        routes = (RouteSpec("10.9.0.0/16", "172.20.0.3"), RouteSpec("0.0.0.0/0", "172.20.0.2"))
        apply(driver, other(spec, vip=vip(gateways=(), routes=routes)))
        shown = ip("-n", f"qlbaas-{spec.id}", "route")
        assert "default via 172.20.0.2" in shown
        assert "10.9.0.0/16 via 172.20.0.3" in shown
        apply(driver, other(spec, vip=vip(routes=routes[:1]), revision=5))
        assert "default via 172.20.0.1" in ip("-n", f"qlbaas-{spec.id}", "route")
        apply(driver, other(spec, vip=vip(gateways=()), revision=6))
        assert "via" not in ip("-n", f"qlbaas-{spec.id}", "route")


@alone
def test_health_is_measured_and_lives_through_a_reload(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        _, web2 = webs(made)
        spec = full(health_monitor=monitor())
        apply(driver, spec)
        one, two = (m.id for m in MEMBERS)
        until(lambda: driver.measure(spec).health == {one: MemberHealth.UP, two: MemberHealth.UP}, "both up")
        web2.health = 500
        until(lambda: driver.measure(spec).health == {one: MemberHealth.UP, two: MemberHealth.DOWN}, "one down")
        assert {once("client", VIP) for _ in range(6)} == {"web1"}
        served = len(web2.requests)
        slower = full(health_monitor=monitor(timeout_s=2), revision=3)
        apply(driver, slower)
        assert driver.measure(slower).health == {one: MemberHealth.UP, two: MemberHealth.DOWN}
        assert {once("client", VIP) for _ in range(6)} == {"web1"}
        assert len(web2.requests) == served
        unwatched = full(revision=4)
        apply(driver, unwatched)
        assert driver.measure(unwatched).health == {one: MemberHealth.UNCHECKED, two: MemberHealth.UNCHECKED}
        assert {once("client", VIP) for _ in range(6)} == {"web1", "web2"}
        apply(driver, full(health_monitor=monitor(), revision=5))
        web2.health = 200
        until(lambda: driver.measure(spec).health == {one: MemberHealth.UP, two: MemberHealth.UP}, "both up again")


@alone
def test_clients_stay_on_their_member(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        web1, web2 = webs(made)
        apply(driver, full(persistence=PersistenceSpec(type="SOURCE_IP")))
        assert len({once("client", VIP) for _ in range(6)}) == 1
        apply(driver, full(persistence=PersistenceSpec(type="HTTP_COOKIE"), revision=3))
        browser = Browser("client", VIP)
        first = browser.get()
        cookie = browser.cookies[0].split(";")[0]
        assert cookie.startswith("SRV=")
        assert {once("client", VIP, Cookie=cookie) for _ in range(6)} == {first}
        web1.headers["Set-Cookie"], web2.headers["Set-Cookie"] = "SESSION=one; path=/", "SESSION=two; path=/"
        apply(driver, full(persistence=PersistenceSpec(type="APP_COOKIE", cookie_name="SESSION"), revision=4))
        assert {once("client", VIP) for _ in range(2)} == {"web1", "web2"}
        assert {once("client", VIP, Cookie="SESSION=two") for _ in range(6)} == {"web2"}


def edit(config: Path) -> None:
    """Change one letter, and nothing else that anyone can change."""
    before = config.stat()
    with config.open("r+") as file:
        file.write("!")
    os.utime(config, ns=(before.st_atime_ns, before.st_mtime_ns))


@alone
def test_a_load_balancer_without_its_kernel_neighbours_is_put_right(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, spec = made.driver(), full()
        apply(driver, spec)
        namespace, config = f"qlbaas-{spec.id}", made.folder / "lbaas/v2" / spec.id / "haproxy.conf"
        accidents = {
            "haproxy dies": lambda: os.kill(next(iter(made.processes())), 9),
            "somebody takes the address": lambda: ip("-n", namespace, "address", "flush", "dev", "ns-20000001-00"),
            "somebody adds one": lambda: ip(
                "-n", namespace, "address", "add", "172.20.0.9/24", "dev", "ns-20000001-00"
            ),
            "the interface is down": lambda: ip("-n", namespace, "link", "set", "ns-20000001-00", "down"),
            "the tap is off its bridge": lambda: ip("link", "set", "tap20000001-00", "nomaster"),
            "the tap is down": lambda: ip("link", "set", "tap20000001-00", "down"),
            "the tap is gone": lambda: ip("link", "delete", "tap20000001-00"),
            "the bridge is gone": lambda: ip("link", "delete", BRIDGE),
            "the namespace lost its name": lambda: ip("netns", "delete", namespace),
            "the file was edited": lambda: config.write_text("nonsense\n"),
            "the file was edited in place, and given its time back": lambda: edit(config),
            "a route is gone": lambda: ip("-n", namespace, "route", "delete", "default"),
            "the process is another's": lambda: config.with_name("haproxy.pid").write_text("1\n"),
            "the file is gone": config.unlink,
            "the good file is gone": config.with_name("haproxy.conf.good").unlink,
            "the pid file is gone": config.with_name("haproxy.pid").unlink,
            "the socket is gone": config.with_name("haproxy_stats.sock").unlink,
            "the record is gone": config.with_name("applied.json").unlink,
            "the record is nonsense": lambda: config.with_name("applied.json").write_text("{"),
        }
        # Of all others it is known that the process runs what is wanted, where it is wanted.
        anew = ("haproxy", "the namespace", "the file", "the process", "the good file", "the pid file", "the socket")
        for accident, happens in accidents.items():
            before = made.processes().keys()
            until(lambda: driver.look(spec.id).record is driver.look(spec.id).record, "what is read to be remembered")
            happens()
            steps = until(lambda: driver.plan(driver.look(spec.id), spec), accident)
            driver.do(spec, steps)
            until(lambda: driver.plan(driver.look(spec.id), spec) == (), accident)
            assert until(lambda: len(made.processes()) == 1, accident)
            assert ":80 " in ip_listening(namespace), accident
            assert (made.processes().keys() == before) is not accident.startswith(anew), accident
        apply(driver, gone(spec))
        assert made.trace() == (set(), {"lo"}, [], [])
