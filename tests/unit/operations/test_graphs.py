"""Whole load balancers in one transaction: as if made one by one, and nothing of them where one part is wrong."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openlbaas.domain import commands as c
from openlbaas.domain import errors
from openlbaas.domain.graph import CreateGraph, GraphListener, GraphPolicy, GraphPool, GraphView
from openlbaas.domain.provisioning import Mark
from openlbaas.domain.selection import Selection
from openlbaas.domain.tree import COLLECTIONS, Tree, parts
from openlbaas.domain.vocabulary import Algorithm, CompareType, Kind, MonitorType, PolicyAction, Protocol, RuleType
from openlbaas.operations import change, creation, networks, read
from world import ADMIN, STRANGER, TENANT, World, world

POOL = c.CreatePool(project_id="project", protocol=Protocol.HTTP, algorithm=Algorithm.ROUND_ROBIN)
MONITOR = c.CreateHealthMonitor(
    project_id="project", pool_id="", type=MonitorType.TCP, delay_s=1, timeout_s=1, max_retries=2
)
POLICY = c.CreateL7Policy(project_id="project", listener_id="", action=PolicyAction.REDIRECT_TO_POOL)
RULE = c.CreateL7Rule(
    project_id="project", policy_id="", type=RuleType.PATH, compare_type=CompareType.EQUAL_TO, value="/"
)


def listener(port: int) -> c.CreateListener:
    return c.CreateListener(project_id="project", protocol=Protocol.HTTP, protocol_port=port)


def member(last: int) -> c.CreateMember:
    return c.CreateMember(project_id="project", pool_id="", address=f"172.20.0.{last}", protocol_port=80)


def graph(subnet_id: str) -> CreateGraph:
    """Two listeners; the first has a pool with members and a monitor, and a policy that leads to another pool."""
    policy = GraphPolicy(policy=POLICY, rules=(RULE,), pool=GraphPool(pool=POOL, members=(member(12),)))
    pool = GraphPool(pool=POOL, members=(member(10), member(11)), monitor=MONITOR)
    web = GraphListener(listener=listener(80), pool=pool, policies=(policy,))
    balancer = c.CreateLoadBalancer(project_id="project", vip_subnet_id=subnet_id)
    return CreateGraph(load_balancer=balancer, listeners=(web, GraphListener(listener=listener(81))))


def one_by_one(lab: World, subnet_id: str) -> str:
    """Make the same with the single commands, and name the load balancer."""

    def made(command: c.Create) -> str:
        view: Any = change.change(lab.services, TENANT, command)
        return str(view.object.id)

    balancer = made(c.CreateLoadBalancer(project_id="project", vip_subnet_id=subnet_id))
    pool = made(replace(POOL, load_balancer_id=balancer))
    for last in (10, 11):
        made(replace(member(last), pool_id=pool))
    made(replace(MONITOR, pool_id=pool))
    web = made(replace(listener(80), load_balancer_id=balancer, default_pool_id=pool))
    other = made(replace(POOL, load_balancer_id=balancer))
    made(replace(member(12), pool_id=other))
    policy = made(replace(POLICY, listener_id=web, redirect_pool_id=other))
    made(replace(RULE, policy_id=policy))
    made(replace(listener(81), load_balancer_id=balancer))
    return balancer


def shape(tree: Tree) -> dict[Kind, list[Any]]:
    """Everything of a tree but when it was made, with ids by order of creation within their kind."""
    names = {tree.id: "lb"}
    for kind in COLLECTIONS:
        names |= {part.id: f"{kind}{number}" for number, part in enumerate(parts(tree, kind))}

    def renamed(part: Any) -> Any:
        words = {name: names.get(value, value) for name in part.__dataclass_fields__ if (value := getattr(part, name))}
        return {**words, "mark": None}

    return {kind: [renamed(part) for part in parts(tree, kind)] for kind in COLLECTIONS}


def tree_of(lab: World, load_balancer_id: str) -> Tree:
    return lab.services.store.read(lambda transaction: transaction.balancers.tree(load_balancer_id))


def begun(folder: Path, **more: Any) -> tuple[World, str]:
    lab = world(folder, **more)
    return lab, lab.subnet(lab.network(shared=True)).id


def left(lab: World) -> int:
    """Count load balancers, parts of them, and ports."""
    kinds = (Kind.LOAD_BALANCER, *COLLECTIONS)
    found = sum(len(read.select(lab.services, ADMIN, kind, Selection())) for kind in kinds)
    return found + len(networks.select(lab.services, ADMIN, Kind.PORT, Selection()))


def test_a_graph_is_what_its_parts_make_one_by_one(tmp_path: Path) -> None:
    lab, subnet = begun(tmp_path)
    host = lab.host()
    made = creation.create_graph(lab.services, TENANT, graph(subnet))
    assert shape(tree_of(lab, made.tree.id)) == shape(tree_of(lab, one_by_one(lab, subnet)))
    assert isinstance(made, GraphView)
    assert set(made.views) == {made.tree.id, *(part.id for kind in COLLECTIONS for part in parts(made.tree, kind))}
    told = [spec for spec in host.take() if spec.id == made.tree.id]
    assert [spec.revision for spec in told] == [made.tree.progress.revision]
    assert tree_of(lab, made.tree.id).load_balancer.mark == Mark(created=1, changed=made.tree.progress.revision)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda web: replace(web, listener=listener(81)),
        lambda web: replace(web, listener=replace(listener(80), protocol=Protocol.TCP)),
        lambda web: replace(web, pool=replace(web.pool, members=(member(10), member(10)))),
        lambda web: replace(web, pool=replace(web.pool, members=(replace(member(10), subnet_id="nowhere"),))),
        lambda web: replace(web, policies=(GraphPolicy(policy=POLICY),)),
        lambda web: replace(web, policies=(replace(web.policies[0], rules=(replace(RULE, value="a b"),)),)),
        lambda web: replace(web, listener=replace(listener(80), protocol=Protocol.TERMINATED_HTTPS)),
    ],
    ids=["port", "protocol", "member", "subnet", "pool", "rule", "certificate"],
)
def test_nothing_is_left_where_one_part_is_wrong(tmp_path: Path, wrong: Any) -> None:
    lab, subnet = begun(tmp_path)
    host = lab.host()
    whole = graph(subnet)
    with pytest.raises(errors.Refusal):
        creation.create_graph(
            lab.services, TENANT, replace(whole, listeners=(wrong(whole.listeners[0]), whole.listeners[1]))
        )
    assert left(lab) == 0
    assert host.take() == ()


def test_nothing_is_left_where_no_host_is(tmp_path: Path) -> None:
    lab, subnet = begun(tmp_path)
    with pytest.raises(errors.NoHost):
        creation.create_graph(lab.services, TENANT, graph(subnet))
    assert left(lab) == 0


def test_nothing_is_left_where_a_quota_is_reached(tmp_path: Path) -> None:
    lab, subnet = begun(tmp_path, quotas={Kind.MEMBER: 2})
    lab.host()
    with pytest.raises(errors.QuotaExceeded):
        creation.create_graph(lab.services, TENANT, graph(subnet))
    assert left(lab) == 0


def test_members_are_on_subnets_that_the_caller_may_use(tmp_path: Path) -> None:
    lab, subnet = begun(tmp_path)
    lab.host()
    private = lab.subnet(lab.network(), "172.21.0.0/24").id
    whole = graph(subnet)
    pool = GraphPool(pool=POOL, members=(replace(member(10), subnet_id=private),))
    whole = replace(whole, listeners=(GraphListener(listener=listener(80), pool=pool),))
    with pytest.raises(errors.NotFound):
        creation.create_graph(lab.services, STRANGER, whole)
    creation.create_graph(lab.services, TENANT, whole)
