"""Changes that the process which runs is told: no connection notices, and every one counts at once."""

import dataclasses
from pathlib import Path

import msgspec
import pytest
from balancers import BRIDGE, CLIENT, MEMBERS, VIP, WEB1, WEB2, bare, full, id_of, member, monitor
from netns_host import Browser, Host, Web, alone, apply, host, once, until

from openlbaas.desired.spec import ListenerSpec, PersistenceSpec, PolicySpec, RuleSpec, Spec
from openlbaas.domain.errors import ConfigRejected
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.haproxy_netns import control
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns
from openlbaas.haproxy.answers import servers_state

OFF = msgspec.structs.replace(MEMBERS[1], admin_state_up=False)
LIGHT = msgspec.structs.replace(MEMBERS[1], weight=0)
ALGORITHMS = ("ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP")
PERSISTENCE = {
    "none": None,
    "source": PersistenceSpec(type="SOURCE_IP"),
    "cookie": PersistenceSpec(type="HTTP_COOKIE"),
    "their cookie": PersistenceSpec(type="APP_COOKIE", cookie_name="SESSION"),
}


def begun(made: Host, spec: Spec) -> tuple[HaproxyNetns, Web, Web, int]:
    """Have a load balancer serve, with two web servers and a client; its process comes last."""
    driver = made.driver()
    apply(driver, bare())
    made.neighbour("web1", BRIDGE, f"{WEB1}/24")
    made.neighbour("web2", BRIDGE, f"{WEB2}/24")
    made.neighbour("client", BRIDGE, f"{CLIENT}/24")
    webs = Web("web1", "web1", WEB1), Web("web2", "web2", WEB2)
    apply(driver, spec)
    return driver, *webs, next(iter(made.processes()))


def stats(made: Host, command: str, spec: Spec) -> str:
    return control.ask(made.folder / "lbaas/v2" / spec.id / "haproxy_stats.sock", command)


def servers(made: Host, spec: Spec) -> dict[str, tuple[int, bool]]:
    """Name weight of each server in the process, and whether it is switched off."""
    return {state.name: (state.weight, state.off) for state in servers_state(stats(made, "show servers state", spec))}


@pytest.mark.parametrize("persistence", PERSISTENCE)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@alone
def test_members_change_and_the_process_stays(algorithm: str, persistence: str, tmp_path: Path) -> None:
    with host(tmp_path) as made:
        more = {"algorithm": algorithm, "persistence": PERSISTENCE[persistence], "health_monitor": monitor()}
        driver, _, web2, process = begun(made, full(members=MEMBERS[:1], **more))
        kept = Browser("client", VIP)
        for members in (
            MEMBERS,
            (MEMBERS[0], LIGHT),
            (MEMBERS[0], OFF),
            MEMBERS,
            MEMBERS[1:],
            MEMBERS[1:] + MEMBERS[:1],
        ):
            apply(driver, full(members=members, **more))
            assert kept.get() in ("web1", "web2")
            wanted = {each.id: (each.weight, not each.admin_state_up) for each in members}
            assert wanted.items() <= servers(made, full()).items()
        assert [*made.processes()] == [process]
        apply(driver, full(members=(OFF,), **more))
        served = len(web2.requests)
        assert kept.get_again() == once("client", VIP) == "503"
        assert len(web2.requests) == served


