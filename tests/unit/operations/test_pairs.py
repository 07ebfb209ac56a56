"""Load balancers of two hosts: placed apart, told of each other, in force on both, and never without the living one."""

from pathlib import Path

import pytest

from moving import balancer, cloud, shown, told
from openlbaas.desired.spec import PairSpec
from openlbaas.domain import commands as c
from openlbaas.domain import errors
from openlbaas.domain.flavors import CreateFlavor, CreateServiceProfile
from openlbaas.domain.pairs import PairImpossible
from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.selection import Selection
from openlbaas.domain.views import LoadBalancerView, MemberView, PoolView
from openlbaas.domain.vocabulary import Algorithm, Kind, Protocol, Role, Topology
from openlbaas.operations import agents, change, flavors, networks, relocation, report
from world import ADMIN, Host, World

BOTH = ["SINGLE", "ACTIVE_STANDBY"]


def hosts(lab: World, count: int, **told_too: object) -> list[Host]:
    return [lab.host(f"host{n}", topologies=BOTH, **told_too) for n in range(1, count + 1)]


def pair(lab: World, **more: object) -> str:
    (subnet, *_) = networks.select(lab.services, ADMIN, Kind.SUBNET, Selection())
    command = c.CreateLoadBalancer(
        project_id="project",
        name="",
        vip_subnet_id=subnet.id,
        topology=Topology.ACTIVE_STANDBY,
        **more,  # type: ignore[arg-type]  # its own words
    )
    made = change.change(lab.services, ADMIN, command)
    assert isinstance(made, LoadBalancerView)
    return made.object.id


def convert(lab: World, balancer_id: str, topology: Topology) -> None:
    change.change(lab.services, ADMIN, c.UpdateLoadBalancer(id=balancer_id, topology=topology))


def on(lab: World, balancer_id: str) -> list[str]:
    return [one.host for one in agents.serving(lab.services, ADMIN, balancer_id)]


def spec(host: Host, balancer_id: str) -> PairSpec:
    host.take()
    found = host.running[balancer_id].pair
    assert found is not None
    return found


def by_name(living: list[Host], names: list[str]) -> list[Host]:
    return [next(host for host in living if host.name == name) for name in names]


def ports(lab: World) -> list[str]:
    return [port.name for port in networks.select(lab.services, ADMIN, Kind.PORT, Selection())]  # type: ignore[union-attr]


def say(lab: World, host: Host, balancer_id: str, role: Role) -> None:
    report.report(lab.services, host.report(roles={balancer_id: role.value}))


