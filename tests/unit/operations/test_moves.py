"""Load balancers that go from host to host by themselves."""

from pathlib import Path

import pytest

from moving import balancer, cloud, presence, shown, told, where
from openlbaas.domain import errors
from openlbaas.domain.agents import UpdateAgent
from openlbaas.domain.provisioning import Provisioning
from openlbaas.operations import agents
from world import ADMIN


def test_a_dead_host_is_left_one_down_time_after_its_last_word_and_the_gap_is_told(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    first = lab.host("host1")
    made = balancer(lab)
    first.settle()
    second = lab.host("host2")
    lab.pass_by(2.5, second)
    assert where(lab, made) == "host1"
    lab.pass_by(1, second)
    assert where(lab, made) == "host2"
    assert shown(lab, made).provisioning is Provisioning.PENDING_UPDATE
    lab.clock.now += 0.2
    second.settle()
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    (moved,) = told(lab, "moved")
    assert moved.startswith("moved from host1 to host2: host1 was silent for 3.")
    (recovered,) = told(lab, "recovered")
    assert recovered.startswith("after 3")
    first.beat()
    assert presence(first.settle()) == [(made, False)]
    assert first.running == {}
    second.settle()
    assert len(told(lab, "recovered")) == 1


def test_many_are_spread_over_the_living_in_few_transactions_that_wake_each_host_once(tmp_path: Path) -> None:
    lab = cloud(tmp_path, scheduler="least_loaded")
    dying = lab.host("host0")
    made = [balancer(lab) for _ in range(40)]
    dying.settle()
    living = [lab.host(f"host{n}") for n in range(1, 5)]
    lab.woken.clear()
    lab.pass_by(4, *living)
    assert sorted(where(lab, id_) for id_ in made) == sorted(host.name for host in living for _ in range(10))
    assert len(lab.woken) == 3 * 5
    for host in living:
        assert len(host.settle()) == 10
    assert all(shown(lab, id_).provisioning is Provisioning.ACTIVE for id_ in made)


def test_who_reports_just_before_it_is_moved_keeps_what_it_has(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    first = lab.host("host1")
    made = balancer(lab)
    first.settle()
    lab.pass_by(60, first, lab.host("host2"))
    assert where(lab, made) == "host1"
    assert told(lab, "moved") == []


def test_a_host_that_is_switched_off_is_left_alone(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    first = lab.host("host1")
    made = balancer(lab)
    agents.change(lab.services, ADMIN, UpdateAgent(id=first.beat(), admin_state_up=False))
    lab.pass_by(20, lab.host("host2"))
    assert where(lab, made) == "host1"


def test_without_another_host_it_is_in_error_with_a_reason_until_there_is_one(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    first = lab.host("host1")
    made = balancer(lab)
    first.settle()
    lab.pass_by(8)
    assert shown(lab, made).provisioning is Provisioning.ERROR
    assert "there is no other for it: of 1 host 1 enabled, of these 0 heard of" in shown(lab, made).reason
    assert "host1" not in shown(lab, made).reason
    assert len(told(lab, "stranded")) == 1
    second = lab.host("host2")
    lab.pass_by(1, second)
    second.settle()
    assert (where(lab, made), shown(lab, made).provisioning) == ("host2", Provisioning.ACTIVE)
    assert len(told(lab, "recovered")) == 1


def test_without_another_host_its_own_may_come_back(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    first = lab.host("host1")
    made = balancer(lab)
    first.settle()
    lab.pass_by(8)
    first.beat()
    assert presence(first.settle()) == [(made, True)]
    assert shown(lab, made).provisioning is Provisioning.ACTIVE
    assert len(told(lab, "recovered")) == 1


def test_the_brake_holds_everything_says_so_once_and_then_lets_go(tmp_path: Path) -> None:
    lab = cloud(tmp_path, brake_timeout_s=10.0)
    hosts = [lab.host(f"host{n}") for n in range(3)]
    made = [balancer(lab) for _ in range(6)]
    for host in hosts:
        host.settle()
    before = {id_: where(lab, id_) for id_ in made}
    lab.pass_by(12, hosts[0])
    assert {id_: where(lab, id_) for id_ in made} == before
    (text,) = told(lab, "brake")
    assert text.startswith("2 of 3 hosts fell silent at once: the control plane is suspected")
    lab.pass_by(3, hosts[0])
    assert {where(lab, id_) for id_ in made} == {"host0"}
    assert len(told(lab, "brake")) == len(told(lab, "brake_released")) == 1


def test_the_brake_ends_when_the_hosts_are_heard_of_again(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    hosts = [lab.host(f"host{n}") for n in range(3)]
    made = [balancer(lab) for _ in range(6)]
    before = {id_: where(lab, id_) for id_ in made}
    lab.pass_by(15)
    lab.pass_by(60, *hosts)
    assert {id_: where(lab, id_) for id_ in made} == before
    assert len(told(lab, "brake")) == len(told(lab, "brake_released")) == 1


def test_a_full_host_is_not_chosen_and_when_all_are_full_the_answer_says_so(tmp_path: Path) -> None:
    lab = cloud(tmp_path)
    lab.host("small", capacity=1)
    lab.host("large", capacity=3)
    made = [balancer(lab) for _ in range(4)]
    assert sorted(where(lab, id_) for id_ in made) == ["large", "large", "large", "small"]
    with pytest.raises(errors.NoHost, match="of these 0 have room"):
        balancer(lab)


def test_zones_are_spread_project_by_project(tmp_path: Path) -> None:
    lab = cloud(tmp_path, scheduler="zone_spread")
    for name, zone in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        lab.host(name, availability_zone=zone)
    mine = [where(lab, balancer(lab)) for _ in range(4)]
    others = [where(lab, balancer(lab, project_id="other")) for _ in range(2)]
    assert sorted(name[0] for name in mine) == ["a", "a", "b", "b"]
    assert sorted(mine)[:2] == ["a1", "a2"]
    assert sorted(name[0] for name in others) == ["a", "b"]


def test_it_goes_home_by_choice_without_a_gap(tmp_path: Path) -> None:
    lab = cloud(tmp_path, failback=True)
    first = lab.host("host1")
    made = balancer(lab)
    first.settle()
    second = lab.host("host2")
    lab.pass_by(4, second)
    second.settle()
    lab.pass_by(5, first, second)
    first.settle()
    assert where(lab, made) == "host2"
    lab.pass_by(6, first, second)
    assert where(lab, made) == "host1"
    assert second.take() == ()
    assert [(spec.present, spec.claim) for spec in first.settle()] == [(True, 3)]
    assert presence(second.settle()) == [(made, False)]
    assert told(lab, "moved")[-1].startswith("moved from host2 to host1: its first host is back; host1 was ready after")
    lab.pass_by(30, first, second)
    assert where(lab, made) == "host1"
