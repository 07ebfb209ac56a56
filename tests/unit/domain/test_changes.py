"""What each command does to a tree, and what is refused."""

from dataclasses import replace

import pytest

from openlbaas.domain import commands as c
from openlbaas.domain import errors
from openlbaas.domain.model import SessionPersistence
from openlbaas.domain.tree import living
from openlbaas.domain.vocabulary import Kind, PersistenceType, Protocol
from unit.domain.trees import after, empty, full, listener, member, monitor, pool, result


def test_a_chain_takes_one_revision_each() -> None:
    tree = full()
    assert tree.progress.revision == tree.load_balancer.mark.changed == 6
    marks = [tree.pools[0].mark, tree.members[0].mark, tree.members[1].mark, tree.health_monitors[0].mark]
    assert [mark.created for mark in marks] == [3, 4, 5, 6]


def test_a_pool_made_for_a_listener_becomes_its_default() -> None:
    tree = full()
    assert tree.listeners[0].default_pool_id == "pool"
    assert tree.listeners[0].mark == replace(tree.listeners[0].mark, created=2, changed=3)


def test_an_update_that_changes_nothing_takes_no_revision() -> None:
    tree = full()
    same = c.UpdateListener(id="listener", name="", connection_limit=-1)
    assert result(tree, same).tree is tree
    assert result(tree, c.UpdateLoadBalancer(id="lb", name="lb")).tree is tree


@pytest.mark.parametrize(
    ("command", "read"),
    [
        (c.UpdateLoadBalancer(id="lb", description="d"), lambda t: t.load_balancer.description == "d"),
        (c.UpdateListener(id="listener", connection_limit=5), lambda t: t.listeners[0].connection_limit == 5),
        (c.UpdateListener(id="listener", default_pool_id=None), lambda t: t.listeners[0].default_pool_id is None),
        (c.UpdatePool(id="pool", name="p"), lambda t: t.pools[0].name == "p"),
        (c.UpdateMember(id="web1", pool_id="pool", weight=0), lambda t: t.members[0].weight == 0),
        (c.UpdateHealthMonitor(id="monitor", delay_s=9), lambda t: t.health_monitors[0].delay_s == 9),
    ],
)
def test_updates(command: c.Update, read: object) -> None:
    tree = after(full(), command)
    assert callable(read)
    assert read(tree)
    assert tree.progress.revision == tree.load_balancer.mark.changed == 7


def test_members_come_all_or_none() -> None:
    many = c.CreateMembers(members=(member("10.0.0.12"), member("10.0.0.10")))
    with pytest.raises(errors.MemberExists):
        result(full(), many, "a", "b")
    good = result(full(), c.CreateMembers(members=(member("10.0.0.12"), member("10.0.0.13"))), "a", "b")
    assert good.ids == ("a", "b")
    assert [m.id for m in good.tree.members] == ["web1", "web2", "a", "b"]
    assert good.tree.progress.revision == 7


REFUSED = [
    (listener(80), errors.ListenerPortTaken),
    (listener(81, protocol=Protocol.TCP, default_pool_id="pool"), errors.ProtocolMismatch),
    (listener(81, default_pool_id="nowhere"), errors.NotFound),
    (pool(listener_id="listener"), errors.DefaultPoolTaken),
    (pool(listener_id="nowhere"), errors.NotFound),
    (pool(persistence=SessionPersistence(PersistenceType.APP_COOKIE)), errors.PersistenceInvalid),
    (pool(persistence=SessionPersistence(PersistenceType.SOURCE_IP, "x")), errors.PersistenceInvalid),
    (c.UpdatePool(id="pool", persistence=SessionPersistence(PersistenceType.APP_COOKIE)), errors.PersistenceInvalid),
    (member("10.0.0.10"), errors.MemberExists),
    (member("127.0.0.1"), errors.Invalid),
    (member("224.0.0.1"), errors.Invalid),
    (member("0.0.0.0"), errors.Invalid),
    (member(pool_id="nowhere"), errors.NotFound),
    (monitor(), errors.MonitorExists),
    (monitor("nowhere"), errors.NotFound),
    (c.DeletePool("pool"), errors.InUse),
    (c.DeleteLoadBalancer("lb"), errors.InUse),
    (c.UpdateMember(id="web1", pool_id="other", weight=2), errors.NotFound),
    (c.DeleteMember("web1", "other"), errors.NotFound),
    (c.DeleteListener("nowhere"), errors.NotFound),
]


@pytest.mark.parametrize(("command", "error"), REFUSED)
def test_refusals(command: object, error: type[errors.Refusal]) -> None:
    with pytest.raises(error):
        result(full(), command, "new")  # type: ignore[arg-type]  # one of the commands


def test_a_load_balancer_names_its_listener_before_its_pool() -> None:
    with pytest.raises(errors.InUse) as refused:
        result(full(), c.DeleteLoadBalancer("lb"))
    assert (refused.value.by_kind, refused.value.by_id) == (Kind.LISTENER, "listener")


def test_a_pool_with_members_is_refused_even_without_monitor() -> None:
    tree = after(full(), c.DeleteHealthMonitor("monitor"))
    with pytest.raises(errors.InUse) as refused:
        result(tree, c.DeletePool("pool"))
    assert refused.value.by_kind is Kind.MEMBER


def test_ordered_deletes_need_not_wait_for_the_host() -> None:
    tree = full()
    for command in (
        c.DeleteHealthMonitor("monitor"),
        c.DeleteMember("web1", "pool"),
        c.DeleteMember("web2", "pool"),
        c.DeletePool("pool"),
        c.DeleteListener("listener"),
        c.DeleteLoadBalancer("lb"),
    ):
        tree = after(tree, command)
    assert tree.load_balancer.mark.deleted == tree.progress.revision == 12
    assert not living(tree.listeners + tree.pools + tree.members)  # type: ignore[operator]  # only counted
    assert tree.listeners[0].default_pool_id is None


def test_what_is_being_deleted_takes_no_change() -> None:
    tree = after(full(), c.DeleteMember("web1", "pool"))
    with pytest.raises(errors.Immutable):
        result(tree, c.UpdateMember(id="web1", pool_id="pool", weight=3))
    with pytest.raises(errors.Immutable):
        result(tree, c.DeleteMember("web1", "pool"))
    gone = after(empty(), c.DeleteLoadBalancer("lb"))
    with pytest.raises(errors.Immutable):
        result(gone, listener(), "x")


def test_a_place_is_free_again_as_soon_as_its_deletion_is_asked_for() -> None:
    tree = after(full(), c.DeleteMember("web1", "pool"))
    assert after(tree, member("10.0.0.10"), "again").members[-1].id == "again"
    tree = after(full(), c.DeleteListener("listener"))
    assert after(tree, listener(80), "again").listeners[-1].id == "again"