def test_both_hosts_are_told_of_each_other_and_it_is_active_when_both_have_it_and_one_the_vip(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    living = hosts(lab, 2)
    made = pair(lab)
    first, second = by_name(living, on(lab, made))
    one, two = spec(first, made), spec(second, made)
    assert {one.seat, two.seat} == {1, 2}
    assert (one.own, one.other, one.router_id) == (two.other, two.own, two.router_id)
    addresses = [end.addresses[0].address for end in (one.own, two.own)]
    vip = first.running[made].vip
    assert vip is not None
    assert len({*addresses, vip.addresses[0].address}) == 3
    assert one.own.mac_address != two.own.mac_address
    second.answer(second.running[made])
    assert shown(lab, made).provisioning is Provisioning.PENDING_CREATE
    first.answer(first.running[made])
    assert shown(lab, made).provisioning is Provisioning.PENDING_CREATE
    say(lab, second, made, Role.STANDBY)
    say(lab, first, made, Role.ACTIVE)
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    assert len(ports(lab)) == 3


def test_a_delete_ends_when_both_hosts_have_nothing_left(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    living = hosts(lab, 2)
    made = pair(lab)
    for host in living:
        host.settle()
    change.change(lab.services, ADMIN, c.DeleteLoadBalancer(made))
    living[0].settle()
    assert shown(lab, made).provisioning is Provisioning.PENDING_DELETE
    living[1].settle()
    with pytest.raises(errors.NotFound):
        shown(lab, made)
    assert ports(lab) == []
    assert all(host.settle() == () and host.running == {} for host in living)


def test_the_second_host_is_in_another_zone_where_there_is_one(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    for number, zone in enumerate(("a", "a", "a", "b"), start=1):
        lab.host(f"host{number}", topologies=BOTH, availability_zone=zone)
    made = [pair(lab) for _ in range(6)]
    assert all("host4" in on(lab, one) for one in made)
    assert any("in another zone" in text for text in told(lab, "standby_placed"))


def test_one_host_alone_serves_until_there_is_another(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    (first,) = hosts(lab, 1)
    made = pair(lab)
    assert spec(first, made).other is None
    first.answer(first.running[made])
    say(lab, first, made, Role.ACTIVE)
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    (alone,) = told(lab, "no_standby")
    assert alone.startswith("host1 serves it alone: ")
    lab.host("host9")  # one that can't
    lab.pass_by(2, first)
    assert on(lab, made) == ["host1"]
    assert len(told(lab, "no_standby")) == 1
    second = lab.host("host2", topologies=BOTH)
    lab.pass_by(1, first, second)
    assert on(lab, made) == ["host1", "host2"]
    assert spec(first, made).other is not None


def test_when_the_first_host_dies_the_second_goes_on_and_a_third_stands_by(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    living = hosts(lab, 3)
    made = pair(lab)
    first, second = by_name(living, on(lab, made))
    (third,) = (host for host in living if host not in (first, second))
    for host in living:
        host.settle()
    seat, own = spec(second, made).seat, spec(second, made).own
    lab.pass_by(4, second, third)
    assert on(lab, made) == [second.name, third.name]
    assert (spec(second, made).seat, spec(second, made).own) == (seat, own)
    assert spec(third, made).own == spec(second, made).other
    assert third.running[made].claim > second.running[made].claim - 1
    second.settle()
    third.answer(third.running[made])
    second.answer(second.running[made])
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    (moved,) = told(lab, "moved")
    assert f"from {first.name} to {second.name}, which stood by" in moved
    first.beat()
    first.settle()
    assert first.running == {}


def test_a_dead_second_host_is_replaced_and_holds_nothing_up(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    living = hosts(lab, 3)
    made = pair(lab)
    first, second = by_name(living, on(lab, made))
    (third,) = (host for host in living if host not in (first, second))
    for host in living:
        host.settle()
    lab.pass_by(4, first, third)
    assert on(lab, made) == [first.name, third.name]
    first.settle()
    third.settle()
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    assert len(told(lab, "standby_moved")) == 1
    lab.pass_by(4, first)
    assert on(lab, made) == [first.name, third.name]
    assert len(told(lab, "no_standby")) == 1


def test_where_nothing_moves_by_itself_a_dead_host_of_a_pair_holds_nothing_up(tmp_path: Path) -> None:
    lab = cloud(tmp_path, failover=False)
    living = hosts(lab, 2)
    made = pair(lab)
    first, second = by_name(living, on(lab, made))
    for host in living:
        host.settle()
    lab.pass_by(4, second)
    change.change(
        lab.services,
        ADMIN,
        c.CreateListener(project_id="project", load_balancer_id=made, protocol=Protocol.HTTP, protocol_port=80),
    )
    second.settle()
    lab.pass_by(1, second)
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    change.change(lab.services, ADMIN, c.DeleteListener(shown(lab, made).listener_ids[0]))
    change.change(lab.services, ADMIN, c.DeleteLoadBalancer(made))
    second.settle()
    lab.pass_by(1, second)
    with pytest.raises(errors.NotFound):
        shown(lab, made)
    first.beat()
    assert [s.present for s in first.settle()] == [False]


def test_a_drained_host_gives_its_seat_away(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    living = hosts(lab, 3)
    made = pair(lab)
    for number in (0, 1):
        for host in living:
            host.settle()
        leaving = on(lab, made)[number]
        relocation.drain(lab.services, ADMIN, leaving, draining=True)
        assert leaving not in on(lab, made)
        assert len(on(lab, made)) == 2
        relocation.drain(lab.services, ADMIN, leaving, draining=False)
    relocation.drain(lab.services, ADMIN, on(lab, made)[1], draining=True)
    relocation.drain(lab.services, ADMIN, on(lab, made)[1], draining=True)
    assert len(on(lab, made)) == 1


def test_a_living_load_balancer_gets_a_second_host_and_loses_it(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    living = hosts(lab, 2)
    made = balancer(lab)
    for host in living:
        host.settle()
    convert(lab, made, Topology.ACTIVE_STANDBY)
    first, second = by_name(living, on(lab, made))
    first.settle()
    assert shown(lab, made).provisioning is Provisioning.PENDING_UPDATE
    second.settle()
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    say(lab, first, made, Role.STANDBY)
    say(lab, second, made, Role.ACTIVE)
    convert(lab, made, Topology.SINGLE)
    assert on(lab, made) == [second.name]
    first.settle()
    assert first.running == {}
    second.settle()
    assert second.running[made].pair is None
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    assert len(ports(lab)) == 1


def test_what_can_not_be_a_pair_is_refused(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    lab.host("host1")
    made = balancer(lab)
    with pytest.raises(PairImpossible):
        convert(lab, made, Topology.ACTIVE_STANDBY)
    with pytest.raises(errors.NoHost):
        pair(lab)
    assert ports(lab) == [f"loadbalancer-{made}"]


def test_an_administrator_switches_and_chooses_who_stands_by(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    living = hosts(lab, 3)
    made = pair(lab)
    first, second = by_name(living, on(lab, made))
    (third,) = (host for host in living if host not in (first, second))
    for host in living:
        host.settle()
    say(lab, first, made, Role.ACTIVE)
    assert relocation.move(lab.services, ADMIN, made, None).to_host == second.name
    assert (spec(second, made).takes_over, spec(first, made).takes_over) == (True, False)
    relocation.move(lab.services, ADMIN, made, first.name)
    assert (spec(second, made).takes_over, spec(first, made).takes_over) == (False, True)
    relocation.move(lab.services, ADMIN, made, third.name)
    assert on(lab, made) == [first.name, third.name]
    assert spec(first, made).takes_over
    second.settle()
    assert second.running == {}


def test_a_flavor_says_of_how_many_hosts_its_load_balancers_are(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    hosts(lab, 2)
    with pytest.raises(errors.Invalid):
        flavors.change(lab.services, ADMIN, CreateServiceProfile(driver="haproxy", metainfo='{"topology": "TWO"}'))
    profile = flavors.change(
        lab.services, ADMIN, CreateServiceProfile(driver="haproxy", metainfo='{"topology": "ACTIVE_STANDBY"}')
    )
    assert profile is not None
    flavor = flavors.change(lab.services, ADMIN, CreateFlavor(name="two", profile_ids=(profile.id,)))
    assert flavor is not None
    (subnet, *_) = networks.select(lab.services, ADMIN, Kind.SUBNET, Selection())
    command = c.CreateLoadBalancer(project_id="project", vip_subnet_id=subnet.id, flavor_id=flavor.id)
    made = change.change(lab.services, ADMIN, command)
    assert isinstance(made, LoadBalancerView)
    assert made.object.topology is Topology.ACTIVE_STANDBY
    assert len(on(lab, made.object.id)) == 2


def test_who_is_not_heard_of_is_shown_so_beside_what_it_said_last(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    living = hosts(lab, 2)
    made = pair(lab)
    first, second = by_name(living, on(lab, made))
    say(lab, first, made, Role.ACTIVE)
    say(lab, second, made, Role.STANDBY)
    lab.clock.now += 3600
    say(lab, second, made, Role.STANDBY)
    shown = [(one.role, one.alive) for one in agents.serving(lab.services, ADMIN, made)]
    assert shown == [(Role.ACTIVE, False), (Role.STANDBY, True)]


def test_members_are_as_the_active_host_sees_them(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    living = hosts(lab, 2)
    made = pair(lab)
    _, second = by_name(living, on(lab, made))
    say(lab, second, made, Role.ACTIVE)
    assert told(lab, "role") == [f"{second.name} has the VIP"]
    assert [one.role for one in agents.serving(lab.services, ADMIN, made)] == [None, Role.ACTIVE]
    first, _ = by_name(living, on(lab, made))
    where = {"project_id": "project", "load_balancer_id": made}
    pool = change.change(
        lab.services, ADMIN, c.CreatePool(protocol=Protocol.HTTP, algorithm=Algorithm.ROUND_ROBIN, **where)
    )
    assert isinstance(pool, PoolView)
    member = c.CreateMember(project_id="project", pool_id=pool.object.id, address="10.0.0.9", protocol_port=80)
    added = change.change(lab.services, ADMIN, member)
    assert isinstance(added, MemberView)
    first.see(made, **{added.object.id: "DOWN"})
    assert told(lab, "member_down") == []
    report.report(
        lab.services, first.report(roles={made: Role.ACTIVE.value}, members={made: {added.object.id: "DOWN"}})
    )
    say(lab, second, made, Role.STANDBY)
    assert len(told(lab, "member_down")) == 1