@alone
def test_a_pool_is_switched_as_the_process_runs(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, _, _, process = begun(made, full())
        for on in (False, True):
            apply(driver, full(admin_state_up=on))
            assert (once("client", VIP) != "503") is on
        assert [*made.processes()] == [process]


@alone
def test_a_member_that_does_not_answer_gets_nothing_until_it_does(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        dead = member(3, WEB2, 81)
        driver, _, _, _ = begun(made, full(members=MEMBERS[:1], health_monitor=monitor()))
        spec = full(members=(MEMBERS[0], MEMBERS[1], dead), health_monitor=monitor())
        apply(driver, spec)
        assert driver.measure(spec).health[dead.id] == MemberHealth.DOWN
        assert {once("client", VIP) for _ in range(4)} == {"web1", "web2"}
        Web("late", "web2", WEB2, 81)
        until(lambda: once("client", VIP) == "late", "the member's first request")


@alone
def test_what_a_member_carries_is_finished_when_it_goes(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, _, web2, process = begun(made, full(members=MEMBERS[1:]))
        slow = asking(web2)
        apply(driver, full(members=MEMBERS[:1]))
        assert {once("client", VIP) for _ in range(4)} == {"web1"}
        driver.measure(full())
        assert servers(made, full())[MEMBERS[1].id] == (1, True)
        web2.hold.set()
        assert slow._line.getresponse().read() == b"web2"
        slow.close()
        until(lambda: driver.measure(full()) and MEMBERS[1].id not in servers(made, full()), "the end of the member")
        assert [*made.processes()] == [process]


def asking(web: Web) -> Browser:
    """Have a request on its way that the web server keeps waiting."""
    web.hold.clear()
    before = len(web.requests)
    slow = Browser("client", VIP)
    slow._line.request("GET", "/slow")
    until(lambda: len(web.requests) > before, "the slow request")
    return slow


@alone
def test_a_member_that_comes_again_while_it_drains_serves_again(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, _, web2, process = begun(made, full(members=MEMBERS[1:]))
        slow = asking(web2)
        apply(driver, full(members=MEMBERS[:1]))
        heavy = msgspec.structs.replace(MEMBERS[1], weight=7)
        apply(driver, full(members=(MEMBERS[0], heavy)))
        assert servers(made, full())[heavy.id] == (7, False)
        assert [*made.processes()] == [process]
        web2.hold.set()
        assert slow._line.getresponse().read() == b"web2"
        assert "web2" in {once("client", VIP) for _ in range(8)}
        apply(driver, full(members=MEMBERS[:1]))
        # An agent that knows nothing of what drains gets there, too.
        apply(made.driver(), full(members=(MEMBERS[0], LIGHT)))
        assert servers(made, full()) == {MEMBERS[0].id: (1, False), LIGHT.id: (0, False)}


@pytest.mark.parametrize("stays", [False, True])
@alone
def test_a_drain_has_an_end_and_outlives_the_agent(tmp_path: Path, *, stays: bool) -> None:
    with host(tmp_path) as made:
        made.options = dataclasses.replace(made.options, drain_timeout_s=3600)
        driver, _, web2, process = begun(made, full(members=MEMBERS[1:]))
        slow = asking(web2)
        spec = full(members=(OFF, MEMBERS[0]) if stays else MEMBERS[:1])
        apply(driver, spec)
        driver.measure(spec)
        assert " fe=" in stats(made, "show sess", spec)
        made.options = dataclasses.replace(made.options, drain_timeout_s=0)
        second = made.driver()
        second.watch(spec.id)
        second.measure(spec)
        # What was cut had no answer yet and may be repeated, so another member answers.
        assert slow._line.getresponse().read() == b"web1"
        web2.hold.set()
        gone = {MEMBERS[0].id: (1, False)}
        wanted = gone | {OFF.id: (1, True)} if stays else gone
        until(lambda: second.measure(spec) and servers(made, spec) == wanted, "the end of the drain")
        assert [*made.processes()] == [process]


def listening(limit: int, value: str = "x", compare_type: str = "CONTAINS") -> Spec:
    """Limit a listener, and refuse what has a value in its path."""
    rule = RuleSpec(id=id_of(8, 1), type="PATH", compare_type=compare_type, value=value)
    policy = PolicySpec(id=id_of(7, 1), action="REJECT", rules=(rule,))
    first = msgspec.structs.replace(full().listeners[0], connection_limit=limit, policies=(policy,))
    second = ListenerSpec(id=id_of(3, 2), protocol="TCP", port=81, default_pool_id=first.default_pool_id)
    return msgspec.structs.replace(full(), listeners=(first, second))


def limits(made: Host) -> list[str]:
    """Name the limits of the frontends and of the process."""
    rows = [line.split(",") for line in stats(made, "show stat", full()).splitlines()]
    column = rows[0].index("slim")
    process = next(line for line in stats(made, "show info", full()).splitlines() if line.startswith("Maxconn: "))
    return [*(row[column] for row in rows if row[1:2] == ["FRONTEND"]), process.removeprefix("Maxconn: ")]


@alone
def test_limits_change_as_the_process_runs_as_far_as_it_has_room(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, _, _, process = begun(made, listening(500))
        assert limits(made) == ["500", "2500", "2500"]
        for limit in (100, 300, 500):
            apply(driver, listening(limit))
            assert limits(made) == [str(limit), str(limit + 2000), str(limit + 2000)]
        assert [*made.processes()] == [process]
        apply(driver, listening(3000))
        assert limits(made) == ["3000", "5000", "5000"]


@alone
def test_a_value_changes_as_the_process_runs_and_one_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, _, _, process = begun(made, listening(500))
        for value in ("y", "a;b", "-f", "@1", "a\\", "z"):
            apply(driver, listening(500, value))
            browser = Browser("client", VIP)
            assert browser.get(f"/{value}") == "403"
            assert browser.get("/x") != "403"
            browser.close()
        assert [*made.processes()] == [process]
        with pytest.raises(ConfigRejected, match="regex"):
            apply(driver, listening(500, "(", "REGEX"))
        assert once("client", VIP) in ("web1", "web2")
        assert [*made.processes()] == [process]
        apply(driver, listening(500, "<<"))
        assert [*made.processes()] != [process]


@alone
def test_a_process_that_does_not_do_as_it_is_told_is_replaced(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver, _, _, process = begun(made, full())
        stats(made, f"set server {id_of(4, 1)}/{MEMBERS[0].id} weight 9", full())
        apply(driver, full(members=MEMBERS[:1]))
        assert [*made.processes()] != [process]
        assert servers(made, full()) == {MEMBERS[0].id: (1, False)}
