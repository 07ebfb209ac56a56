"""An agent against a control plane behind a real socket, with load balancers in memory."""

import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from scene import Server, Twin, a_spec, agent, balancer, delete, delete_pool, member, serving, status, until

from openlbaas.desired.spec import Spec
from openlbaas.domain.agents import DeleteAgent
from openlbaas.domain.errors import HostFault, NoHost
from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.selection import Selection
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.recording import Put, Remove
from openlbaas.operations import agents
from world import ADMIN, World, world

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def lab(tmp_path: Path) -> World:
    return world(tmp_path)


@pytest.fixture
def server(lab: World) -> Iterator[Server]:
    with serving(lab) as made:
        yield made


def until_status(lab: World, load_balancer_id: str, wanted: Provisioning) -> None:
    until(lambda: status(lab, load_balancer_id) is wanted, f"{wanted}")


def registered(server: Server) -> None:
    until(lambda: server.told.reports, "the first report")


def kinds(driver: Twin) -> list[type]:
    return [type(step) for _, step in driver.done]


def test_from_create_to_delete(lab: World, server: Server) -> None:
    driver = Twin()
    with agent(driver, server.url):
        registered(server)
        lb = balancer(lab)
        until_status(lab, lb, Provisioning.ACTIVE)
        pool_id, member_id = member(lab, lb)
        until_status(lab, lb, Provisioning.ACTIVE)
        assert len(driver.running[lb].pools) == 1
        delete_pool(lab, pool_id, member_id)
        delete(lab, lb)
        until_status(lab, lb, Provisioning.GONE)
    assert driver.running == {}
    assert kinds(driver)[0] is Put
    assert kinds(driver)[-1] is Remove


def test_the_first_report_says_that_the_agent_started_and_only_the_first(lab: World, server: Server) -> None:
    with agent(Twin(), server.url):
        registered(server)
        lb = balancer(lab)
        until_status(lab, lb, Provisioning.ACTIVE)
    assert server.told.reports[0].started
    assert [told.started for told in server.told.reports if told.outcomes] == [False]
    assert server.told.reports[-1].instances == 1


def test_a_server_that_is_away_takes_nothing_away() -> None:
    driver = Twin(running={"running": a_spec("running")})
    with agent(driver, NOWHERE):
        until(lambda: "running" in driver.processes, "the watch")
    assert driver.done == []
    assert "running" in driver.running


def test_what_runs_is_raised_again_even_without_a_server() -> None:
    driver = Twin(running={"running": a_spec("running")})
    with agent(driver, NOWHERE):
        until(lambda: "running" in driver.processes, "the watch")
        driver.die("running")
        until(lambda: "running" in driver.running, "the process")


def test_a_server_that_goes_and_comes_back(lab: World, server: Server) -> None:
    driver = Twin()
    with agent(driver, server.url):
        registered(server)
        first = balancer(lab)
        until_status(lab, first, Provisioning.ACTIVE)
        server.end()
        second = balancer(lab, "while away")
        with serving(lab, server.server_address[1]) as back:
            until_status(lab, second, Provisioning.ACTIVE)
            # It knew where it was: nothing had to be told twice.
            assert back.told.feeds[0] > 0
    assert set(driver.running) == {first, second}
    assert kinds(driver) == [Put, Put]


def test_the_next_server_in_the_list_is_asked(lab: World, server: Server) -> None:
    with agent(Twin(), NOWHERE, server.url):
        registered(server)
        lb = balancer(lab)
        until_status(lab, lb, Provisioning.ACTIVE)


def test_a_full_answer_removes_strangers(lab: World, server: Server) -> None:
    lab.host()
    driver = Twin(running={"stranger": a_spec("stranger", 7)})
    lb = balancer(lab)
    with agent(driver, server.url):
        until_status(lab, lb, Provisioning.ACTIVE)
        until(lambda: "stranger" not in driver.running, "the removal")
    told = {outcome.load_balancer_id for one in server.told.reports for outcome in one.outcomes}
    assert told == {lb}


def test_a_refusal_is_told_with_its_reason_and_healed_by_trying_again(lab: World, server: Server) -> None:
    driver = Twin()
    with agent(driver, server.url):
        registered(server)
        lb = balancer(lab)
        until_status(lab, lb, Provisioning.ACTIVE)
        driver.faults[lb] = HostFault("no room")
        member(lab, lb)
        until_status(lab, lb, Provisioning.ERROR)
        assert "no room" in {outcome.reason for told in server.told.reports for outcome in told.outcomes}
        driver.faults.clear()
        until_status(lab, lb, Provisioning.ACTIVE)


def test_an_error_of_the_driver_itself_is_told_and_survived(lab: World, server: Server) -> None:
    class Broken(Twin):
        def plan(self, seen: Spec | None, spec: Spec) -> tuple[Put | Remove, ...]:
            if not self.health:
                raise ZeroDivisionError
            return super().plan(seen, spec)

    driver = Broken()
    with agent(driver, server.url):
        registered(server)
        lb = balancer(lab)
        until_status(lab, lb, Provisioning.ERROR)
        reasons = {outcome.reason for told in server.told.reports for outcome in told.outcomes}
        assert reasons == {"internal error on host host1: see the agent's log"}
        driver.health["any"] = {}
        until_status(lab, lb, Provisioning.ACTIVE)


