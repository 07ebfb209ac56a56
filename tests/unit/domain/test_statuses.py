"""The tree of statuses: what is off is DISABLED with all below it, what is unwell degrades all above it."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from openlbaas.domain import commands as c
from openlbaas.domain.operating import load_balancer_operating
from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.statuses import Statuses, statuses
from openlbaas.domain.tree import Tree
from openlbaas.domain.vocabulary import CompareType, MemberHealth, Operating, PolicyAction, RuleType
from unit.domain.trees import PROJECT, after, full, listener, member, pool


def whole() -> Tree:
    """A listener with a policy and a pool of two members, and a pool of one member that only the policy leads to."""
    tree = after(full(), pool(), "other")
    tree = after(tree, member("10.0.0.12", pool_id="other"), "web3")
    policy = c.CreateL7Policy(
        project_id=PROJECT,
        listener_id="listener",
        action=PolicyAction.REDIRECT_TO_POOL,
        redirect_pool_id="other",
    )
    tree = after(tree, policy, "policy")
    rule = c.CreateL7Rule(
        project_id=PROJECT, policy_id="policy", type=RuleType.PATH, compare_type=CompareType.EQUAL_TO, value="/"
    )
    return after(tree, rule, "rule")


def applied(tree: Tree, **health: MemberHealth) -> Tree:
    """The host has done everything, and sees the members up unless told otherwise."""
    seen = {"web1": MemberHealth.UP, "web2": MemberHealth.UP, **health}
    return replace(tree, progress=replace(tree.progress, applied=tree.progress.revision), health=seen)


def refused(tree: Tree, reason: str = "no") -> Tree:
    """The host has done everything but the last change."""
    done = replace(tree.progress, applied=tree.progress.revision - 1, refused=tree.progress.revision, reason=reason)
    return replace(tree, progress=done, health={"web1": MemberHealth.UP, "web2": MemberHealth.UP})


def seen(tree: Tree) -> Statuses:
    return statuses(tree, now=0.0, patience_s=60.0)


def words(found: Statuses) -> dict[str, Operating]:
    """The operating status of everything that has one; below a listener, its pool is ``listener/pool``."""
    shown = {"lb": found.operating}
    for each in found.listeners:
        shown[each.object.id] = each.operating
        for inner in each.pools:
            shown[f"{each.object.id}/{inner.object.id}"] = inner.operating
            shown |= {f"{each.object.id}/{one.object.id}": one.operating for one in inner.members}
    for outer in found.pools:
        shown[outer.object.id] = outer.operating
        shown |= {one.object.id: one.operating for one in outer.members}
    return shown


def others(found: Statuses, *but: str) -> set[Operating]:
    return {word for name, word in words(found).items() if name not in but}


def test_all_is_well() -> None:
    found = seen(applied(whole()))
    assert others(found, "web3") == {Operating.ONLINE}
    assert words(found)["web3"] is Operating.NO_MONITOR
    assert [one.object.id for one in found.pools] == ["pool", "other"]
    assert [rule.object.id for policy in found.listeners[0].policies for rule in policy.rules] == ["rule"]
    assert found.reason == ""


def test_a_member_that_is_down_degrades_what_is_above_it_and_keeps_its_word() -> None:
    found = words(seen(applied(whole(), web2=MemberHealth.DOWN)))
    degraded = {name for name, word in found.items() if word is Operating.DEGRADED}
    assert degraded == {"lb", "listener", "listener/pool", "pool"}
    assert found["web2"] is found["listener/web2"] is Operating.OFFLINE
    assert found["other"] is Operating.ONLINE


def test_a_pool_without_listener_degrades_the_load_balancer_alone() -> None:
    tree = after(whole(), c.UpdateListener(id="listener", default_pool_id=None))
    found = words(seen(applied(tree, web2=MemberHealth.DOWN)))
    assert (found["lb"], found["listener"], found["pool"]) == (
        Operating.DEGRADED,
        Operating.ONLINE,
        Operating.DEGRADED,
    )


@pytest.mark.parametrize(
    ("command", "off", "lb"),
    [
        (c.UpdateMember(id="web2", pool_id="pool", admin_state_up=False), {"web2", "listener/web2"}, "ONLINE"),
        (
            c.UpdatePool(id="pool", admin_state_up=False),
            {"pool", "web1", "web2", "listener/pool", "listener/web1", "listener/web2"},
            "ONLINE",
        ),
        # Its pool still is what it is for others, and web2 is down.
        (
            c.UpdateListener(id="listener", admin_state_up=False),
            {"listener", "listener/pool", "listener/web1", "listener/web2"},
            "DEGRADED",
        ),
        (
            c.UpdateLoadBalancer(id="lb", admin_state_up=False),
            {"lb", "listener", "pool", "other", "web1", "web2", "web3", *(f"listener/{x}" for x in ("pool", "web1"))}
            | {"listener/web2"},
            "DISABLED",
        ),
    ],
    ids=["member", "pool", "listener", "load balancer"],
)
def test_what_is_off_is_off_with_all_below_it_and_weighs_on_nobody(command: c.Update, off: set[str], lb: str) -> None:
    found = words(seen(applied(after(whole(), command), web2=MemberHealth.DOWN)))
    assert {name for name, word in found.items() if word is Operating.DISABLED} == off
    assert found["lb"] == lb


def test_without_a_monitor_nobody_is_unwell() -> None:
    down = {"web1": MemberHealth.DOWN, "web2": MemberHealth.DOWN}
    for command in (c.DeleteHealthMonitor("monitor"), c.UpdateHealthMonitor(id="monitor", admin_state_up=False)):
        found = seen(applied(after(whole(), command), **down))
        assert others(found) == {Operating.ONLINE, Operating.NO_MONITOR}
        assert (found.pools[0].monitor is None) == isinstance(command, c.DeleteHealthMonitor)


@pytest.mark.parametrize(
    ("command", "off", "degraded"),
    [
        (c.UpdateHealthMonitor(id="monitor", delay_s=9), None, {"lb", "listener", "listener/pool", "pool"}),
        (c.UpdateMember(id="web1", pool_id="pool", weight=9), None, {"lb", "listener", "listener/pool", "pool"}),
        (c.UpdatePool(id="pool", name="x"), None, {"lb", "listener"}),
        (c.UpdateListener(id="listener", name="x"), None, {"lb"}),
        (c.UpdateL7Policy(id="policy", name="x"), None, {"lb", "listener"}),
        (c.UpdateL7Rule(id="rule", policy_id="policy", value="/x"), None, {"lb", "listener"}),
        (c.UpdateMember(id="web3", pool_id="other", weight=9), None, {"lb", "other"}),
        (c.UpdateLoadBalancer(id="lb", name="x"), None, set()),
        # Of what is off, policies, rules and monitors fail unnoticed.
        (c.UpdateL7Policy(id="policy", name="x"), c.UpdateL7Policy(id="policy", admin_state_up=False), set()),
        (
            c.UpdateL7Rule(id="rule", policy_id="policy", value="/x"),
            c.UpdateL7Rule(id="rule", policy_id="policy", admin_state_up=False),
            set(),
        ),
        (c.UpdateL7Rule(id="rule", policy_id="policy", value="/x"), c.UpdateL7Policy(id="policy", admin_state_up=False),
         set()),
        (c.UpdateHealthMonitor(id="monitor", delay_s=9), c.UpdateHealthMonitor(id="monitor", admin_state_up=False),
         set()),
    ],
)  # fmt: skip
def test_what_failed_degrades_what_is_above_it(command: c.Update, off: c.Update | None, degraded: set[str]) -> None:
    tree = whole() if off is None else after(whole(), off)
    found = seen(refused(after(tree, command), "it is full"))
    assert {name for name, word in words(found).items() if word is Operating.DEGRADED} == degraded
    assert (found.provisioning, found.reason) == (Provisioning.ERROR, "it is full")


@pytest.mark.parametrize(
    ("progress", "reason"),
    [
        (lambda at: replace(at, refused=at.revision, reason="no"), "no"),
        (lambda at: replace(at, refused=1, applied=2, reason="long ago"), "the host that should run it"),
        (lambda at: at, "the host that should run it"),
    ],
    ids=["refused", "refused before, silent now", "silent"],
)
def test_an_error_says_why(progress: Callable[[object], object], reason: str) -> None:
    tree = whole()
    late = replace(tree, progress=progress(tree.progress))  # type: ignore[arg-type]  # a progress
    found = statuses(late, now=61.0, patience_s=60.0)
    assert found.provisioning is Provisioning.ERROR
    assert found.reason.startswith(reason)


def test_nothing_is_there_before_a_host_has_it() -> None:
    assert others(seen(whole()), "web3", "lb") == {Operating.OFFLINE}
    tree = applied(whole())
    tree = replace(after(tree, listener(81), "second"), health=tree.health)
    found = words(seen(tree))
    assert (found["second"], found["lb"]) == (Operating.OFFLINE, Operating.DEGRADED)


def test_what_is_being_deleted_is_left_out() -> None:
    tree = after(whole(), c.DeleteMember("web1", "pool"))
    tree = after(tree, c.DeleteL7Policy("policy"))
    found = seen(applied(tree))
    assert "web1" not in words(found)
    assert found.listeners[0].policies == ()


def test_the_load_balancer_is_off_or_not_there_in_both_tellings() -> None:
    off = after(whole(), c.UpdateLoadBalancer(id="lb", admin_state_up=False))
    for tree in (whole(), applied(whole()), off, applied(off)):
        assert seen(tree).operating is load_balancer_operating(tree)
