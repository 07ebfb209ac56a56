"""Bad requests on a living server: the contract's code and message, and nothing changed."""

import http.client
import json
from typing import Any

import pytest

LBAAS = "/v2.0/lbaas"


def ask(lab: Any, method: str, path: str, body: str | None = None) -> tuple[int, dict[str, Any], str]:
    """Send one request; the code, the envelope's content, and the request id."""
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=10)
    try:
        connection.request(method, path, body, {"X-Auth-Token": lab.told["token"], "Content-Type": "application/json"})
        answer = connection.getresponse()
        read = json.loads(answer.read() or b"{}")
        return answer.status, read.get("NeutronError", read), answer.headers["X-Openstack-Request-Id"]
    finally:
        connection.close()


@pytest.fixture(scope="module")
def things(lab: Any) -> dict[str, str]:
    """A load balancer with a listener and a pool, for the requests to be wrong about."""
    made = json.loads(lab.ok("lbaas-loadbalancer-create", "--name", "lb", "--wait", "selfservice", "-f", "json"))
    words = ("--protocol", "HTTP", "--protocol-port", "80", "--loadbalancer", "lb", "--name", "li", "-f", "json")
    listener = json.loads(lab.ok("lbaas-listener-create", *words))
    words = ("--protocol", "HTTP", "--lb-algorithm", "ROUND_ROBIN", "--listener", "li", "--name", "po", "-f", "json")
    pool = json.loads(lab.ok("lbaas-pool-create", *words))
    words = ("--subnet", "selfservice", "--address", "172.20.0.12", "--protocol-port", "80", "po")
    lab.ok("lbaas-member-create", *words)
    lab.reaches("lb", "ACTIVE")
    return {
        "lb": made["id"],
        "vip": made["vip_address"],
        "port": made["vip_port_id"],
        "listener": listener["id"],
        "pool": pool["id"],
        "subnet": lab.told["subnet_id"],
    }


