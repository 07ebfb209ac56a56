"""What each feature does to traffic, set up through the API by a tenant: protocols, algorithms, persistence, limits."""

import ssl
import subprocess
from typing import Any

import pytest
from tenant import FIRST_PLAIN, FIRST_TLS, Tenant
from waits import eventually

from pki import issued

ONE, TWO, THREE = FIRST_PLAIN, FIRST_PLAIN + 1, FIRST_PLAIN + 2


def test_http_adds_who_asked(tenant: Tenant) -> None:
    vip, *_ = tenant.serving(ONE, TWO)
    said = tenant.client.get(vip, "/some/path?with=query")
    assert said.seen["path"] == "/some/path?with=query"
    assert said.seen["headers"]["x-forwarded-for"] == tenant.web.rsplit(".", 1)[0] + ".200"
    assert tenant.client.shares(vip, 10) == {ONE: 5, TWO: 5}


def test_tcp_passes_what_comes(tenant: Tenant) -> None:
    vip, *_ = tenant.serving(ONE, protocol="TCP", port=8080)
    said = tenant.client.get(vip, port=8080)
    assert said.member == ONE
    assert "x-forwarded-for" not in said.seen["headers"]


def test_https_passes_to_who_ends_it(tenant: Tenant) -> None:
    vip, *_ = tenant.serving(FIRST_TLS, protocol="HTTPS", port=443)
    with tenant.client.tls(vip, 443) as line:
        leaf = (tenant.folder / "tls.pem").read_text().partition("-----BEGIN PRIVATE KEY")[0]
        assert line.getpeercert(binary_form=True) == ssl.PEM_cert_to_DER_cert(leaf)
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert f'"member": {FIRST_TLS}'.encode() in b"".join(iter(lambda: line.recv(4096), b""))


def uploaded(tenant: Tenant, *names: str) -> tuple[dict[str, Any], bytes]:
    """Upload a certificate; what the API shows of it, and the certificate itself."""
    made = issued(names[0], hosts=names)
    shown = tenant.make("certificates", "certificate", certificate=made.pem, private_key=made.key_pem, name=names[0])
    return shown, ssl.PEM_cert_to_DER_cert(made.pem)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_tls_ends_here(tenant: Tenant, lab: Any) -> None:
    (first, first_leaf), (second, second_leaf) = uploaded(tenant, "one.test"), uploaded(tenant, "two.test")
    assert "private_key" not in first
    balancer = tenant.balancer()
    listener = tenant.listener(
        balancer,
        "TERMINATED_HTTPS",
        443,
        default_tls_container_ref=first["id"],
        sni_container_refs=[f"https://secrets.test/v1/containers/{second['id']}"],
    )
    tenant.pool(listener, ONE)
    tenant.active()
    vip = balancer["vip_address"]
    for name, leaf in ((None, first_leaf), ("one.test", first_leaf), ("two.test", second_leaf), ("x.test", first_leaf)):
        with tenant.client.tls(vip, 443, name) as line:
            assert line.getpeercert(binary_form=True) == leaf, name
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        with tenant.client.tls(vip, 443, version=version, offers=["h2", "http/1.1"]) as line:
            assert line.selected_alpn_protocol() == "h2"
    with pytest.raises(ssl.SSLError):
        tenant.client.tls(vip, 443, version=ssl.TLSVersion.TLSv1_1)
    with tenant.client.tls(vip, 443) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        said = b"".join(iter(lambda: line.recv(4096), b""))
    assert b'"x-forwarded-proto": "https"' in said
    before = lab.haproxies()
    renewed = issued("one.test")
    tenant.change(f"certificates/{first['id']}", "certificate", certificate=renewed.pem, private_key=renewed.key_pem)
    with tenant.client.tls(vip, 443) as line:
        assert line.getpeercert(binary_form=True) == ssl.PEM_cert_to_DER_cert(renewed.pem)
    assert lab.haproxies() == before
    refused = tenant.api.ask("DELETE", f"lbaas/certificates/{first['id']}")
    assert refused.status == 409, refused.body


def test_weights_share_and_0_gets_nothing(tenant: Tenant) -> None:
    vip, _, _, pool = tenant.serving(ONE, TWO, THREE)
    one, two, three = tenant.members(pool)
    for member, weight in ((one, 9), (two, 3), (three, 0)):
        tenant.change(f"pools/{pool['id']}/members/{member['id']}", "member", weight=weight)
    assert tenant.client.shares(vip, 24) == {ONE: 18, TWO: 6}
    tenant.change(f"pools/{pool['id']}/members/{three['id']}", "member", weight=256)
    assert tenant.client.shares(vip, 20)[THREE] > 15


