"""The driver interrupted anywhere, in a hurry, and many times over: what is left is what was asked for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
from balancers import BRIDGE, CLIENT, MEMBERS, NETWORK, VIP, bare, full, gone, id_of, monitor, other, vip
from netns_host import Browser, Host, Web, alone, apply, host, ip, once, until

from openlbaas.desired.spec import AddressSpec, ListenerSpec, NetworkSpec, Spec

OTHER_NETWORK = "5d6f2e30-5a5b-4a5c-8a5d-222222222222"
MORE = ListenerSpec(id=id_of(3, 9), protocol="TCP", port=8080)
MOVED = vip(
    addresses=(AddressSpec("172.20.0.9", 24), AddressSpec("fd00:20::9", 64)),
    gateways=("172.20.0.254",),
    mac_address="fa:16:3e:00:00:99",
    network=NetworkSpec(id=NETWORK, mtu=1400),
)
ELSEWHERE = vip(port_id=id_of(2, 8), network=NetworkSpec(id=OTHER_NETWORK, mtu=1500))
CHANGES: dict[str, tuple[Spec | None, Spec]] = {
    "create bare": (None, bare()),
    "create whole": (None, full(health_monitor=monitor())),
    "first listener": (bare(), full()),
    "one member less": (full(), full(members=MEMBERS[:1], revision=3)),
    "one member less and another algorithm": (full(), full(members=MEMBERS[:1], algorithm="SOURCE_IP", revision=3)),
    "one listener more": (full(), other(full(), listeners=(*full().listeners, MORE))),
    "last listener": (full(), other(full(), listeners=())),
    "switched off": (full(), other(full(), admin_state_up=False)),
    "another address": (full(), other(full(), vip=MOVED)),
    "another network": (full(), other(full(), vip=ELSEWHERE)),
    "delete bare": (bare(), gone(bare())),
    "delete whole": (full(), gone(full())),
    "delete what was never there": (None, gone(full())),
}


def answers_as(made: Host, spec: Spec) -> None:
    """See that what is there is what a spec says, by the kernel's word and not by the driver's."""
    serving = [listener.port for listener in spec.listeners] if spec.present and spec.admin_state_up else []
    until(lambda: len(made.processes()) == bool(serving), "the right number of processes")
    if not spec.present or spec.vip is None:
        until(lambda: made.trace() == (set(), {"lo"}, [], []), f"nothing, but {made.trace()}")
        return
    namespace, link = f"qlbaas-{spec.id}", f"ns-{spec.vip.port_id[:11]}"
    taps = {f"tap{spec.vip.port_id[:11]}", f"brq{spec.vip.network.id[:11]}", "lo"}
    until(lambda: made.interfaces() == taps, f"{taps}, but {made.interfaces()}")
    assert made.namespaces() == {namespace}
    shown = ip("-n", namespace, "address", "show", "dev", link)
    assert f"mtu {spec.vip.network.mtu}" in shown
    assert spec.vip.mac_address in shown
    for address in spec.vip.addresses:
        assert f" {address.address}/{address.prefix_length} " in shown
    assert shown.count("scope global") == len(spec.vip.addresses)
    for gateway in spec.vip.gateways:
        assert f"default via {gateway} " in ip("-n", namespace, "route") + ip("-n", namespace, "-6", "route")
    listening = Path(f"/proc/{next(iter(made.processes()))}/net/tcp").read_text() if serving else ""
    ports = {int(line.split()[1].split(":")[1], 16) for line in listening.splitlines()[1:] if line.split()[3] == "0A"}
    assert ports == set(serving)


@pytest.mark.parametrize("change", CHANGES)
@alone
def test_an_end_between_any_two_steps_is_repaired_by_the_next_look(change: str, tmp_path: Path) -> None:
    before, after = CHANGES[change]
    start = before if before is not None else gone(after)
    with host(tmp_path) as made:
        steps = after_start(made, start, after)
        for stop in range(len(steps) + 1):
            driver = made.driver()
            apply(driver, start)
            same = driver.plan(driver.look(after.id), after)
            assert [type(step) for step in same] == [type(step) for step in steps]
            driver.do(after, same[:stop])
            apply(made.driver(), after)
            answers_as(made, after)
            apply(made.driver(), gone(after))
            until(lambda: made.trace() == (set(), {"lo"}, [], []), f"nothing, but {made.trace()}")


@pytest.mark.parametrize("change", CHANGES)
@alone
def test_an_end_between_any_two_steps_does_not_hinder_a_change_of_mind(change: str, tmp_path: Path) -> None:
    before, after = CHANGES[change]
    start = before if before is not None else gone(after)
    with host(tmp_path) as made:
        steps = after_start(made, start, after)
        for stop in range(len(steps) + 1):
            driver = made.driver()
            apply(driver, start)
            driver.do(after, driver.plan(driver.look(after.id), after)[:stop])
            apply(made.driver(), start)
            answers_as(made, start)
            apply(made.driver(), gone(after))
            until(lambda: made.trace() == (set(), {"lo"}, [], []), f"nothing, but {made.trace()}")


def after_start(made: Host, start: Spec, after: Spec) -> tuple[object, ...]:
    driver = made.driver()
    apply(driver, start)
    steps = driver.plan(driver.look(after.id), after)
    apply(driver, gone(after))
    return tuple(steps)


@alone
def test_many_at_once_come_and_go_without_a_trace(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        networks = (NetworkSpec(id=OTHER_NETWORK), NetworkSpec(id=NETWORK))
        specs = [
            other(full(n), vip=vip(n, address=f"172.20.0.{n + 10}", network=networks[n % 2]), revision=3)
            for n in range(1, 17)
        ]
        for _ in range(3):
            with ThreadPoolExecutor(4) as workers:
                list(workers.map(lambda spec: apply(driver, spec), specs))
            assert len(made.processes()) == len(made.namespaces()) == len(specs)
            assert driver.inventory() == {spec.id for spec in specs}
            with ThreadPoolExecutor(4) as workers:
                list(workers.map(lambda spec: apply(driver, gone(spec)), specs))
            until(lambda: made.trace() == (set(), {"lo"}, [], []), f"nothing, but {made.trace()}")


@alone
def test_creates_and_deletes_crossing_on_one_network_never_lose_their_bridge(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()

        def comes_and_goes(number: int) -> None:
            spec = bare(number)
            for _ in range(6):
                apply(driver, spec)
                apply(driver, gone(spec))

        with ThreadPoolExecutor(4) as workers:
            list(workers.map(comes_and_goes, range(1, 5)))
        until(lambda: made.trace() == (set(), {"lo"}, [], []), f"nothing, but {made.trace()}")


@alone
def test_a_bridge_of_others_stays_and_so_does_ours_while_others_are_on_it(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        ip("link", "add", BRIDGE, "type", "bridge")
        apply(driver, bare())
        apply(driver, gone(bare()))
        assert made.interfaces() == {"lo", BRIDGE}
        ip("link", "delete", BRIDGE)
        apply(driver, bare())
        made.neighbour("client", BRIDGE, f"{CLIENT}/24")
        apply(driver, gone(bare()))
        assert BRIDGE in made.interfaces()


@alone
def test_a_delete_ends_processes_that_still_finish_something(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        made.neighbour("web1", BRIDGE, "172.20.0.12/24")
        made.neighbour("client", BRIDGE, f"{CLIENT}/24")
        web = Web("web1", "web1", "172.20.0.12")
        web.hold.clear()
        apply(driver, full(members=MEMBERS[:1]))
        slow = Browser("client", VIP)
        slow._line.request("GET", "/")
        until(lambda: web.requests, "the request")
        apply(driver, full(members=MEMBERS, algorithm="SOURCE_IP", revision=3))
        assert len(made.processes()) == 2
        apply(made.driver(), gone(full()))
        assert made.processes() == {}
        web.hold.set()
        made.clear()
        assert made.namespaces() == set()


@alone
def test_no_request_reaches_a_deleted_member_however_many_changes_came_before(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        for number, address in ((1, "172.20.0.12"), (2, "172.20.0.6")):
            made.neighbour(f"web{number}", BRIDGE, f"{address}/24")
        made.neighbour("client", BRIDGE, f"{CLIENT}/24")
        Web("web1", "web1", "172.20.0.12")
        web2 = Web("web2", "web2", "172.20.0.6")
        apply(driver, full())
        idle = [Browser("client", VIP) for _ in range(6)]
        for browser in idle:
            browser.get()
        heavier = tuple(msgspec.structs.replace(member, weight=5) for member in MEMBERS)
        apply(driver, full(members=heavier, algorithm="LEAST_CONNECTIONS", revision=3))
        served = len(web2.requests)
        apply(driver, full(members=heavier[:1], algorithm="LEAST_CONNECTIONS", revision=4))
        assert {browser.get_again() for browser in idle} == {"web1"}
        assert once("client", VIP) == "web1"
        assert len(web2.requests) == served


@alone
def test_keepalive_clients_never_fail_through_changes(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        made.neighbour("web1", BRIDGE, "172.20.0.12/24")
        made.neighbour("client", BRIDGE, f"{CLIENT}/24")
        Web("web1", "web1", "172.20.0.12")
        apply(driver, full(members=MEMBERS[:1]))
        ending: list[bool] = []

        def ask() -> int:
            count = 0
            browser = Browser("client", VIP)
            while not ending:
                assert browser.get() == "web1"
                count += 1
            return count

        with ThreadPoolExecutor(4) as workers:
            asking = [workers.submit(ask) for _ in range(4)]
            changes: list[Callable[[], object]] = [
                lambda r=r: apply(
                    driver, full(members=MEMBERS[:1], revision=r, algorithm=("ROUND_ROBIN", "SOURCE_IP")[r % 2])
                )  # type: ignore[misc]
                for r in range(3, 13)
            ]
            for change in changes:
                change()
            ending.append(True)
            assert sum(each.result() for each in asking) > 0
