"""Members that are pinged, on a real kernel with a real HAProxy: who gets requests, and what is left behind."""

import os
import signal
import socket
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec
from balancers import BRIDGE, CLIENT, MEMBERS, VIP, VIP6, WEB1, WEB2, bare, full, gone, member, monitor, vip
from netns_host import Host, Web, alone, apply, host, ip, once, until

from openlbaas.desired.spec import AddressSpec, HealthMonitorSpec, MemberSpec, Spec
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.haproxy_netns.control import ask
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns

UP, DOWN = MemberHealth.UP, MemberHealth.DOWN
ONE, TWO = MEMBERS[0].id, MEMBERS[1].id
MEMBER_6 = "fd00:20::12"


def ping(**more: int) -> HealthMonitorSpec:
    """Make a monitor that pings."""
    return monitor(type="PING", **more)


def webs(made: Host) -> tuple[Web, Web]:
    """Put two web servers and a client on the network."""
    made.neighbour("web1", BRIDGE, f"{WEB1}/24", f"{MEMBER_6}/64")
    made.neighbour("web2", BRIDGE, f"{WEB2}/24")
    made.neighbour("client", BRIDGE, f"{CLIENT}/24")
    return Web("web1", "web1", WEB1), Web("web2", "web2", WEB2)


def answering(name: str, *, yes: bool) -> None:
    """Let a machine answer pings or not, whatever else it answers."""
    made = f"/proc/{os.getpid()}/root/proc/sys/net/ipv4/icmp_echo_ignore_all"
    ip("netns", "exec", name, "sh", "-c", f"echo {0 if yes else 1} > {made.partition('root')[2]}")


def measured(driver: HaproxyNetns, spec: Spec, **wanted: MemberHealth) -> bool:
    """Tell whether the first members are as wanted."""
    seen = driver.measure(spec).health
    return [seen.get(each.id) for each in spec.pools[0].members[: len(wanted)]] == list(wanted.values())


def asked(times: int = 6) -> set[str]:
    """Ask several times and name who answered."""
    return {once("client", VIP) for _ in range(times)}


def alone_answers(name: str) -> None:
    """See that one web server gets every request, from the moment that HAProxy is told."""
    until(lambda: asked() == {name}, f"requests to {name} alone")
    assert asked() == {name}


def started(made: Host, driver: HaproxyNetns, **pool: HealthMonitorSpec | Iterable[MemberSpec]) -> Spec:
    """Have a load balancer whose members are pinged, with everything known about them."""
    spec = full(**{"health_monitor": ping(), **pool})
    apply(driver, spec)
    until(lambda: measured(driver, spec, one=UP, two=UP), "two members that are up")
    assert made.processes()
    return spec


