"""What is noted of what happens to a load balancer."""

import dataclasses
import itertools
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from openlbaas.dialects.host_v1 import Report
from openlbaas.dialects.neutron_lbaas_v2.events import EVENTS
from openlbaas.dialects.paging import Query, listing, query
from openlbaas.domain import commands as c
from openlbaas.domain.caller import Caller
from openlbaas.domain.selection import Selection
from openlbaas.domain.views import LoadBalancerView, PoolView
from openlbaas.domain.vocabulary import Algorithm, Protocol
from openlbaas.operations import change, events, report
from openlbaas.operations.ports import Transaction
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


@pytest.mark.parametrize("caller", [ADMIN, TENANT])
def test_a_page_is_the_same_whether_the_database_cuts_it_or_not(
    caller: Caller, lab: World, load_balancer_id: str
) -> None:
    note(lab, load_balancer_id, ["refused", "recovered", "refused", "placed", "refused", "down", "recovered"])
    known = [each.id for each in events.select(lab.services, ADMIN, Selection())]
    assert len(known) > 6
    markers = ["", *(f"marker={id_}&" for id_ in (*known[::2], "0", "99999", "x"))]
    filters = [
        "",
        f"loadbalancer_id={load_balancer_id}",
        "loadbalancer_id=",
        "name=refused&name=placed",
        "name=",
        "at=1",
    ]
    filters += [
        f"id={known[2]}&id={known[5]}",
        "tenant_id=project",
        "tenant_id=other",
        "tenant_id=project&project_id=x",
    ]
    filters += ["text=no%20room%201", "sort_key=name&sort_dir=desc"]
    cut = 0
    for marker, more, limit, backwards in itertools.product(markers, filters, (2, 99), ("False", "True")):
        asked = query(parse_qsl(f"{marker}limit={limit}&page_reverse={backwards}&{more}", keep_blank_values=True))
        selection = EVENTS.selection(asked, None)
        assert selection.window is None or limit == selection.window.rows
        cut += selection.window is not None
        whole = dataclasses.replace(selection, window=None)
        assert listed(lab, caller, selection, asked) == listed(lab, caller, whole, asked), asked
    assert cut > 100


def listed(lab: World, caller: Caller, selection: Selection, asked: Query) -> dict[str, Any]:
    rows = [EVENTS.listed(event, caller) for event in events.select(lab.services, caller, selection)]
    return listing("events", rows, asked, visible=EVENTS.visible, hidden=EVENTS.hidden, url="")


def test_of_a_long_list_only_a_page_is_read(lab: World, load_balancer_id: str) -> None:
    note(lab, load_balancer_id, ["refused"] * 50)
    asked = query([("limit", "10"), ("loadbalancer_id", load_balancer_id)])
    assert len(events.select(lab.services, TENANT, EVENTS.selection(asked, None))) == 11


def note(lab: World, load_balancer_id: str, names: list[str]) -> None:
    """Write events of two projects, by turns."""

    def work(transaction: Transaction) -> None:
        for number, name in enumerate(names):
            transaction.events.note(
                now=1.0,
                project_id=("project", "project", "other")[number % 3],
                load_balancer_id=load_balancer_id,
                name=name,
                text=f"no room {number}",
            )

    lab.services.store.write(work)
