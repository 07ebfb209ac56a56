"""Certificates between a caller, the hosts that show them and the people who must renew them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

import databases
from openlbaas.domain import commands as c
from openlbaas.domain.certificate_errors import CertificateInUse, CertificateInvalid, CertificateUnreadable
from openlbaas.domain.certificates import (
    DAY_S,
    CertificateView,
    CreateCertificate,
    DeleteCertificate,
    Material,
    UpdateCertificate,
)
from openlbaas.domain.errors import NotFound
from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.selection import Selection
from openlbaas.domain.views import ListenerView, LoadBalancerView
from openlbaas.domain.vocabulary import Kind, Protocol
from openlbaas.operations import certificates, change, read
from openlbaas.sealing import opened
from openlbaas.secrets import reading
from openlbaas.secrets.local import Local
from openlbaas.store import tables as t
from pki import Made, days, issued
from world import ADMIN, HOST_SECRET, STRANGER, TENANT, Host, World, world

if TYPE_CHECKING:
    from pathlib import Path

    from openlbaas.desired.spec import CertificateSpec, Spec


@pytest.fixture
def lab(tmp_path: Path) -> World:
    """A control plane that reads certificates in its own process, which is quicker."""
    return world(tmp_path, secrets=Local(tmp_path / "certificates.key", reading.contents))


@pytest.fixture
def host(lab: World) -> Host:
    return lab.host()


def made(lab: World, name: str = "web", *, expires_in: float = 90) -> Made:
    return issued(f"{name}.example.com", ends=days(expires_in, after=lab.clock.now))


def material(one: Made) -> Material:
    return Material(certificate=one.pem, private_key=one.key_pem)


def uploaded(lab: World, one: Made) -> str:
    command = CreateCertificate(project_id="project", material=material(one))
    view = certificates.change(lab.services, TENANT, command)
    assert isinstance(view, CertificateView)
    return view.object.id


def balancer(lab: World) -> str:
    subnet = lab.subnet(lab.network())
    command = c.CreateLoadBalancer(project_id="project", vip_subnet_id=subnet.id)
    view = change.change(lab.services, TENANT, command)
    assert isinstance(view, LoadBalancerView)
    return view.object.id


def listener(lab: World, load_balancer_id: str, ref: str, *sni: str, port: int = 443) -> str:
    command = c.CreateListener(
        project_id="project",
        load_balancer_id=load_balancer_id,
        protocol=Protocol.TERMINATED_HTTPS,
        protocol_port=port,
        default_tls_container_ref=ref,
        sni_container_refs=sni,
    )
    view = change.change(lab.services, TENANT, command)
    assert isinstance(view, ListenerView)
    return view.object.id


def shown(specs: tuple[Spec, ...]) -> tuple[CertificateSpec, ...]:
    (spec,) = specs
    (only,) = spec.listeners
    return only.certificates


def events(lab: World) -> list[tuple[str, str]]:
    """What was noted, but for where load balancers were placed."""

    def work(transaction: object) -> list[tuple[str, str]]:
        rows = transaction.hosts._connection.execute(t.events.select().order_by(t.events.c.id))  # type: ignore[attr-defined]
        return [(row.loadbalancer_id, row.text) for row in rows if row.name == "certificate_expiring"]

    return lab.services.store.read(work)


@pytest.mark.skipif(databases.KIND != "sqlite", reason="looks into the file")
def test_nothing_of_a_key_is_stored_in_the_clear(lab: World, tmp_path: Path) -> None:
    one = made(lab)
    uploaded(lab, one)
    line = one.key_pem.splitlines()[1]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"openlbaas.db", "certificates.key"} <= {path.name for path in files}
    for path in files:
        assert line.encode() not in path.read_bytes()
        assert b"PRIVATE KEY" not in path.read_bytes()


def test_a_host_gets_what_it_can_open_and_the_same_again(lab: World, host: Host) -> None:
    first, second = made(lab, "a"), made(lab, "b")
    refs = uploaded(lab, first), uploaded(lab, second)
    load_balancer_id = balancer(lab)
    listener(lab, load_balancer_id, f"https://keys.example.com/v1/containers/{refs[0]}", refs[1])
    told = shown(host.take())
    assert [one.id for one in told] == list(refs)
    assert opened(HOST_SECRET, told[0].sealed, told[0].id).decode() == first.pem + first.key_pem
    host.position = 0
    assert shown(host.take()) == told


def test_only_a_replaced_certificate_is_news(lab: World, host: Host) -> None:
    ref, other = uploaded(lab, made(lab)), uploaded(lab, made(lab, "other"))
    load_balancer_id = balancer(lab)
    listener(lab, load_balancer_id, ref)
    before = shown(host.settle())
    lab.woken.clear()
    renewed = made(lab)
    certificates.change(lab.services, TENANT, UpdateCertificate(id=ref, name="new name"))
    certificates.change(lab.services, TENANT, UpdateCertificate(id=other, material=material(renewed)))
    assert (lab.woken, host.take()) == ([], ())
    certificates.change(lab.services, TENANT, UpdateCertificate(id=ref, material=material(renewed)))
    assert lab.woken == ["host1"]
    status = read.show(lab.services, TENANT, Kind.LOAD_BALANCER, load_balancer_id)
    assert status.provisioning is Provisioning.PENDING_UPDATE
    after = shown(host.settle())
    assert after[0].fingerprint != before[0].fingerprint
    assert opened(HOST_SECRET, after[0].sealed, ref).decode() == renewed.pem + renewed.key_pem
    # Uploaded once more it is the same, and nobody has to do anything.
    certificates.change(lab.services, TENANT, UpdateCertificate(id=ref, material=material(renewed)))
    assert host.take() == ()


def test_a_bad_replacement_changes_nothing(lab: World, host: Host) -> None:
    ref = uploaded(lab, made(lab))
    listener(lab, balancer(lab), ref)
    before = shown(host.settle())
    wrong = Material(certificate=made(lab).pem, private_key=made(lab).key_pem)
    with pytest.raises(CertificateInvalid, match="do not match"):
        certificates.change(lab.services, TENANT, UpdateCertificate(id=ref, material=wrong))
    host.position = 0
    assert shown(host.take()) == before


def test_who_uses_a_certificate_keeps_it(lab: World, host: Host) -> None:
    ref = uploaded(lab, made(lab))
    load_balancer_id = balancer(lab)
    named = listener(lab, load_balancer_id, uploaded(lab, made(lab, "x")), f"https://keys/containers/{ref}")
    with pytest.raises(CertificateInUse) as caught:
        certificates.change(lab.services, TENANT, DeleteCertificate(ref))
    assert caught.value.by_id == named
    assert certificates.show(lab.services, TENANT, ref).listener_ids == (named,)
    change.change(lab.services, TENANT, c.DeleteListener(named))
    assert certificates.show(lab.services, TENANT, ref).listener_ids == ()
    certificates.change(lab.services, TENANT, DeleteCertificate(ref))
    with pytest.raises(NotFound):
        certificates.show(lab.services, ADMIN, ref)
    assert host.settle()


def test_ids_that_only_end_alike_are_others(lab: World, host: Host) -> None:
    ref = uploaded(lab, made(lab))
    listener(lab, balancer(lab), ref)
    with pytest.raises(NotFound):
        certificates.show(lab.services, TENANT, ref[1:])
    with pytest.raises(NotFound):
        certificates.show(lab.services, TENANT, f"%{ref}")
    assert host.settle()


def test_a_stranger_sees_nothing_and_an_administrator_all(lab: World) -> None:
    ref = uploaded(lab, made(lab))
    assert certificates.select(lab.services, STRANGER, Selection()) == []
    assert certificates.select(lab.services, STRANGER, Selection(project_id="project")) == []
    for command in (UpdateCertificate(id=ref, name="mine"), DeleteCertificate(ref)):
        with pytest.raises(NotFound):
            certificates.change(lab.services, STRANGER, command)
    assert [view.object.id for view in certificates.select(lab.services, ADMIN, Selection())] == [ref]


def test_without_its_key_file_nothing_is_lost_and_nothing_is_drawn_anew(
    lab: World, host: Host, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ref = uploaded(lab, made(lab))
    load_balancer_id = balancer(lab)
    listener(lab, load_balancer_id, ref)
    before = shown(host.settle())
    key = tmp_path / "certificates.key"
    key.rename(tmp_path / "elsewhere")
    host.position = 0
    with caplog.at_level(logging.ERROR):
        # A listener without certificates is refused by its host, which serves on with what it has.
        assert shown(host.take()) == ()
    assert str(key) in caplog.text
    with pytest.raises(CertificateUnreadable) as caught:
        uploaded(lab, made(lab, "more"))
    assert str(key) not in str(caught.value)
    assert not key.exists()
    key.write_text("another key, which is as long as the first\n")
    host.position = 0
    assert shown(host.take()) == ()
    (tmp_path / "elsewhere").replace(key)
    host.position = 0
    assert shown(host.take()) == before


def test_the_end_of_a_certificate_is_spoken_of_in_time_and_once(lab: World, host: Host) -> None:
    ref = uploaded(lab, made(lab, expires_in=40))
    uploaded(lab, made(lab, "unused", expires_in=40))
    load_balancer_id = balancer(lab)
    listener(lab, load_balancer_id, ref)
    listener(lab, load_balancer_id, ref, ref, port=8443)
    told = []
    for days_passed in (0, 9, 1, 1, 21, 1, 5, 1, 1, 1, 30):
        lab.clock.now += days_passed * DAY_S
        lab.keep()
        lab.keep()
        told.append([text.split(" for web.example.com ")[1] for _, text in events(lab)])
    assert told[1] == []
    assert told[2] == ["expires on 1970-02-21, within 30 days"]
    assert told[3] == told[2]
    assert told[5] == [*told[2], "expires on 1970-02-21, within 7 days"]
    assert told[7] == [*told[5], "expires on 1970-02-21, within 1 day"]
    assert told[-1] == told[8] == [*told[7], "has expired on 1970-02-21"]
    assert {where for where, _ in events(lab)} == {load_balancer_id}
    assert certificates.show(lab.services, TENANT, ref).expires_in_days == -31
    assert host.settle()


def test_who_was_renewed_is_spoken_of_again(lab: World, host: Host) -> None:
    ref = uploaded(lab, made(lab, expires_in=20))
    listener(lab, balancer(lab), ref)
    lab.keep()
    renewed = material(made(lab, expires_in=50))
    certificates.change(lab.services, TENANT, UpdateCertificate(id=ref, material=renewed))
    lab.keep()
    assert len(events(lab)) == 1
    lab.clock.now += 25 * DAY_S
    lab.keep()
    assert len(events(lab)) == 2
    assert host.settle()
