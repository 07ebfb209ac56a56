"""What each feature of the contract does to the traffic of a client on the tenant's network."""

import os
import signal
import socket
import ssl
from pathlib import Path
from typing import Any

import msgspec
import pytest
from balancers import BRIDGE, CLIENT, MEMBERS, VIP, WEB1, WEB2, bare, full, id_of, member, monitor, other
from netns_host import LONGEST_S, Browser, Host, Web, alone, apply, host, inside, once, until
from tls import SECRET, SecureWeb, ask, ask_in_http2, bundle, certificate, connected, leaf, shown

from openlbaas.desired.spec import CertificateSpec, Spec
from openlbaas.domain.errors import ConfigRejected
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns

UP, DOWN = MemberHealth.UP, MemberHealth.DOWN


def neighbours(made: Host) -> tuple[Web, Web]:
    """Put two web servers and a client on the network."""
    made.neighbour("web1", BRIDGE, f"{WEB1}/24")
    made.neighbour("web2", BRIDGE, f"{WEB2}/24")
    made.neighbour("client", BRIDGE, f"{CLIENT}/24")
    return Web("web1", "web1", WEB1), Web("web2", "web2", WEB2)


def terminated(*certificates: CertificateSpec, **more: Any) -> Spec:
    """End TLS on port 443."""
    spec = full(members=MEMBERS[:1], **more)
    listener = msgspec.structs.replace(
        spec.listeners[0], protocol="TERMINATED_HTTPS", port=443, certificates=certificates
    )
    return msgspec.structs.replace(spec, listeners=(listener,))


