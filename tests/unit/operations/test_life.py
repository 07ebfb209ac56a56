"""The life of a load balancer between a caller and its host."""

from pathlib import Path

import pytest

from openlbaas.domain import commands as c
from openlbaas.domain import errors
from openlbaas.domain.network import DeletePort
from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.selection import Selection
from openlbaas.domain.views import LoadBalancerView, PoolView
from openlbaas.domain.vocabulary import Algorithm, Kind, Operating, Protocol
from openlbaas.operations import agents, change, networks, read
from world import ADMIN, STRANGER, TENANT, Host, World, world


@pytest.fixture
def lab(tmp_path: Path) -> World:
    return world(tmp_path)


def balancer(lab: World, name: str = "lb") -> LoadBalancerView:
    subnets = networks.select(lab.services, ADMIN, Kind.SUBNET, Selection())
    subnet_id = subnets[0].id if subnets else lab.subnet(lab.network()).id
    made = change.change(
        lab.services, TENANT, c.CreateLoadBalancer(project_id="project", name=name, vip_subnet_id=subnet_id)
    )
    assert isinstance(made, LoadBalancerView)
    return made


def pool(lab: World, load_balancer_id: str) -> PoolView:
    command = c.CreatePool(
        project_id="project",
        load_balancer_id=load_balancer_id,
        protocol=Protocol.HTTP,
        algorithm=Algorithm.ROUND_ROBIN,
    )
    made = change.change(lab.services, TENANT, command)
    assert isinstance(made, PoolView)
    return made


def status(lab: World, load_balancer_id: str) -> LoadBalancerView:
    shown = read.show(lab.services, TENANT, Kind.LOAD_BALANCER, load_balancer_id)
    assert isinstance(shown, LoadBalancerView)
    return shown


def test_created_then_active_as_soon_as_the_host_says_so(lab: World) -> None:
    host = lab.host()
    made = balancer(lab)
    assert (made.provisioning, made.operating) == (Provisioning.PENDING_CREATE, Operating.OFFLINE)
    assert made.object.vip.address == "172.20.0.2"
    assert lab.woken == ["host1"]
    host.settle()
    shown = status(lab, made.object.id)
    assert (shown.provisioning, shown.operating) == (Provisioning.ACTIVE, Operating.ONLINE)


def test_a_deleted_one_is_shown_until_the_host_is_done_then_gone_with_its_port(lab: World) -> None:
    host = lab.host()
    made = balancer(lab)
    host.settle()
    change.change(lab.services, TENANT, c.DeleteLoadBalancer(made.object.id))
    assert status(lab, made.object.id).provisioning is Provisioning.PENDING_DELETE
    assert [s.present for s in host.settle()] == [False]
    with pytest.raises(errors.NotFound):
        status(lab, made.object.id)
    assert not networks.select(lab.services, ADMIN, Kind.PORT, Selection())
    assert host.take() == ()


def test_a_late_answer_for_an_older_revision_settles_nothing_newer(lab: World) -> None:
    host = lab.host()
    made = balancer(lab)
    old = host.take()
    pool(lab, made.object.id)
    host.answer(*old)
    assert status(lab, made.object.id).provisioning is Provisioning.PENDING_UPDATE
    host.settle()
    assert status(lab, made.object.id).provisioning is Provisioning.ACTIVE


def test_a_refusal_is_an_error_with_its_reason_until_the_next_good_revision(lab: World) -> None:
    host = lab.host()
    made = balancer(lab)
    host.answer(*host.take(), refused="no room")
    shown = status(lab, made.object.id)
    assert (shown.provisioning, shown.reason) == (Provisioning.ERROR, "no room")
    pool(lab, made.object.id)
    host.settle()
    assert status(lab, made.object.id).provisioning is Provisioning.ACTIVE


def test_nothing_pends_for_ever(lab: World) -> None:
    lab.host()
    made = balancer(lab)
    lab.clock.now += 61
    shown = status(lab, made.object.id)
    assert shown.provisioning is Provisioning.ERROR
    assert "has not answered" in shown.reason