def test_a_spec_for_another_driver_is_refused(lab: World, server: Server) -> None:
    driver = Twin()
    with agent(driver, server.url):
        registered(server)
        driver.name = "other"
        lb = balancer(lab)
        until_status(lab, lb, Provisioning.ERROR)
    reasons = [outcome.reason for told in server.told.reports for outcome in told.outcomes]
    assert reasons == ["host host1 has no driver haproxy_ns"]


def test_a_process_that_ends_is_started_again(lab: World, server: Server) -> None:
    driver = Twin()
    with agent(driver, server.url):
        registered(server)
        lb = balancer(lab)
        until_status(lab, lb, Provisioning.ACTIVE)
        until(lambda: lb in driver.processes, "the watch")
        driver.die(lb)
        until(lambda: lb in driver.running, "the process")
        until(lambda: (lb,) in [told.died for told in server.told.reports], "word of its end")


def test_what_is_wrong_without_anybody_noticing_is_found_by_looking(lab: World, server: Server) -> None:
    driver = Twin()
    with agent(driver, server.url, heal_interval_s=0.05):
        registered(server)
        lb = balancer(lab)
        until_status(lab, lb, Provisioning.ACTIVE)
        del driver.running[lb]
        until(lambda: lb in driver.running, "the repair")
    # An agent that looks every few milliseconds says the same thing once.
    assert len([outcome for told in server.told.reports for outcome in told.outcomes]) == 1


def test_what_a_server_did_not_take_in_is_said_again(lab: World, server: Server) -> None:
    with agent(Twin(), server.url):
        registered(server)
        server.told.failing = 2
        lb = balancer(lab)
        until_status(lab, lb, Provisioning.ACTIVE)
    assert len([outcome for told in server.told.reports for outcome in told.outcomes]) == 1


def test_a_restart_adopts_what_runs_and_does_nothing(lab: World, server: Server) -> None:
    driver = Twin()
    with agent(driver, server.url):
        registered(server)
        lbs = [balancer(lab, f"lb{number}") for number in range(5)]
        for lb in lbs:
            until_status(lab, lb, Provisioning.ACTIVE)
    driver.done.clear()
    server.told.reports.clear()
    with agent(driver, server.url):
        until(lambda: {o.load_balancer_id for told in server.told.reports for o in told.outcomes} == set(lbs))
    assert driver.done == []
    assert server.told.reports[0].started


def test_the_health_of_members_is_told_when_it_changes(lab: World, server: Server) -> None:
    driver = Twin()
    with agent(driver, server.url):
        registered(server)
        lb = balancer(lab)
        _, member_id = member(lab, lb)
        until_status(lab, lb, Provisioning.ACTIVE)
        for health in (MemberHealth.UP, MemberHealth.DOWN, MemberHealth.UP):
            driver.health[lb] = {member_id: health}
            until(partial(seen_last, server, lb, {member_id: health.value}), "the health")
    assert len([told for told in server.told.reports if told.members]) == 3


def seen_last(server: Server, load_balancer_id: str, wanted: dict[str, str]) -> bool:
    """Tell whether this is the health that was told last."""
    told = [one.members[load_balancer_id] for one in server.told.reports if load_balancer_id in one.members]
    return told[-1:] == [wanted]


def test_a_host_with_nothing_to_say_says_so_again_and_again(server: Server) -> None:
    with agent(Twin(), server.url, report_interval_s=0.01):
        until(lambda: len(server.told.reports) > 5, "heartbeats")
    assert not any(told.outcomes or told.members for told in server.told.reports)


class Slow(Twin):
    """The twin, whose every step takes until the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.may_end = threading.Event(), threading.Event()

    def do(self, spec: Spec, steps: Sequence[Any]) -> None:
        """Remember, later."""
        self.began.set()
        self.may_end.wait()
        super().do(spec, steps)


def test_a_host_that_is_busy_with_a_slow_step_is_heard_all_the_same(lab: World, server: Server) -> None:
    driver = Slow()
    with agent(driver, server.url, report_interval_s=0.01, workers=1):
        registered(server)
        lb = balancer(lab)
        assert driver.began.wait(10)
        before = len(server.told.reports)
        until(lambda: len(server.told.reports) > before + 5, "heartbeats")
        assert not any(told.outcomes for told in server.told.reports)
        driver.may_end.set()
        until_status(lab, lb, Provisioning.ACTIVE)


def test_a_host_that_was_forgotten_begins_anew(lab: World, server: Server) -> None:
    driver = Twin()
    with agent(driver, server.url, report_interval_s=0.05):
        registered(server)
        agent_id = forget_host(lab)
        server.wake()
        until(lambda: 0 in server.told.feeds[1:], "asking for everything")
        lb = balancer_when_possible(lab)
        until_status(lab, lb, Provisioning.ACTIVE)
    assert agent_id not in {told.host for told in server.told.reports}


def forget_host(lab: World) -> str:
    """Delete the agent of the host, as an administrator may."""
    (shown,) = agents.select(lab.services, ADMIN, Selection())
    agents.change(lab.services, ADMIN, DeleteAgent(shown.object.id))
    return shown.object.id


def balancer_when_possible(lab: World) -> str:
    """Make a load balancer as soon as a host is there."""

    made: list[str] = []

    def tried() -> bool:
        try:
            made.append(balancer(lab))
        except NoHost:
            return False
        return True

    until(tried, "a host")
    return made[0]