@alone
def test_a_member_that_answers_no_ping_gets_no_request_until_it_answers_again(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        webs(made)
        spec = started(made, driver)
        assert asked() == {"web1", "web2"}
        answering("web2", yes=False)
        until(lambda: measured(driver, spec, one=UP, two=DOWN), "a member that is down")
        alone_answers("web1")
        answering("web2", yes=True)
        until(lambda: measured(driver, spec, one=UP, two=UP), "two members that are up")
        until(lambda: asked() == {"web1", "web2"}, "answers of both")


@alone
def test_a_member_whose_port_is_closed_but_whose_machine_answers_is_up(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        webs(made)
        spec = full(members=(MEMBERS[0], member(2, WEB2, port=81)), health_monitor=ping())
        apply(driver, spec)
        until(lambda: measured(driver, spec, one=UP, two=UP), "two members that are up")


@alone
def test_a_machine_that_is_gone_is_noticed_and_so_is_its_return(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        webs(made)
        spec = started(made, driver)
        ip("link", "set", "v-web1", "down")
        until(lambda: measured(driver, spec, one=DOWN, two=UP), "a member that is down")
        alone_answers("web2")
        ip("link", "set", "v-web1", "up")
        until(lambda: measured(driver, spec, one=UP, two=UP), "its return")


@alone
def test_a_new_member_that_is_dead_is_found_out_with_the_first_ping(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        webs(made)
        spec = full(members=(MEMBERS[0], member(2, "172.20.0.99")), health_monitor=ping(fall=10, rise=10))
        apply(driver, spec)
        until(lambda: measured(driver, spec, one=UP, two=DOWN), "a member that is down")
        alone_answers("web1")


@alone
def test_members_with_addresses_of_ipv6_are_pinged_as_well(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare(vip=vip(addresses=(AddressSpec(VIP, 24), AddressSpec(VIP6, 64)))))
        webs(made)
        Web("web6", "web1", MEMBER_6)
        spec = full(members=(member(1, MEMBER_6), member(2, "fd00:20::99")), health_monitor=ping())
        spec = msgspec.structs.replace(spec, vip=vip(addresses=(AddressSpec(VIP, 24), AddressSpec(VIP6, 64))))
        apply(driver, spec)
        until(lambda: measured(driver, spec, one=UP, two=DOWN), "one that is up and one that is down")
        alone_answers("web6")
        ip("link", "set", "v-web1", "down")
        until(lambda: measured(driver, spec, one=DOWN), "a member that is down")


@alone
def test_a_reload_and_a_death_of_haproxy_leave_a_dead_member_without_requests(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        _, web2 = webs(made)
        spec = started(made, driver)
        answering("web2", yes=False)
        until(lambda: measured(driver, spec, one=UP, two=DOWN), "a member that is down")
        alone_answers("web1")
        web2.requests.clear()
        more = (*MEMBERS, member(3, WEB1, port=81))
        reloaded = full(members=more, algorithm="SOURCE_IP", revision=3, health_monitor=ping())
        apply(driver, reloaded)
        assert asked(20) <= {"web1", "503"}
        apply(driver, full(revision=4, health_monitor=ping()))
        (process,) = (number for number, words in made.processes().items() if "-x" in words)
        os.kill(process, signal.SIGKILL)
        until(lambda: process not in made.processes(), "its end")
        apply(driver, full(revision=4, health_monitor=ping()))
        assert asked(20) == {"web1"}
        assert web2.requests == []


@alone
def test_while_no_agent_runs_the_last_state_stays_and_the_next_begins_with_it(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        webs(made)
        spec = started(made, driver)
        answering("web2", yes=False)
        until(lambda: measured(driver, spec, one=UP, two=DOWN), "a member that is down")
        alone_answers("web1")
        driver._host.pinging.leave(spec.id)
        assert asked() == {"web1"}
        # Whatever the next one finds out takes it ten pings: until then it knows what the one before knew.
        patient = full(revision=3, health_monitor=ping(fall=10, rise=10))
        apply(driver, patient)
        driver._host.pinging.leave(spec.id)
        answering("web1", yes=False)
        answering("web2", yes=True)
        following = made.driver()
        descriptor = following.watch(spec.id)
        assert descriptor is not None
        os.close(descriptor)
        assert measured(following, patient, one=UP, two=DOWN)
        assert asked() == {"web1"}


@alone
def test_nothing_is_left_of_a_monitor_or_a_load_balancer_that_is_removed(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        webs(made)
        before = made.trace()
        spec = started(made, driver)
        answering("web2", yes=False)
        until(lambda: measured(driver, spec, one=UP, two=DOWN), "a member that is down")
        assert pinging_sockets() == 1
        apply(driver, full(revision=3))
        assert pinging_sockets() == 0
        assert asked() == {"web1", "web2"}
        assert driver.measure(full(revision=3)).health == {ONE: MemberHealth.UNCHECKED, TWO: MemberHealth.UNCHECKED}
        apply(driver, full(revision=4, health_monitor=ping()))
        assert pinging_sockets() == 1
        apply(driver, gone(spec))
        assert pinging_sockets() == 0
        assert made.trace()[0] == before[0] - {f"qlbaas-{spec.id}"}
        until(lambda: not any("tap" in name for name in made.interfaces()), "the end of the namespace")


@alone
def test_a_namespace_that_was_lost_is_pinged_from_when_it_is_there_again(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        webs(made)
        spec = started(made, driver)
        ip("netns", "delete", f"qlbaas-{spec.id}")
        apply(driver, spec)
        answering("web2", yes=False)
        until(lambda: measured(driver, spec, one=UP, two=DOWN), "a member that is down")
        assert pinging_sockets() == 1


@alone
def test_what_haproxy_did_not_hear_or_forgot_is_said_again(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        webs(made)
        spec = started(made, driver)
        answering("web2", yes=False)
        until(lambda: measured(driver, spec, one=UP, two=DOWN), "a member that is down")
        where = made.folder / "lbaas/v2" / spec.id / "haproxy_stats.sock"
        ask(where, f"set server {spec.pools[0].id}/{TWO} health up")
        until(lambda: driver.measure(spec).health and asked() == {"web1"}, "requests to the living alone")


@alone
def test_whoever_wants_to_know_is_told_at_once(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        told: list[str] = []
        driver = made.driver()
        driver.notify(told.append)
        apply(driver, bare())
        webs(made)
        spec = full(health_monitor=ping())
        apply(driver, spec)
        until(lambda: measured(driver, spec, one=UP, two=UP), "two members that are up")
        before = until(lambda: tuple(told), "news of them")
        assert set(before) == {spec.id}
        answering("web2", yes=False)
        until(lambda: measured(driver, spec, one=UP, two=DOWN), "a member that is down")
        until(lambda: len(told) > len(before), "news of it")


@alone
def test_two_hundred_members_need_two_threads_and_one_socket(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        wide = vip(addresses=(AddressSpec(VIP, 16),))
        driver = made.driver()
        apply(driver, bare(vip=wide))
        webs(made)
        ip("-n", "web1", "address", "add", "172.20.1.250/16", "dev", "eth0")
        for number in range(1, 201):
            ip("-n", "web1", "address", "add", f"172.20.1.{number}/32", "dev", "eth0")
        members = tuple(member(number, f"172.20.1.{number}") for number in range(1, 201))
        spec = msgspec.structs.replace(full(members=members, health_monitor=ping(fall=2)), vip=wide)
        threads = threading.active_count()
        apply(driver, spec)
        until(lambda: [*driver.measure(spec).health.values()].count(UP) == 200, "two hundred members that are up")
        assert threading.active_count() <= threads + 2
        assert pinging_sockets() == 1
        ip("link", "set", "v-web1", "down")
        until(lambda: [*driver.measure(spec).health.values()].count(DOWN) == 200, "two hundred members that are down")
        ip("link", "set", "v-web1", "up")
        until(lambda: [*driver.measure(spec).health.values()].count(UP) == 200, "two hundred members that are up again")


def pinging_sockets() -> int:
    """Count the sockets of this process that ping."""
    found = 0
    for entry in tuple(Path("/proc/self/fd").iterdir()):
        try:
            if str(entry.readlink()).startswith("socket:"):
                with socket.socket(fileno=os.dup(int(entry.name))) as opened:
                    found += opened.proto in (socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6)
        except OSError:  # Another thread closed it meanwhile.
            continue
    return found