def test_without_a_live_host_nothing_is_left_of_the_attempt(lab: World) -> None:
    with pytest.raises(errors.NoHost):
        balancer(lab)
    assert not networks.select(lab.services, ADMIN, Kind.PORT, Selection())
    assert not read.select(lab.services, ADMIN, Kind.LOAD_BALANCER, Selection())


def test_a_host_that_lost_its_place_gets_everything_and_one_that_did_not_only_what_is_new(lab: World) -> None:
    host = lab.host()
    first, second = balancer(lab, "a"), balancer(lab, "b")
    assert {s.id for s in host.settle()} == {first.object.id, second.object.id}
    pool(lab, first.object.id)
    assert [s.id for s in host.take()] == [first.object.id]
    assert {s.id for s in Host(lab, "host1").take()} == {first.object.id, second.object.id}
    assert {s.id for s in Host(lab, "host1", position=10_000).take()} == {first.object.id, second.object.id}


def test_a_deletion_ends_although_the_host_is_dead_and_the_host_cleans_up_later(lab: World) -> None:
    host = lab.host()
    made = balancer(lab)
    host.settle()
    change.change(lab.services, TENANT, c.DeleteLoadBalancer(made.object.id))
    lab.keep()
    assert status(lab, made.object.id).provisioning is Provisioning.PENDING_DELETE
    lab.pass_by(11)
    with pytest.raises(errors.NotFound):
        status(lab, made.object.id)
    host.beat()
    (spec,) = host.settle()
    assert (spec.id, spec.present) == (made.object.id, False)
    assert Host(lab, "host1").take() == ()


def test_a_member_deleted_on_a_dead_host_is_gone_too(lab: World) -> None:
    host = lab.host()
    made = balancer(lab)
    held = pool(lab, made.object.id)
    host.settle()
    change.change(lab.services, TENANT, c.DeletePool(held.object.id))
    lab.pass_by(11)
    with pytest.raises(errors.NotFound):
        read.show(lab.services, TENANT, Kind.POOL, held.object.id)
    host.beat()
    host.settle()
    assert status(lab, made.object.id).provisioning is Provisioning.ACTIVE


def test_failover_moves_only_when_asked_to(tmp_path: Path) -> None:
    lab = world(tmp_path, failover=True)
    first = lab.host("host1")
    made = balancer(lab)
    first.settle()
    second = lab.host("host2")
    lab.pass_by(11, second)
    assert [s.id for s in second.settle()] == [made.object.id]
    assert agents.hosting(lab.services, ADMIN, made.object.id).object.host == "host2"
    assert status(lab, made.object.id).provisioning is Provisioning.ACTIVE
    first.beat()
    (told,) = first.settle()
    assert not told.present
    assert status(lab, made.object.id).provisioning is Provisioning.ACTIVE
    assert [s.id for s in Host(lab, "host2").take()] == [made.object.id]


def test_each_binding_has_a_higher_claim_which_the_host_that_lost_it_learns_too(tmp_path: Path) -> None:
    lab = world(tmp_path, failover=True)
    hosts = [lab.host("host1")]
    made = balancer(lab)
    assert [s.claim for s in hosts[0].settle()] == [1]
    pool(lab, made.object.id)
    assert [s.claim for s in hosts[0].settle()] == [1]
    for claim, name in ((2, "host2"), (3, "host3")):
        hosts.append(lab.host(name))
        lab.pass_by(11, hosts[-1])
        assert [s.claim for s in hosts[-1].settle()] == [claim]
    hosts[0].beat()
    assert [(s.present, s.claim) for s in hosts[0].settle()] == [(False, 3)]


def test_without_the_option_a_load_balancer_waits_for_its_host(lab: World) -> None:
    host = lab.host("host1")
    made = balancer(lab)
    host.settle()
    lab.pass_by(60, lab.host("host2"))
    assert agents.hosting(lab.services, ADMIN, made.object.id).object.host == "host1"
    assert status(lab, made.object.id).provisioning is Provisioning.ACTIVE


