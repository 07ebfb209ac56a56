"""What administrators order of hosts and load balancers."""

from pathlib import Path

import pytest

from moving import balancer, cloud, presence, shown, told, where
from openlbaas.domain import commands as c
from openlbaas.domain import errors
from openlbaas.domain.agents import DeleteAgent
from openlbaas.domain.move_errors import HostAlive, HostUnfit
from openlbaas.domain.moves import Move
from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.vocabulary import Algorithm, Protocol
from openlbaas.operations import agents, change, relocation
from world import ADMIN, TENANT, Host, World


@pytest.fixture
def lab(tmp_path: Path) -> World:
    return cloud(tmp_path)


def settled(lab: World, *names: str) -> tuple[str, list[Host]]:
    """Have hosts, and a load balancer in force on the first."""
    first = lab.host(names[0])
    made = balancer(lab)
    first.settle()
    return made, [first, *(lab.host(name) for name in names[1:])]


def move(lab: World, load_balancer_id: str, host: str | None = None) -> Move:
    """Move a load balancer."""
    return relocation.move(lab.services, ADMIN, load_balancer_id, host)


def states(lab: World) -> dict[str, tuple[str, int, int]]:
    """Say of each host what state it is in, what it has and what it only serves."""
    views = relocation.select(lab.services, ADMIN)
    return {view.agent.host: (view.state, view.load_balancers, view.leaving) for view in views}


def test_the_old_host_serves_until_the_new_one_has_it(lab: World) -> None:
    made, (old, new) = settled(lab, "host1", "host2")
    assert move(lab, made) == Move(made, "host1", "host2")
    assert states(lab) == {"host1": ("up", 0, 1), "host2": ("up", 1, 0)}
    assert old.take() == ()
    assert [(spec.id, spec.claim) for spec in Host(lab, "host1").take()] == [(made, 1)]
    lab.clock.now += 0.25
    assert [(spec.id, spec.claim) for spec in new.settle()] == [(made, 2)]
    assert lab.woken[-1] == "host1"
    assert presence(old.settle()) == [(made, False)]
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    (text,) = told(lab, "moved")
    assert text == (
        "moved from host1 to host2: an administrator said so; host2 was ready after 250 ms, and host1 served until then"
    )
    assert told(lab, "recovered") == []


def test_a_change_meanwhile_reaches_both(lab: World) -> None:
    made, (old, new) = settled(lab, "host1", "host2")
    move(lab, made)
    command = c.CreatePool(
        project_id="project", load_balancer_id=made, protocol=Protocol.HTTP, algorithm=Algorithm.ROUND_ROBIN
    )
    change.change(lab.services, TENANT, command)
    assert [(len(spec.pools), spec.claim) for spec in old.settle()] == [(1, 1)]
    assert shown(lab, made).provisioning is Provisioning.PENDING_UPDATE
    assert [(len(spec.pools), spec.claim) for spec in new.settle()] == [(1, 2)]
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    assert presence(old.settle()) == [(made, False)]


def test_a_host_that_refuses_does_not_get_it(lab: World) -> None:
    made, (old, new) = settled(lab, "host1", "host2")
    move(lab, made)
    new.answer(*new.take(), refused="no room on the disk")
    assert where(lab, made) == "host1"
    assert presence(new.settle()) == [(made, False)]
    assert [(spec.present, spec.claim) for spec in old.settle()] == [(True, 3)]
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    assert told(lab, "move_ended") == ["stays on host1: the other host refused: no room on the disk"]


def test_a_host_that_dies_before_it_has_it_does_not_get_it(lab: World) -> None:
    made, (old, _) = settled(lab, "host1", "host2")
    move(lab, made)
    lab.pass_by(4, old)
    assert where(lab, made) == "host1"
    assert [(spec.present, spec.claim) for spec in old.settle()] == [(True, 3)]
    assert "host2 was silent for 3." in told(lab, "move_ended")[0]


def test_a_host_that_dies_while_it_is_left_is_left(lab: World) -> None:
    made, (old, new) = settled(lab, "host1", "host2")
    move(lab, made)
    lab.pass_by(4, new)
    assert states(lab) == {"host1": ("down", 0, 0), "host2": ("up", 1, 0)}
    new.settle()
    old.beat()
    assert presence(old.settle()) == [(made, False)]


def test_second_thoughts(lab: World) -> None:
    made, (old, new, third) = settled(lab, "host1", "host2", "host3")
    move(lab, made, "host2")
    assert move(lab, made, "host3") == Move(made, "host2", "host3")
    assert presence(new.settle()) == [(made, False)]
    assert old.take() == ()
    assert move(lab, made, "host1") == Move(made, "host3", "host1")
    assert presence(third.settle()) == [(made, False)]
    assert [spec.claim for spec in old.settle()] == [4]
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    assert states(lab) == {"host1": ("up", 1, 0), "host2": ("up", 0, 0), "host3": ("up", 0, 0)}
    assert move(lab, made, "host1") == Move(made, "host1", "host1")
    assert old.take() == ()


