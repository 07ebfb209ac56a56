"""Configurations as whole files: read them to see what a spec becomes; HAProxy itself has to accept each one.

The files that a configuration names stand after it, each under its name.
"""

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from openlbaas.desired.spec import (
    AddressSpec,
    CertificateSpec,
    EndSpec,
    HealthMonitorSpec,
    ListenerSpec,
    MemberSpec,
    NetworkSpec,
    PairSpec,
    PersistenceSpec,
    PolicySpec,
    PoolSpec,
    RuleSpec,
    Spec,
    VipSpec,
)
from openlbaas.haproxy.render import Surroundings, render
from openlbaas.haproxy.rendered import Plain, Rendered

FILES = Path(__file__).parent / "haproxy"
LB = "8c3db9cf-b7a1-490c-aa3d-327d997ae097"
LISTENER = "4f997ddd-a36e-4105-b81d-f4744002dd98"
POOL = "b9f7ea85-7a4c-4614-855d-4614a1a840f7"
FOLDER = f"/var/lib/openlbaas/lbaas/v2/{LB}"
AROUND = Surroundings(
    stats_socket=f"{FOLDER}/haproxy_stats.sock",
    state_file=f"{FOLDER}/haproxy.state",
    files_folder=f"{FOLDER}/files",
    hints_socket="/var/lib/openlbaas/lbaas/hints.sock",
)

VIP = VipSpec(
    port_id="dc6c5904-2142-4c6c-9d3c-4a1b1a1a1a1a",
    mac_address="fa:16:3e:11:22:33",
    network=NetworkSpec(id="4c5e1d2f-5a5b-4a5c-8a5d-111111111111"),
    addresses=(AddressSpec("172.20.0.4", 24),),
)
VIP6 = msgspec.structs.replace(VIP, addresses=(AddressSpec("fd00:20::4", 64),))
BOTH = msgspec.structs.replace(VIP, addresses=(*VIP.addresses, *VIP6.addresses))

WEB1 = MemberSpec(id="950acaae-c366-4e82-8335-a38670f7dee1", address="172.20.0.12", port=80)
WEB2 = MemberSpec(id="5f2f9cc2-d066-4644-9a72-39b909ed487b", address="172.20.0.6", port=80)
MONITOR = HealthMonitorSpec(id="6cbb1c2d-0000-4000-8000-000000000001", type="HTTP", delay_s=1, timeout_s=1, fall=2)
HTTP_LISTENER = ListenerSpec(id=LISTENER, protocol="HTTP", port=80, default_pool_id=POOL)
HTTP_POOL = PoolSpec(id=POOL, protocol="HTTP", algorithm="ROUND_ROBIN", members=(WEB1, WEB2), health_monitor=MONITOR)
ARTICLE = Spec(id=LB, revision=6, project_id="p", vip=VIP, listeners=(HTTP_LISTENER,), pools=(HTTP_POOL,))


def changed(spec: Spec, pool: dict[str, object] | None = None, **more: object) -> Spec:
    """Take a spec with some things otherwise."""
    pools = tuple(msgspec.structs.replace(p, **(pool or {})) for p in spec.pools)
    return msgspec.structs.replace(spec, **{"pools": pools, **more})


def monitored(**more: object) -> Spec:
    return changed(ARTICLE, {"health_monitor": msgspec.structs.replace(MONITOR, **more)})


def kept(kind: str, cookie_name: str | None = None) -> dict[str, object]:
    return {"persistence": PersistenceSpec(type=kind, cookie_name=cookie_name)}


def tcp(protocol: str, port: int) -> Spec:
    listener = msgspec.structs.replace(HTTP_LISTENER, protocol=protocol, port=port)
    members = tuple(msgspec.structs.replace(m, port=port) for m in (WEB1, WEB2))
    check = HealthMonitorSpec(id=MONITOR.id, type="TCP", delay_s=5, timeout_s=3, fall=3, rise=2)
    return changed(ARTICLE, {"protocol": protocol, "members": members, "health_monitor": check}, listeners=(listener,))


def rule(number: int, type_: str, compare_type: str, value: str, **more: object) -> RuleSpec:
    """Describe a rule."""
    known = {"id": f"{number:08d}-0000-4000-8000-0000000000ee", "type": type_, "compare_type": compare_type}
    return RuleSpec(**known, value=value, **more)  # type: ignore[arg-type]  # what is more is the rest of it