def test_one_tenant_never_sees_or_touches_anothers(lab: World) -> None:
    lab.host()
    made = balancer(lab)
    id_ = made.object.id
    held = pool(lab, id_)
    with pytest.raises(errors.NotFound):
        read.show(lab.services, STRANGER, Kind.LOAD_BALANCER, id_)
    assert read.select(lab.services, STRANGER, Kind.LOAD_BALANCER, Selection()) == []
    assert read.select(lab.services, STRANGER, Kind.POOL, Selection(project_id="project")) == []
    for command in (
        c.UpdateLoadBalancer(id=id_, name="mine"),
        c.DeleteLoadBalancer(id_),
        c.DeletePool(held.object.id),
        c.CreateListener(project_id="other", load_balancer_id=id_, protocol=Protocol.HTTP, protocol_port=80),
        c.CreateMember(project_id="other", pool_id=held.object.id, address="10.0.0.1", protocol_port=80),
    ):
        with pytest.raises(errors.NotFound):
            change.change(lab.services, STRANGER, command)
    with pytest.raises(errors.NotFound):
        networks.show(lab.services, STRANGER, Kind.PORT, made.object.vip.port_id)
    with pytest.raises(errors.Forbidden):
        agents.select(lab.services, TENANT, Selection())


def test_the_port_of_a_vip_is_kept(lab: World) -> None:
    lab.host()
    made = balancer(lab)
    with pytest.raises(errors.VipPortInUse):
        networks.change(lab.services, ADMIN, DeletePort(made.object.vip.port_id))


@pytest.mark.parametrize(
    ("address", "error"),
    [("172.20.0.2", errors.AddressTaken), ("10.1.1.1", errors.AddressOutsideSubnet)],
)
def test_a_vip_address_must_be_free_and_of_the_subnet(lab: World, address: str, error: type[Exception]) -> None:
    lab.host()
    first = balancer(lab)
    command = c.CreateLoadBalancer(project_id="project", vip_subnet_id=first.object.vip.subnet_id, vip_address=address)
    with pytest.raises(error):
        change.change(lab.services, TENANT, command)
    assert len(networks.select(lab.services, ADMIN, Kind.PORT, Selection())) == 1


def test_refuse_while_pending_is_the_originals_way(tmp_path: Path) -> None:
    lab = world(tmp_path, refuse_while_pending=True)
    host = lab.host()
    made = balancer(lab)
    with pytest.raises(errors.Immutable) as refused:
        pool(lab, made.object.id)
    assert refused.value.state == "PENDING_CREATE"
    host.settle()
    pool(lab, made.object.id)


def test_listener_and_pool_of_two_load_balancers_are_not_joined(lab: World) -> None:
    lab.host()
    one, two = balancer(lab, "a"), balancer(lab, "b")
    held = pool(lab, one.object.id)
    command = c.CreateListener(
        project_id="project",
        load_balancer_id=two.object.id,
        default_pool_id=held.object.id,
        protocol=Protocol.HTTP,
        protocol_port=80,
    )
    with pytest.raises(errors.DifferentLoadBalancers):
        change.change(lab.services, TENANT, command)


def test_a_health_report_shows_in_the_status(lab: World) -> None:
    host = lab.host()
    made = balancer(lab)
    held = pool(lab, made.object.id)
    subnet_id = made.object.vip.subnet_id
    member = change.change(
        lab.services,
        TENANT,
        c.CreateMember(
            project_id="project",
            pool_id=held.object.id,
            address="172.20.0.6",
            protocol_port=80,
            subnet_id=subnet_id,
        ),
    )
    assert member is not None
    assert not isinstance(member, tuple)
    host.settle()
    host.see(made.object.id, **{member.object.id: "DOWN", "unknown": "UP"})
    shown = read.show(lab.services, TENANT, Kind.MEMBER, member.object.id, held.object.id)
    assert not isinstance(shown, PoolView | LoadBalancerView)


def test_an_agent_that_hosts_something_is_not_forgotten(lab: World) -> None:
    host = lab.host()
    balancer(lab)
    agent = agents.select(lab.services, ADMIN, Selection())[0]
    with pytest.raises(errors.AgentInUse):
        agents.change(lab.services, ADMIN, agents.DeleteAgent(agent.object.id))
    assert host.beat() == agent.object.id