def test_a_deletion_meanwhile_leaves_nothing_anywhere(lab: World) -> None:
    made, (old, new) = settled(lab, "host1", "host2")
    move(lab, made)
    change.change(lab.services, TENANT, c.DeleteLoadBalancer(made))
    with pytest.raises(errors.Immutable):
        move(lab, made)
    assert presence(old.settle()) == presence(new.settle()) == [(made, False)]
    with pytest.raises(errors.NotFound):
        shown(lab, made)
    assert told(lab, "moved") == []
    # It was told once more when the other one had nothing left.
    old.settle()
    assert Host(lab, "host1").take() == Host(lab, "host2").take() == ()


def test_only_a_host_that_can_have_it_gets_it(lab: World) -> None:
    made, _ = settled(lab, "host1")
    lab.host("full", capacity=1)
    while where(lab, balancer(lab)) != "full":
        pass
    with pytest.raises(errors.NotFound):
        move(lab, made, "nowhere")
    with pytest.raises(HostUnfit, match=r"full can't have load balancer .* of these 0 have room"):
        move(lab, made, "full")
    with pytest.raises(errors.NoHost):
        move(lab, made)
    with pytest.raises(errors.Forbidden):
        relocation.move(lab.services, TENANT, made, None)


def test_off_a_silent_host_it_goes_at_once(lab: World) -> None:
    made, (_, new) = settled(lab, "host1", "host2")
    lab.clock.now += 4
    new.beat()
    move(lab, made)
    assert states(lab) == {"host1": ("down", 0, 0), "host2": ("up", 1, 0)}


def test_a_host_is_drained_and_takes_part_again(lab: World) -> None:
    old = lab.host("host1")
    made = [balancer(lab) for _ in range(20)]
    old.settle()
    new = lab.host("host2", capacity=15)
    view = relocation.drain(lab.services, ADMIN, "host1", draining=True)
    assert (view.state, view.load_balancers, view.leaving) == ("draining", 5, 15)
    new.settle()
    old.settle()
    lab.pass_by(1, old, new)
    third = lab.host("host3")
    lab.pass_by(1, old, new, third)
    third.settle()
    old.settle()
    assert states(lab) == {"host1": ("drained", 0, 0), "host2": ("up", 15, 0), "host3": ("up", 5, 0)}
    assert old.running == {}
    assert all(shown(lab, one).provisioning is Provisioning.ACTIVE for one in made)
    assert relocation.drain(lab.services, ADMIN, "host1", draining=False).state == "up"


def test_a_drained_host_that_is_silent_is_left_whatever_the_options_say(tmp_path: Path) -> None:
    lab = cloud(tmp_path, failover=False)
    made, (_, new) = settled(lab, "host1", "host2")
    lab.pass_by(5, new)
    assert where(lab, made) == "host1"
    relocation.drain(lab.services, ADMIN, "host1", draining=True)
    lab.pass_by(1, new)
    assert where(lab, made) == "host2"


def test_who_is_heard_of_is_given_up_only_by_force(lab: World) -> None:
    made, (old, new) = settled(lab, "host1", "host2")
    with pytest.raises(HostAlive):
        relocation.fail(lab.services, ADMIN, "host1", force=False)
    assert relocation.fail(lab.services, ADMIN, "host1", force=True).state == "down"
    assert where(lab, made) == "host2"
    new.settle()
    assert "host1 was said to be dead by an administrator" in told(lab, "moved")[0]
    lab.clock.now += 1
    old.beat()
    assert states(lab)["host1"] == ("up", 0, 0)
    assert presence(old.settle()) == [(made, False)]


def test_a_host_that_the_brake_holds_is_given_up(lab: World) -> None:
    made, (old, second, third) = settled(lab, "host1", "host2", "host3")
    lab.pass_by(3, old, second, third)
    lab.pass_by(6, third)
    assert where(lab, made) == "host1"
    assert len(told(lab, "brake")) == 1
    relocation.fail(lab.services, ADMIN, "host1", force=False)
    assert where(lab, made) == "host3"


def test_hosts_are_evened_out_with_the_fewest_moves(lab: World) -> None:
    old = lab.host("host1")
    for _ in range(7):
        balancer(lab)
    old.settle()
    new, small = lab.host("host2"), lab.host("host3", capacity=1)
    planned = relocation.rebalance(lab.services, ADMIN, dry_run=True)
    assert states(lab)["host1"] == ("up", 7, 0)
    assert sorted(one.to_host for one in planned) == ["host2", "host2", "host2", "host3"]
    assert relocation.rebalance(lab.services, ADMIN, dry_run=False) == planned
    for host in (new, small, old):
        host.settle()
    assert states(lab) == {"host1": ("up", 3, 0), "host2": ("up", 3, 0), "host3": ("up", 1, 0)}
    assert relocation.rebalance(lab.services, ADMIN, dry_run=False) == []


def test_an_agent_that_still_serves_something_can_not_be_forgotten(lab: World) -> None:
    made, (old, _) = settled(lab, "host1", "host2")
    move(lab, made)
    with pytest.raises(errors.AgentInUse):
        agents.change(lab.services, ADMIN, DeleteAgent(old.beat()))