def policed(*policies: PolicySpec) -> Spec:
    """Give the listener policies, and the load balancer a second pool."""
    listener = msgspec.structs.replace(HTTP_LISTENER, policies=policies)
    return msgspec.structs.replace(ARTICLE, listeners=(listener,), pools=(HTTP_POOL, OTHER_POOL))


def tls(*certificates: CertificateSpec, **more: object) -> Spec:
    """End TLS at the listener."""
    listener = msgspec.structs.replace(
        HTTP_LISTENER, protocol="TERMINATED_HTTPS", port=443, certificates=certificates, **more
    )
    return msgspec.structs.replace(ARTICLE, listeners=(listener,))


OTHER_POOL = PoolSpec(id="d" * 36, protocol="HTTP", algorithm="ROUND_ROBIN", members=(WEB2,))
DEFAULT = CertificateSpec(id="e" * 36, fingerprint="aa" * 32, sealed="")
BY_NAME = CertificateSpec(id="f" * 36, fingerprint="bb" * 32, sealed="")
REJECT = PolicySpec(id="1" * 36, action="REJECT", rules=(rule(1, "PATH", "STARTS_WITH", "/admin"),))
TO_URL = PolicySpec(
    id="2" * 36,
    action="REDIRECT_TO_URL",
    redirect_url="https://www.example.com/a%20b?c=d&e='f'#g$HOME",
    rules=(
        rule(2, "HOST_NAME", "EQUAL_TO", "old.example.com"),
        rule(3, "COOKIE", "CONTAINS", "x", key="stay", invert=True),
    ),
)
TO_POOL = PolicySpec(
    id="3" * 36, action="REDIRECT_TO_POOL", redirect_pool_id="d" * 36, rules=(rule(4, "FILE_TYPE", "REGEX", "^jpe?g$"),)
)
HARD_VALUES = ("#top", '"with blanks "', '" before"', '"a\\"b"', '""', "'", "}", "%[env(HOME)]", "$HOME", "a\\ b", "{")
HARD_KEYS = ("x-a", "a'b", "a#b", "$HOME", "%5b", "a`b|c~")


def end(seat: int) -> EndSpec:
    """Describe one host of two."""
    addresses = (AddressSpec(f"172.20.0.1{seat}", 24), AddressSpec(f"fd00:20::1{seat}", 64))
    return EndSpec(port_id=f"{seat}" * 36, mac_address=f"fa:16:3e:00:00:0{seat}", addresses=addresses)


FIRST = PairSpec(router_id=7, seat=1, own=end(1), other=end(2))
SECOND_ALONE = PairSpec(router_id=7, seat=2, own=end(2))