@alone
def test_tls_ends_here_with_the_certificate_of_the_name_that_was_asked_for(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = HaproxyNetns(made.options, secret=SECRET)
        apply(driver, bare())
        web1, _ = neighbours(made)
        first, second = bundle("lb.example"), bundle("shop.example", "*.shop.example")
        apply(driver, terminated(certificate("c1", first), certificate("c2", second)))
        for name, made_for_it in (("lb.example", first), (None, first), ("other.example", first)):
            assert shown("client", VIP, name) == leaf(made_for_it)
        for name in ("shop.example", "my.shop.example"):
            assert shown("client", VIP, name) == leaf(second)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with connected("client", VIP, versions=(version, version)) as line:
                assert ask(line).endswith("web1")
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with pytest.raises(ssl.SSLError), connected("client", VIP, versions=(version, version)):
                pass
        with connected("client", VIP, offers=("h2", "http/1.1")) as line:
            assert line.selected_alpn_protocol() == "h2"
            assert ask_in_http2(line)
        with connected("client", VIP, offers=("http/1.1",)) as line:
            assert line.selected_alpn_protocol() == "http/1.1"
        assert {asked["x-forwarded-proto"] for asked in web1.requests} == {"https"}
        assert {asked["x-forwarded-for"] for asked in web1.requests} == {CLIENT}


@alone
def test_a_changed_certificate_is_shown_by_the_process_that_runs(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = HaproxyNetns(made.options, secret=SECRET)
        apply(driver, bare())
        neighbours(made)
        first, second = bundle("lb.example"), bundle("lb.example")
        spec = terminated(certificate("c1", first))
        apply(driver, spec)
        before = made.processes()
        with connected("client", VIP) as kept:
            apply(driver, terminated(certificate("c1", second, "2"), revision=3))
            assert ask(kept).endswith("web1")
        assert made.processes() == before
        assert shown("client", VIP) == leaf(second)
        folder = made.folder / "lbaas/v2" / spec.id
        for kind in ("files", "files.good"):
            assert (folder / kind / "c1.pem").read_text().endswith(second)
            assert (folder / kind).stat().st_mode & 0o777 == 0o750
            assert (folder / kind / "c1.pem").stat().st_mode & 0o777 == 0o640
        assert (folder / "applied.json").stat().st_mode & 0o777 == 0o600
        until_started_again(made, driver, *before)
        assert shown("client", VIP) == leaf(second)
        apply(driver, bare(revision=4))
        assert not [path for path in folder.rglob("*") if "PRIVATE KEY" in read(path)]


def until_started_again(made: Host, driver: HaproxyNetns, process: int) -> None:
    """Kill the process and do what an agent does then."""
    os.kill(process, signal.SIGKILL)
    until(lambda: process not in made.processes(), "the end of the process")
    apply(driver, driver.recorded(id_of(1, 1)) or bare())


def read(path: Path) -> str:
    return path.read_text(errors="replace") if path.is_file() else ""


@alone
def test_a_crash_between_any_two_steps_is_made_good(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        apply(HaproxyNetns(made.options, secret=SECRET), bare())
        neighbours(made)
        first, second = bundle("lb.example"), bundle("lb.example")
        old = terminated(certificate("c1", first), certificate("c2", first))
        renewed = terminated(certificate("c1", second, "2"), certificate("c2", first), revision=3)
        fewer = terminated(certificate("c3", second), revision=4)
        for wanted in (renewed, fewer):
            for stop in range(1, 6):
                apply(HaproxyNetns(made.options, secret=SECRET), old)
                assert shown("client", VIP) == leaf(first)
                driver = HaproxyNetns(made.options, secret=SECRET)
                driver.do(wanted, driver.plan(driver.look(wanted.id), wanted)[:stop])
                assert shown("client", VIP) in (leaf(first), leaf(second))
                apply(HaproxyNetns(made.options, secret=SECRET), wanted)
                assert shown("client", VIP) == leaf(second)
                names = {f"{each.id}.pem" for each in wanted.listeners[0].certificates}
                assert {path.name for path in made.folder.rglob("*.pem")} == names


@alone
def test_a_certificate_that_haproxy_refuses_changes_nothing(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = HaproxyNetns(made.options, secret=SECRET)
        apply(driver, bare())
        neighbours(made)
        good, foreign = bundle("lb.example"), bundle("lb.example")
        spec = terminated(certificate("c1", good))
        apply(driver, spec)
        before = made.processes()
        key = good[good.index("-----BEGIN PRIVATE") :]
        mixed = foreign[: foreign.index("-----BEGIN PRIVATE")] + key
        wanted = terminated(certificate("c1", mixed, "2"), revision=3)
        with pytest.raises(ConfigRejected, match=r"c1\.pem"):
            driver.do(wanted, driver.plan(driver.look(spec.id), wanted))
        strange = HaproxyNetns(made.options, secret="another")
        steps = strange.plan(strange.look(spec.id), wanted)
        with pytest.raises(ConfigRejected, match="can't be opened"):
            strange.do(wanted, steps)
        assert made.processes() == before
        assert shown("client", VIP) == leaf(good)
        until_started_again(made, driver, *before)
        assert shown("client", VIP) == leaf(good)


@pytest.mark.parametrize(
    ("protocol", "type_"), [("HTTP", "HTTPS"), ("HTTPS", "HTTPS"), ("TCP", "HTTPS"), ("TCP", "HTTP")]
)
@alone
def test_a_monitor_asks_as_it_says_whatever_the_pool_carries(tmp_path: Path, protocol: str, type_: str) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        made.neighbour("web1", BRIDGE, f"{WEB1}/24")
        made.neighbour("web2", BRIDGE, f"{WEB2}/24")
        right, wrong = (SecureWeb, Web) if type_ == "HTTPS" else (Web, SecureWeb)
        good, _ = right("web1", "web1", WEB1, 8443), wrong("web2", "web2", WEB2, 8443)
        members = (member(1, WEB1, 8443), member(2, WEB2, 8443))
        check = monitor(type=type_, expected_codes="200-204", fall=2, rise=1)
        spec = full(members=members, protocol=protocol, health_monitor=check)
        spec = msgspec.structs.replace(spec, listeners=(msgspec.structs.replace(spec.listeners[0], protocol=protocol),))
        apply(driver, spec)
        one, two = (m.id for m in members)
        until(lambda: driver.measure(spec).health == {one: UP, two: DOWN}, "the first checks")
        good.health = 503
        until(lambda: driver.measure(spec).health == {one: DOWN, two: DOWN}, "the member's end")
        good.health = 204
        until(lambda: driver.measure(spec).health == {one: UP, two: DOWN}, "the member's return")


@alone
def test_tls_passes_through_to_members_that_end_it(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        made.neighbour("web1", BRIDGE, f"{WEB1}/24")
        made.neighbour("client", BRIDGE, f"{CLIENT}/24")
        SecureWeb("web1", "web1", WEB1)
        spec = full(members=(member(1, WEB1, 443),), protocol="HTTPS")
        listener = msgspec.structs.replace(spec.listeners[0], protocol="HTTPS", port=443)
        apply(driver, msgspec.structs.replace(spec, listeners=(listener,)))
        with connected("client", VIP) as line:
            assert ask(line).endswith("web1")


@alone
def test_bytes_pass_through_as_they_are(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        made.neighbour("web1", BRIDGE, f"{WEB1}/24")
        made.neighbour("client", BRIDGE, f"{CLIENT}/24")
        echo = inside("web1", lambda: socket.create_server((WEB1, 7)))
        spec = full(members=(member(1, WEB1, 7),), protocol="TCP", algorithm="LEAST_CONNECTIONS")
        listener = msgspec.structs.replace(spec.listeners[0], protocol="TCP", port=7)
        apply(driver, msgspec.structs.replace(spec, listeners=(listener,)))
        client = inside("client", lambda: socket.create_connection((VIP, 7), LONGEST_S))
        server, _ = echo.accept()
        for one, other_end, said in ((client, server, b"no HTTP \0\r\n\r\n"), (server, client, b"\xff first?")):
            one.sendall(said)
            assert other_end.recv(100) == said


@alone
def test_weights_share_requests_out_and_zero_takes_none(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        neighbours(made)
        for revision, (weights, shares) in enumerate({(3, 1): (9, 3), (256, 0): (12, 0), (0, 0): (0, 0)}.items(), 2):
            members = (member(1, WEB1, weight=weights[0]), member(2, WEB2, weight=weights[1]))
            apply(driver, full(members=members, revision=revision))
            answers = [once("client", VIP) for _ in range(12)]
            assert (answers.count("web1"), answers.count("web2")) == shares
        assert set(answers) == {"503"}


@alone
def test_a_limit_lets_one_more_wait_until_another_ends(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        neighbours(made)
        spec = full()
        listener = msgspec.structs.replace(spec.listeners[0], connection_limit=2)
        apply(driver, msgspec.structs.replace(spec, listeners=(listener,)))
        held = [Browser("client", VIP) for _ in range(2)]
        assert {browser.get() for browser in held} == {"web1", "web2"}
        third = inside("client", lambda: socket.create_connection((VIP, 80), LONGEST_S))
        third.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        third.settimeout(0.3)
        with pytest.raises(TimeoutError):
            third.recv(1)
        held[0].close()
        third.settimeout(LONGEST_S)
        assert third.recv(12) == b"HTTP/1.1 200"


@alone
def test_what_is_switched_off_serves_nothing_and_the_rest_does(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        apply(driver, bare())
        neighbours(made)
        spec = full()
        (listener,), (pool,) = spec.listeners, spec.pools
        apply(driver, spec)
        half = (member(1, WEB1, admin_state_up=False), MEMBERS[1])
        apply(driver, other(spec, pools=(msgspec.structs.replace(pool, members=half),)))
        assert {once("client", VIP) for _ in range(4)} == {"web2"}
        apply(driver, other(spec, pools=(msgspec.structs.replace(pool, admin_state_up=False),)))
        assert once("client", VIP) == "503"
        off = msgspec.structs.replace(listener, admin_state_up=False)
        beside = msgspec.structs.replace(listener, id=id_of(3, 9), port=81)
        apply(driver, other(spec, listeners=(off, beside)))
        assert once("client", VIP, 81) in ("web1", "web2")
        with pytest.raises(ConnectionRefusedError):
            inside_connect(80)
        apply(driver, other(spec, admin_state_up=False))
        with pytest.raises(ConnectionRefusedError):
            inside_connect(81)


def inside_connect(port: int) -> None:
    """Try to connect from the client."""
    problems: list[BaseException] = []

    def attempt() -> None:
        try:
            socket.create_connection((VIP, port), LONGEST_S).close()
        except OSError as error:
            problems.append(error)

    inside("client", attempt)
    for problem in problems:
        raise problem
