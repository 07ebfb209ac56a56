"""What is noted of what happens to a load balancer."""

from pathlib import Path

import pytest

from openlbaas.dialects.host_v1 import Report
from openlbaas.domain import commands as c
from openlbaas.domain.selection import Selection
from openlbaas.domain.views import LoadBalancerView, PoolView
from openlbaas.domain.vocabulary import Algorithm, Protocol
from openlbaas.operations import change, events, report
from world import ADMIN, TENANT, World, world


@pytest.fixture
def lab(tmp_path: Path) -> World:
    return world(tmp_path)


@pytest.fixture
def load_balancer_id(lab: World) -> str:
    lab.host()
    command = c.CreateLoadBalancer(project_id="project", vip_subnet_id=lab.subnet(lab.network()).id)
    made = change.change(lab.services, TENANT, command)
    assert isinstance(made, LoadBalancerView)
    return made.object.id


def noted(lab: World) -> list[tuple[str, str]]:
    """List names and texts, without that of the placing."""
    found = events.select(lab.services, ADMIN, Selection())
    return [(each.name, each.text) for each in found if each.name != "placed"]


def pool(lab: World, load_balancer_id: str) -> str:
    command = c.CreatePool(
        project_id="project",
        load_balancer_id=load_balancer_id,
        protocol=Protocol.HTTP,
        algorithm=Algorithm.ROUND_ROBIN,
    )
    made = change.change(lab.services, TENANT, command)
    assert isinstance(made, PoolView)
    return made.object.id


def test_what_was_refused_recovers_once(lab: World, load_balancer_id: str) -> None:
    host = lab.host()
    specs = host.take()
    host.answer(*specs, refused="no room")
    host.answer(*specs, refused="no room")
    assert noted(lab) == [("refused", "no room")]
    host.answer(*specs)
    host.answer(*specs)
    pool(lab, load_balancer_id)
    host.settle()
    assert noted(lab) == [("refused", "no room"), ("recovered", "after: no room")]


def test_a_change_after_a_refused_one_recovers_it_as_well(lab: World, load_balancer_id: str) -> None:
    host = lab.host()
    host.settle()
    pool(lab, load_balancer_id)
    host.answer(*host.take(), refused="no room")
    pool(lab, load_balancer_id)
    host.settle()
    assert [name for name, _ in noted(lab)] == ["refused", "recovered"]


def test_a_death_is_noted_if_its_host_tells_of_it(lab: World, load_balancer_id: str) -> None:
    lab.host().settle()
    lab.host("another")
    report.report(lab.services, Report(host="another", died=(load_balancer_id,)))
    assert noted(lab) == []
    report.report(lab.services, Report(host="host1", died=(load_balancer_id, "gone")))
    assert noted(lab) == [("process_died", "HAProxy ended by itself and is started again")]
    assert [each.name for each in events.select(lab.services, TENANT, Selection())][-1] == "process_died"


def test_members_that_come_and_go_are_noted_but_not_the_first_good_check(lab: World, load_balancer_id: str) -> None:
    host = lab.host()
    pool_id = pool(lab, load_balancer_id)
    member = change.change(
        lab.services,
        TENANT,
        c.CreateMember(project_id="project", pool_id=pool_id, address="fd00::1", protocol_port=80, name="web"),
    )
    assert member is not None
    host.settle()
    for seen in ("UP", "UP", "DOWN", "DOWN", "UP"):
        host.see(load_balancer_id, **{member.object.id: seen})
    text = f"web at [fd00::1]:80 of pool {pool_id}"
    assert noted(lab) == [("member_down", text), ("member_up", text)]
