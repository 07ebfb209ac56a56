"""How member health becomes the status of everything above."""

from dataclasses import replace

import pytest

from openlbaas.domain import commands as c
from openlbaas.domain.operating import folded, listener_operating, load_balancer_operating, member_operating
from openlbaas.domain.tree import Tree
from openlbaas.domain.vocabulary import MemberHealth, Operating
from unit.domain.trees import after, empty, full

ONLINE, OFFLINE, DEGRADED, DISABLED, ERROR, NO_MONITOR = (
    Operating.ONLINE,
    Operating.OFFLINE,
    Operating.DEGRADED,
    Operating.DISABLED,
    Operating.ERROR,
    Operating.NO_MONITOR,
)


@pytest.mark.parametrize(
    ("children", "parent"),
    [
        ([], ONLINE),
        ([ONLINE, NO_MONITOR], ONLINE),
        ([ONLINE, OFFLINE], DEGRADED),
        ([OFFLINE, OFFLINE], ERROR),
        ([ERROR], ERROR),
        ([DEGRADED], DEGRADED),
        ([DISABLED], ONLINE),
        ([DISABLED, OFFLINE], ERROR),
    ],
)
def test_folding(children: list[Operating], parent: Operating) -> None:
    assert folded(children) is parent


def deployed(tree: Tree, **health: MemberHealth) -> Tree:
    progress = replace(tree.progress, applied=tree.progress.revision)
    return replace(tree, progress=progress, health=health)


def test_a_load_balancer_is_offline_until_a_host_has_it_then_online() -> None:
    assert load_balancer_operating(empty()) is OFFLINE
    assert load_balancer_operating(deployed(empty())) is ONLINE


def test_one_sick_member_degrades_all_above() -> None:
    tree = deployed(full(), web1=MemberHealth.UP, web2=MemberHealth.DOWN)
    assert load_balancer_operating(tree) is DEGRADED
    assert listener_operating(tree, tree.listeners[0]) is DEGRADED


def test_a_member_that_is_off_or_unwatched_counts_as_well() -> None:
    tree = full()
    monitor = tree.health_monitors[0]
    member = tree.members[0]
    assert member_operating(member, monitor, None) is OFFLINE
    assert member_operating(member, monitor, MemberHealth.UP) is ONLINE
    assert member_operating(member, None, MemberHealth.UNCHECKED) is NO_MONITOR
    assert member_operating(member, replace(monitor, admin_state_up=False), MemberHealth.DOWN) is NO_MONITOR
    assert member_operating(replace(member, admin_state_up=False), monitor, MemberHealth.DOWN) is DISABLED


def test_switched_off_is_disabled() -> None:
    tree = deployed(after(full(), c.UpdateLoadBalancer(id="lb", admin_state_up=False)))
    assert load_balancer_operating(tree) is DISABLED