CASES = {
    "article": ARTICLE,
    "pair": changed(ARTICLE, pair=FIRST),
    "pair_source_ip": changed(ARTICLE, kept("SOURCE_IP"), pair=FIRST),
    "pair_app_cookie_alone": changed(ARTICLE, kept("APP_COOKIE", "JSESSIONID"), pair=SECOND_ALONE),
    "listener_without_pool": changed(
        ARTICLE, listeners=(msgspec.structs.replace(HTTP_LISTENER, default_pool_id=None),), pools=()
    ),
    "two_listeners_one_down": changed(
        ARTICLE,
        listeners=(
            HTTP_LISTENER,
            ListenerSpec(id="a" * 36, protocol="HTTP", port=81, admin_state_up=False),
            ListenerSpec(id="b" * 36, protocol="HTTP", port=8080, default_pool_id=POOL, connection_limit=100),
        ),
    ),
    "pool_down": changed(ARTICLE, {"admin_state_up": False}),
    "member_down_and_weights": changed(
        ARTICLE,
        {
            "members": (
                msgspec.structs.replace(WEB1, weight=256),
                msgspec.structs.replace(WEB2, admin_state_up=False),
                MemberSpec(id="c" * 36, address="172.20.0.13", port=8080, weight=0),
            )
        },
    ),
    "monitor_down": monitored(admin_state_up=False),
    "monitor_head_list": monitored(http_method="HEAD", url_path="/health?a=1", expected_codes="200,204,302"),
    "monitor_range_and_rise": monitored(expected_codes="200-204", rise=3, delay_s=10, timeout_s=5, fall=4),
    "monitor_path_with_everything": monitored(url_path="/a#b$c\"d'e\\f%20{g}"),
    "tcp_least_connections": changed(tcp("TCP", 3306), {"algorithm": "LEAST_CONNECTIONS"}),
    "https": tcp("HTTPS", 443),
    "source_ip_algorithm": changed(ARTICLE, {"algorithm": "SOURCE_IP"}),
    "source_ip_persistence": changed(ARTICLE, kept("SOURCE_IP")),
    "source_ip_persistence_ipv6": changed(ARTICLE, kept("SOURCE_IP"), vip=VIP6),
    "http_cookie": changed(ARTICLE, kept("HTTP_COOKIE")),
    "app_cookie": changed(ARTICLE, kept("APP_COOKIE", "JSESSIONID")),
    "https_monitor": monitored(type="HTTPS", url_path="/health", expected_codes="200-299"),
    "https_monitor_of_passed_through_tls": changed(
        tcp("HTTPS", 443), {"health_monitor": msgspec.structs.replace(MONITOR, type="HTTPS", rise=2)}
    ),
    "http_monitor_of_tcp": changed(tcp("TCP", 8080), {"health_monitor": MONITOR}),
    "ping_monitor": monitored(type="PING"),
    "policies_by_position": policed(TO_POOL, REJECT, PolicySpec(id="4" * 36, action="REJECT"), TO_URL),
    "policy_with_hard_values": policed(
        PolicySpec(
            id="5" * 36,
            action="REJECT",
            rules=tuple(rule(n, "PATH", "CONTAINS", value) for n, value in enumerate(HARD_VALUES, 1)),
        )
    ),
    "policy_with_hard_keys": policed(
        PolicySpec(
            id="5" * 36,
            action="REJECT",
            rules=tuple(rule(n, "HEADER", "REGEX", " #é", key=key) for n, key in enumerate(HARD_KEYS, 1)),
        )
    ),
    "policy_with_many_rules": policed(
        PolicySpec(
            id="5" * 36, action="REJECT", rules=tuple(rule(n, "PATH", "ENDS_WITH", f"/{n}") for n in range(1, 92))
        )
    ),
    "terminated_https": tls(DEFAULT),
    "terminated_https_by_name": tls(DEFAULT, BY_NAME, policies=(REJECT,), connection_limit=50),
    "app_cookie_with_hard_name": changed(ARTICLE, kept("APP_COOKIE", "a#b'c$d")),
    "both_families": changed(
        ARTICLE,
        {"members": (WEB1, msgspec.structs.replace(WEB2, address="fd00:20::6"))},
        vip=BOTH,
    ),
}


def whole(made: Rendered) -> str:
    """Write a configuration and what it names as one text; of a certificate, its fingerprint."""
    files = (
        f"\n=== {name}\n{content.content if isinstance(content, Plain) else content.certificate.fingerprint + chr(10)}"
        for name, content in made.files.items()
    )
    return made.text + "".join(files)


def rendered(case: str) -> Rendered:
    made = render(CASES[case], AROUND)
    assert made is not None
    return made


@pytest.mark.parametrize("case", CASES)
def test_as_written(case: str, *, update_golden: bool) -> None:
    text = whole(rendered(case))
    file = FILES / f"{case}.conf"
    if update_golden:
        file.write_text(text)
    assert text == file.read_text()


def test_no_file_is_left_over() -> None:
    assert {file.stem for file in FILES.iterdir()} == set(CASES)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Have a certificate with its key."""
    folder = tmp_path_factory.mktemp("bundle")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=lb.example -keyout key"
    subprocess.run(["openssl", *words.split(), "-out", "crt"], cwd=folder, check=True, capture_output=True)
    return (folder / "crt").read_text() + (folder / "key").read_text()


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="HAProxy is not installed")
@pytest.mark.parametrize("case", CASES)
def test_haproxy_accepts_it(case: str, tmp_path: Path, bundle: str) -> None:
    # Files of servers' states are written by the agent before a process starts; here an empty one will do.
    (tmp_path / "haproxy.state").write_text("1\n")
    (tmp_path / "files").mkdir()
    made = rendered(case)
    for name, content in made.files.items():
        text = content.content if isinstance(content, Plain) else bundle
        (tmp_path / "files" / name).write_text(f"# {content.mark}\n{text.replace(FOLDER, str(tmp_path))}")
    (tmp_path / "haproxy.conf").write_text(made.text.replace(FOLDER, str(tmp_path)))
    said = subprocess.run(
        ["haproxy", "-c", "-f", tmp_path / "haproxy.conf"], capture_output=True, text=True, check=False, timeout=30
    )
    assert said.returncode == 0, said.stderr
    assert "WARNING" not in said.stderr
