"""Trees that are remembered are those that the database has."""

from pathlib import Path

import pytest

from openlbaas.domain import commands as c
from openlbaas.domain.changes import changed
from openlbaas.domain.errors import NotFound
from openlbaas.domain.tree import Tree
from openlbaas.domain.vocabulary import Algorithm, MemberHealth, Protocol
from openlbaas.operations import change
from openlbaas.store import Store
from openlbaas.store.trees import Remembered
from world import ADMIN, Host, World, world


@pytest.fixture
def lab(tmp_path: Path) -> World:
    return world(tmp_path)


@pytest.fixture
def host(lab: World) -> Host:
    return lab.host()


def other(lab: World) -> Store:
    """Another process on the same database: it remembers nothing of the first."""
    store = lab.services.store
    assert isinstance(store, Store)
    return Store(store.connection)


def tree(store: object, load_balancer_id: str) -> Tree:
    found = store.read(lambda transaction: transaction.balancers.tree(load_balancer_id))  # type: ignore[attr-defined]
    assert isinstance(found, Tree)
    return found


def made(lab: World, command: c.Create) -> str:
    view = change.change(lab.services, ADMIN, command)
    return str(view.object.id)  # type: ignore[union-attr]  # one view


def filled(lab: World) -> tuple[str, str, str]:
    """A load balancer with a pool and a member."""
    subnet = lab.subnet(lab.network())
    balancer = made(lab, c.CreateLoadBalancer(project_id="project", vip_subnet_id=subnet.id))
    pool = made(
        lab,
        c.CreatePool(
            project_id="project",
            load_balancer_id=balancer,
            protocol=Protocol.HTTP,
            algorithm=Algorithm.ROUND_ROBIN,
        ),
    )
    member = made(lab, c.CreateMember(project_id="project", pool_id=pool, address="10.0.0.9", protocol_port=80))
    return balancer, pool, member


def test_every_write_is_seen_by_who_remembers(lab: World, host: Host) -> None:
    balancer, pool, member = filled(lab)
    mine, theirs = lab.services.store, other(lab)
    assert tree(mine, balancer) == tree(theirs, balancer)
    change.change(lab.services, ADMIN, c.UpdateMember(id=member, pool_id=pool, weight=7))
    assert tree(theirs, balancer).members[0].weight == 7
    assert tree(mine, balancer) == tree(theirs, balancer)
    host.settle()
    assert tree(theirs, balancer).progress.applied == tree(mine, balancer).progress.revision
    host.see(balancer, **{member: "DOWN"})
    assert tree(theirs, balancer).health == {member: MemberHealth.DOWN}
    assert tree(mine, balancer) == tree(theirs, balancer)


def test_what_is_purged_is_forgotten(lab: World, host: Host) -> None:
    balancer, pool, member = filled(lab)
    theirs = other(lab)
    change.change(lab.services, ADMIN, c.DeleteMember(member, pool))
    assert [m.mark.deleted for m in tree(theirs, balancer).members] == [4]
    host.settle()
    assert tree(theirs, balancer).members == ()
    assert tree(lab.services.store, balancer) == tree(theirs, balancer)
    change.change(lab.services, ADMIN, c.DeletePool(pool))
    change.change(lab.services, ADMIN, c.DeleteLoadBalancer(balancer))
    host.settle()
    with pytest.raises(NotFound):
        tree(theirs, balancer)


def test_what_was_never_committed_is_never_remembered(lab: World, host: Host) -> None:
    assert host.name
    balancer, pool, _ = filled(lab)

    def work(transaction: object) -> None:
        balancers = transaction.balancers  # type: ignore[attr-defined]
        before = balancers.tree(balancer, lock=True)
        command = c.CreateMember(project_id="project", pool_id=pool, address="10.0.0.10", protocol_port=80)
        after = changed(before, command, ["00000000-0000-4000-9000-000000000001"]).tree
        balancers.save(before, after, now=1.0)
        assert balancers.tree(balancer) == after
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lab.services.store.write(work)
    assert len(tree(lab.services.store, balancer).members) == 1
    assert tree(lab.services.store, balancer) == tree(other(lab), balancer)


def test_several_of_one_change_are_in_the_order_of_the_database(lab: World, host: Host) -> None:
    assert host.name
    balancer, pool, _ = filled(lab)
    members = tuple(
        c.CreateMember(project_id="project", pool_id=pool, address=f"10.0.1.{n}", protocol_port=80) for n in (9, 3, 7)
    )
    change.change(lab.services, ADMIN, c.CreateMembers(members=members))
    assert tree(lab.services.store, balancer) == tree(other(lab), balancer)


def test_only_so_many_parts_are_remembered(lab: World, host: Host) -> None:
    assert host.name
    first, second = (tree(lab.services.store, filled_on(lab, n)) for n in (1, 2))
    remembered = Remembered(most_parts=4)
    remembered.keep(1, first)
    assert remembered.recall(first.id, 1) is first
    assert remembered.recall(first.id, 2) is None
    remembered.keep(1, second)
    assert remembered.recall(first.id, 1) is None
    assert remembered.recall(second.id, 1) is second


def filled_on(lab: World, number: int) -> str:
    """A load balancer with two pools, on a subnet of its own."""
    subnet = lab.subnet(lab.network(), f"10.{number}.0.0/24")
    balancer = made(lab, c.CreateLoadBalancer(project_id="project", vip_subnet_id=subnet.id))
    for _ in range(2):
        made(
            lab,
            c.CreatePool(
                project_id="project",
                load_balancer_id=balancer,
                protocol=Protocol.HTTP,
                algorithm=Algorithm.ROUND_ROBIN,
            ),
        )
    return balancer