NOWHERE = "00000000-0000-4000-8000-000000000000"
LISTENER = '{{"listener": {{"loadbalancer_id": "{lb}", "protocol": "HTTP", "protocol_port": {port_number}{more}}}}}'
BAD = [
    (
        "POST",
        "/loadbalancers",
        '{{"loadbalancer": {{"vip_subnet_id": "{subnet}", "colour": "red"}}}}',
        400,
        "Unrecognized attribute(s) 'colour'",
    ),
    (
        "POST",
        "/loadbalancers",
        '{{"loadbalancer": {{"vip_subnet_id": "{subnet}", "name": 7}}}}',
        400,
        "Invalid input for name. Reason: '7' is not a valid string.",
    ),
    (
        "POST",
        "/loadbalancers",
        '{{"loadbalancer": {{"vip_subnet_id": "{subnet}", "vip_address": "9.9.9.9"}}}}',
        400,
        "IP address 9.9.9.9 is not a valid IP for the specified subnet.",
    ),
    (
        "POST",
        "/loadbalancers",
        '{{"loadbalancer": {{"vip_subnet_id": "{subnet}", "vip_address": "{vip}"}}}}',
        409,
        "IP address {vip} already allocated in subnet {subnet}",
    ),
    (
        "POST",
        "/loadbalancers",
        '{{"loadbalancer": {{"vip_subnet_id": "{subnet}", "provider": "f5"}}}}',
        400,
        "Service provider 'f5' could not be found for service type LOADBALANCERV2",
    ),
    (
        "POST",
        "/listeners",
        LISTENER.replace("{port_number}", "80").replace("{more}", ""),
        409,
        "Load Balancer {lb} already has a listener with protocol_port of 80",
    ),
    (
        "POST",
        "/listeners",
        LISTENER.replace("{port_number}", "70000").replace("{more}", ""),
        400,
        "Invalid input for protocol_port. Reason: '70000' is too large - must be no larger than '65535'.",
    ),
    (
        "POST",
        "/listeners",
        '{{"listener": {{"loadbalancer_id": "{lb}", "protocol": "TCP", "protocol_port": 81, "default_pool_id": "{pool}"}}}}',
        409,
        "Listener protocol TCP and pool protocol HTTP are not compatible.",
    ),
    (
        "POST",
        "/pools",
        '{{"pool": {{"listener_id": "{listener}", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN"}}}}',
        409,
        "Listener {listener} is already using default pool {pool}.",
    ),
    (
        "POST",
        "/pools",
        '{{"pool": {{"loadbalancer_id": "{lb}", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", "session_persistence":'
        ' {{"type": "APP_COOKIE", "cookie_name": "a\\n server evil 192.0.2.66:80"}}}}}}',
        400,
        None,
    ),
    (
        "POST",
        "/pools/{pool}/members",
        '{{"member": {{"subnet_id": "{subnet}", "address": "172.20.0.12", "protocol_port": 80}}}}',
        409,
        "Member with address 172.20.0.12 and protocol_port 80 already present in pool {pool}",
    ),
    (
        "POST",
        "/pools/{pool}/members",
        '{{"member": {{"subnet_id": "{subnet}", "address": "web1", "protocol_port": 80}}}}',
        400,
        "Invalid input for address. Reason: 'web1' is not a valid IP address.",
    ),
    (
        "POST",
        "/pools/" + NOWHERE + "/members",
        '{{"member": {{"subnet_id": "{subnet}", "address": "172.20.0.6", "protocol_port": 80}}}}',
        404,
        f"pool {NOWHERE} could not be found",
    ),
    (
        "PUT",
        "/loadbalancers/{lb}",
        '{{"loadbalancer": {{"vip_address": "172.20.0.9"}}}}',
        400,
        "Cannot update read-only attribute vip_address",
    ),
    ("GET", "/loadbalancers/" + NOWHERE, None, 404, f"loadbalancer {NOWHERE} could not be found"),
    ("DELETE", "/loadbalancers/{lb}", None, 409, "loadbalancer is using listener {listener}"),
    ("DELETE", "/pools/{pool}", None, 409, None),
    ("POST", "/loadbalancers", "{{not json", 400, "Malformed request body: Cannot understand JSON."),
    ("POST", "/loadbalancers", "", 400, "Resource body required"),
    ("POST", "/loadbalancers", "[" * 5000, 400, None),
    ("POST", "/loadbalancers", '{{"loadbalancer": ' + '{{"a": ' * 500 + "1" + "}}" * 500 + "}}", 400, None),
    ("POST", "/loadbalancers", '{{"loadbalancer": {{"name": "' + "x" * 2_000_000 + '"}}}}', 413, None),
    (
        "POST",
        "/healthmonitors",
        '{{"healthmonitor": {{"pool_id": "{pool}", "type": "HTTP", "delay": 0, "timeout": 1, "max_retries": 2}}}}',
        400,
        None,
    ),
    ("PATCH", "/loadbalancers/{lb}", "{{}}", 405, None),
    ("GET", "/nothing", None, 404, "The resource could not be found."),
]


def lists(lab: Any) -> list[Any]:
    """Everything there is."""
    paths = (f"{LBAAS}/loadbalancers", f"{LBAAS}/listeners", f"{LBAAS}/pools", f"{LBAAS}/healthmonitors", "/v2.0/ports")
    return [ask(lab, "GET", path)[1] for path in paths]


@pytest.mark.parametrize(("method", "path", "body", "code", "message"), BAD)
def test_refused_and_nothing_changed(
    lab: Any, things: dict[str, str], method: str, path: str, body: str | None, code: int, message: str | None
) -> None:
    before = lists(lab)
    sent = None if body is None else body.format(**things)
    status, told, request_id = ask(lab, method, LBAAS + path.format(**things), sent)
    assert status == code, told
    assert request_id.startswith("req-")
    assert set(told) == {"type", "message", "detail"}
    if message is not None:
        assert told["message"] == message.format(**things)
    assert lists(lab) == before


def test_a_vip_port_is_not_the_tenants_to_delete(lab: Any, things: dict[str, str]) -> None:
    status, told, _ = ask(lab, "DELETE", f"/v2.0/ports/{things['port']}")
    assert (status, told["type"]) == (409, "ServicePortInUse")


def test_without_a_token_nothing_is_told(lab: Any) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=10)
    connection.request("GET", f"{LBAAS}/loadbalancers")
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (401, b"Authentication required")
    connection.request("GET", "/host/v1/feed?host=host1&after=0&wait=0")
    assert connection.getresponse().status == 401
    connection.close()
