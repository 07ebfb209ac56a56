"""Several servers do the upkeep of one database at the same moment: what must happen happens once."""

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from moving import balancer, cloud, shown, told, where
from openlbaas.domain import commands as c
from openlbaas.domain.certificates import CreateCertificate, Material
from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.vocabulary import Protocol
from openlbaas.operations import certificates, change, relocation, report
from openlbaas.operations.services import Ears
from openlbaas.operations.upkeep import Upkeep
from openlbaas.secrets import reading
from openlbaas.secrets.local import Local
from openlbaas.store import Store
from pki import days, issued
from world import ADMIN, Host, World

SERVERS = 3
BALANCERS = 20


Opened = Callable[[World], list[Upkeep]]


@pytest.fixture
def keepers_of() -> Iterator[Opened]:
    """Open more servers on the database of a control plane; each has connections, memory and luck of its own."""
    stores: list[Store] = []

    def opened(lab: World) -> list[Upkeep]:
        connection = lab.services.store.connection  # type: ignore[attr-defined]  # the real store
        stores.extend(Store(connection) for _ in range(SERVERS))
        return [
            Upkeep(
                replace(lab.services, store=store, random=Random(number), new_id=lambda: str(uuid.uuid4()), ears=Ears())
            )
            for number, store in enumerate(stores)
        ]

    yield opened
    for store in stores:
        store.close()


def at_once(keepers: Sequence[Upkeep]) -> None:
    """Have all of them do the upkeep, begun at the same moment."""
    problems: list[BaseException] = []
    ready = threading.Barrier(len(keepers))

    def run(keeper: Upkeep) -> None:
        ready.wait()
        try:
            keeper.run()
        except BaseException as problem:  # noqa: BLE001 - told below
            problems.append(problem)

    threads = [threading.Thread(target=run, args=(keeper,)) for keeper in keepers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def pass_by(lab: World, seconds: float, keepers: Sequence[Upkeep], *living: Host) -> None:
    """Let time pass in which some hosts report and every server looks, twice a second."""
    for _ in range(round(seconds * 2)):
        lab.clock.now += 0.5
        for host in living:
            host.beat()
        at_once(keepers)


def test_a_dead_host_is_left_once(tmp_path: Path, keepers_of: Opened) -> None:
    lab = cloud(tmp_path, scheduler="least_loaded")
    dying = lab.host("host0")
    made = [balancer(lab) for _ in range(BALANCERS)]
    dying.settle()
    before = {spec.id: spec for spec in dying.running.values()}
    living = [lab.host("host1"), lab.host("host2")]
    pass_by(lab, 5, keepers_of(lab), *living)
    assert len(told(lab, "moved")) == BALANCERS
    for host in living:
        host.settle()
    after = {spec.id: spec for host in living for spec in host.running.values()}
    assert after.keys() == before.keys() == set(made)
    assert {after[id_].revision - before[id_].revision for id_ in made} == {1}
    assert {after[id_].claim - before[id_].claim for id_ in made} == {1}
    assert all(shown(lab, id_).provisioning is Provisioning.ACTIVE for id_ in made)
    assert sorted(len(host.running) for host in living) == [BALANCERS // 2] * 2
    assert len(told(lab, "recovered")) == BALANCERS


def test_a_host_is_drained_once(tmp_path: Path, keepers_of: Opened) -> None:
    lab = cloud(tmp_path)
    first = lab.host("host1")
    made = [balancer(lab) for _ in range(BALANCERS)]
    first.settle()
    keepers = keepers_of(lab)
    relocation.drain(lab.services, ADMIN, "host1", draining=True)
    second = lab.host("host2")
    pass_by(lab, 2, keepers, first, second)
    assert {where(lab, id_) for id_ in made} == {"host2"}
    second.settle()
    first.settle()
    assert first.running == {}
    assert len(second.running) == len(told(lab, "moved")) == BALANCERS
    pass_by(lab, 2, keepers, first, second)
    assert len(told(lab, "moved")) == BALANCERS


def test_the_brake_is_told_of_once(tmp_path: Path, keepers_of: Opened) -> None:
    lab = cloud(tmp_path, brake_timeout_s=5.0)
    hosts = [lab.host(f"host{number}") for number in range(3)]
    balancer(lab)
    keepers = keepers_of(lab)
    pass_by(lab, 2, keepers, *hosts)
    pass_by(lab, 6, keepers, hosts[0])
    assert len(told(lab, "brake")) == 1
    pass_by(lab, 6, keepers, *hosts)
    assert len(told(lab, "brake_released")) == 1


@pytest.mark.parametrize("wrong_s", [-3600.0, 3600.0])
def test_a_server_whose_clock_is_wrong_gives_to_those_who_live_and_to_nobody_else(
    tmp_path: Path, wrong_s: float
) -> None:
    lab = cloud(tmp_path)
    living, dying = lab.host("host1"), lab.host("host2")
    wrong = replace(lab.services, clock=lambda: lab.clock.now + wrong_s, ears=Ears())
    keeper = Upkeep(wrong)
    pass_by(lab, 3, [keeper], living, dying)
    pass_by(lab, 4, [keeper], living)
    assert {host.agent.host: host.alive for host in relocation.select(wrong, ADMIN)} == {"host1": True, "host2": False}
    lab.services = wrong
    assert {where(lab, balancer(lab)) for _ in range(8)} == {"host1"}


@pytest.mark.parametrize("wrong_s", [-3600.0, 3600.0])
def test_whoever_was_said_to_be_dead_reports_to_a_server_whose_clock_is_wrong(tmp_path: Path, wrong_s: float) -> None:
    lab = cloud(tmp_path)
    host = lab.host()
    lab.pass_by(2, host)
    relocation.fail(lab.services, ADMIN, "host1", force=True)
    assert not relocation.select(lab.services, ADMIN)[0].alive
    report.report(replace(lab.services, clock=lambda: lab.clock.now + wrong_s), host.report())
    assert relocation.select(lab.services, ADMIN)[0].alive


def test_a_certificate_is_warned_of_once(tmp_path: Path, keepers_of: Opened) -> None:
    lab = cloud(tmp_path, secrets=Local(tmp_path / "certificates.key", reading.contents))
    host = lab.host()
    issue = issued("web.example.com", ends=days(20, after=lab.clock.now))
    command = CreateCertificate(
        project_id="project", material=Material(certificate=issue.pem, private_key=issue.key_pem)
    )
    ref = certificates.change(lab.services, ADMIN, command).object.id  # type: ignore[union-attr]  # it was made
    listener = c.CreateListener(
        project_id="project",
        load_balancer_id=balancer(lab),
        protocol=Protocol.TERMINATED_HTTPS,
        protocol_port=443,
        default_tls_container_ref=ref,
    )
    change.change(lab.services, ADMIN, listener)
    pass_by(lab, 1, keepers_of(lab), host)
    assert len(told(lab, "certificate_expiring")) == 1