def slow(tenant: Tenant, vip: str, port: int = 80) -> Any:
    """Ask for what is answered only when the test says so; the open connection."""
    line = tenant.client.connected(vip, port)
    line.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    return line


def test_least_connections_spares_who_is_busy(tenant: Tenant) -> None:
    vip, *_ = tenant.serving(ONE, TWO, lb_algorithm="LEAST_CONNECTIONS")
    with slow(tenant, vip):
        eventually(lambda: tenant.asked(ONE) + tenant.asked(TWO), "the slow request")
        (idle,) = {ONE, TWO} - {port for port in (ONE, TWO) if tenant.asked(port)}
        assert tenant.client.shares(vip, 10) == {idle: 10}


def test_source_ip_keeps_to_one(tenant: Tenant) -> None:
    vip, *_ = tenant.serving(ONE, TWO, THREE, lb_algorithm="SOURCE_IP")
    assert len(tenant.client.shares(vip, 10)) == 1


@pytest.mark.parametrize(
    ("persistence", "path"),
    [
        ({"type": "SOURCE_IP"}, "/"),
        ({"type": "HTTP_COOKIE"}, "/"),
        ({"type": "APP_COOKIE", "cookie_name": "APP"}, "/login"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else None,
)
def test_a_client_stays_where_it_was(tenant: Tenant, persistence: dict[str, str], path: str) -> None:
    vip, *_ = tenant.serving(ONE, TWO, THREE, session_persistence=persistence)
    first = tenant.client.get(vip, path)
    cookie = {"Cookie": first.headers["set-cookie"].split(";")[0]} if "set-cookie" in first.headers else {}
    assert bool(cookie) == (persistence["type"] != "SOURCE_IP")
    assert {tenant.client.get(vip, **cookie).member for _ in range(9)} == {first.member}
    if cookie:
        assert len({tenant.client.get(vip).member for _ in range(9)}) > 1


def test_a_limit_makes_others_wait(tenant: Tenant) -> None:
    balancer = tenant.balancer()
    listener = tenant.listener(balancer, connection_limit=1)
    tenant.pool(listener, ONE)
    tenant.active()
    vip = balancer["vip_address"]
    with slow(tenant, vip), tenant.client.connected(vip, 80) as second:
        eventually(lambda: tenant.asked(ONE), "the slow request")
        second.sendall(b"GET /second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        second.settimeout(0.3)
        with pytest.raises(TimeoutError):
            second.recv(1)
        (tenant.folder / "go").touch()
        second.settimeout(5)
        assert second.recv(4096).startswith(b"HTTP/1.1 200")
    tenant.change(f"listeners/{listener['id']}", "listener", connection_limit=-1)


def reachable(tenant: Tenant, vip: str) -> int | None:
    """Ask once; the status, None when nothing listens."""
    try:
        return tenant.client.get(vip).status
    except OSError:
        return None


def test_what_is_switched_off_gets_nothing(tenant: Tenant) -> None:
    vip, balancer, listener, pool = tenant.serving(ONE, TWO)
    one, _ = tenant.members(pool)
    member = f"pools/{pool['id']}/members/{one['id']}"
    tenant.change(member, "member", admin_state_up=False)
    assert tenant.client.shares(vip, 6) == {TWO: 6}
    tenant.change(member, "member", admin_state_up="True")
    assert tenant.client.shares(vip, 6) == {ONE: 3, TWO: 3}
    for path, kind, off in (
        (f"pools/{pool['id']}", "pool", 503),
        (f"listeners/{listener['id']}", "listener", None),
        (f"loadbalancers/{balancer['id']}", "loadbalancer", None),
    ):
        tenant.change(path, kind, admin_state_up="False")
        assert reachable(tenant, vip) == off, kind
        tenant.change(path, kind, admin_state_up="True")
        assert reachable(tenant, vip) == 200, kind


def test_the_stock_way_of_a_replaced_member(tenant: Tenant) -> None:
    vip, _, _, pool = tenant.serving(ONE)
    (old,) = tenant.members(pool)
    tenant.member(pool, TWO)
    tenant.delete(f"pools/{pool['id']}/members/{old['id']}")
    assert tenant.client.shares(vip, 4) == {TWO: 4}


def test_ping_answers_before_there_is_a_listener(tenant: Tenant) -> None:
    balancer = tenant.balancer()
    tenant.active()
    words = ["ip", "netns", "exec", tenant.client.namespace, "ping", "-c", "1", "-W", "2", balancer["vip_address"]]
    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
