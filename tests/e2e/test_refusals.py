"""What must be refused is: with the contract's code, type and message, and nothing is different afterwards."""

import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from asking import Asking
from waits import eventually

NOBODY = "00000000-0000-4000-8000-000000000000"
LARGEST_BYTES = 1024 * 1024
BAD = "HTTPBadRequest"


@dataclass(frozen=True)
class Scene:
    """A lab with one whole chain and one listener that only carries TCP."""

    lab: Any
    asking: Asking
    ids: dict[str, str] = field(default_factory=dict)

    def settled(self) -> bool:
        """Tell whether nothing is on its way any more."""
        shown = self.asking.ask("GET", f"lbaas/loadbalancers/{self.ids['lb']}").json["loadbalancer"]
        return (shown["provisioning_status"], shown["operating_status"]) == ("ACTIVE", "ONLINE")

    def configuration(self) -> tuple[str, int]:
        """What HAProxy was told, and when."""
        path = Path(self.lab.hosts_state, "lbaas", "v2", self.ids["lb"], "haproxy.conf")
        return path.read_text(), path.stat().st_mtime_ns

    def told(self, text: str) -> str:
        """Put ids in the place of their names."""
        for name, id_ in self.ids.items():
            text = text.replace(f"<{name}>", id_)
        return text


@pytest.fixture(scope="module")
def scene(lab: Any) -> Scene:
    told = lab.told
    asking = Asking(told["endpoint"], told["token"])
    ids = {"subnet": told["subnet_id"], "network": told["network_id"]}
    made = asking.make("lbaas/loadbalancers", "loadbalancer", vip_subnet_id=ids["subnet"], name="bad")
    ids |= {"lb": made["id"], "vip": made["vip_address"], "vip_port": made["vip_port_id"]}
    http = {"loadbalancer_id": ids["lb"], "protocol": "HTTP"}
    ids["listener"] = asking.make("lbaas/listeners", "listener", **http, protocol_port=80)["id"]
    tcp = {"loadbalancer_id": ids["lb"], "protocol": "TCP", "protocol_port": 81}
    ids["tcp"] = asking.make("lbaas/listeners", "listener", **tcp)["id"]
    pool = {"listener_id": ids["listener"], "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN"}
    ids["pool"] = asking.make("lbaas/pools", "pool", **pool)["id"]
    member = {"address": "172.20.0.12", "protocol_port": 80, "subnet_id": ids["subnet"]}
    ids["member"] = asking.make(f"lbaas/pools/{ids['pool']}/members", "member", **member)["id"]
    monitor = {"pool_id": ids["pool"], "type": "HTTP", "delay": 1, "timeout": 1, "max_retries": 2}
    ids["monitor"] = asking.make("lbaas/healthmonitors", "healthmonitor", **monitor)["id"]
    found = Scene(lab, asking, ids)
    eventually(found.settled, "the chain to be in force and its member to be up")
    return found


def lb(**more: object) -> dict[str, object]:
    return {"loadbalancer": {"vip_subnet_id": "<subnet>", **more}}


def listener(**more: object) -> dict[str, object]:
    return {"listener": {"loadbalancer_id": "<lb>", "protocol": "HTTP", "protocol_port": 90, **more}}


def pool(**more: object) -> dict[str, object]:
    return {"pool": {"loadbalancer_id": "<lb>", "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", **more}}


def member(**more: object) -> dict[str, object]:
    return {"member": {"address": "172.20.0.6", "protocol_port": 80, "subnet_id": "<subnet>", **more}}


def monitor(**more: object) -> dict[str, object]:
    return {"healthmonitor": {"pool_id": "<pool>", "type": "HTTP", "delay": 1, "timeout": 1, "max_retries": 2, **more}}


def without(body: dict[str, Any], key: str) -> dict[str, object]:
    (kind,) = body
    return {kind: {name: value for name, value in body[kind].items() if name != key}}


LBS, LISTENERS, POOLS, MONITORS = "lbaas/loadbalancers", "lbaas/listeners", "lbaas/pools", "lbaas/healthmonitors"
MEMBERS = "lbaas/pools/<pool>/members"
MISSING = "Failed to parse request. Required attribute '{}' not specified"

ATTRIBUTES: tuple[tuple[str, str, str, object, int, str, str], ...] = (
    ("unknown", "POST", LBS, lb(colour="red"), 400, BAD, "Unrecognized attribute(s) 'colour'"),
    ("unknown of member", "POST", MEMBERS, member(colour="red"), 400, BAD, "Unrecognized attribute(s) 'colour'"),
    ("unknown in update", "PUT", f"{LBS}/<lb>", {"loadbalancer": {"colour": 1}}, 400, BAD, "Unrecognized attribute(s) 'colour'"),
    ("not for a create", "POST", LBS, lb(operating_status="ONLINE"), 400, BAD, "Attribute 'operating_status' not allowed in POST"),
    ("not for an update", "PUT", f"{LBS}/<lb>", {"loadbalancer": {"vip_address": "172.20.0.9"}}, 400, BAD, "Cannot update read-only attribute vip_address"),
    ("port in update", "PUT", f"{LISTENERS}/<listener>", {"listener": {"protocol_port": 82}}, 400, BAD, "Cannot update read-only attribute protocol_port"),
    ("no subnet", "POST", LBS, {"loadbalancer": {"name": "x"}}, 400, "RequiredAttributeNotSpecified", "Required attribute vip_subnet_id or vip_network_id not specified"),
    ("no protocol", "POST", LISTENERS, without(listener(), "protocol"), 400, BAD, MISSING.format("protocol")),
    ("no address", "POST", MEMBERS, without(member(), "address"), 400, BAD, MISSING.format("address")),
    ("no delay", "POST", MONITORS, without(monitor(), "delay"), 400, BAD, MISSING.format("delay")),
    ("no parent of listener", "POST", LISTENERS, without(listener(), "loadbalancer_id"), 400, "ListenerMustHaveLoadbalancer", "Listener must be created with a loadbalancer or pool."),
    ("no parent of pool", "POST", POOLS, without(pool(), "loadbalancer_id"), 400, "PoolMustHaveLoadbalancer", "Pool must be created with a loadbalancer or listener."),
    ("name that is a number", "POST", LBS, lb(name=7), 400, BAD, "Invalid input for name. Reason: '7' is not a valid string."),
    ("name too long", "POST", LBS, lb(name="x" * 256), 400, BAD, f"Invalid input for name. Reason: '{'x' * 256}' exceeds maximum length of 255."),
    ("no uuid", "POST", LBS, lb(vip_subnet_id="there"), 400, BAD, "Invalid input for vip_subnet_id. Reason: 'there' is not a valid UUID."),
    ("no address at all", "POST", LBS, lb(vip_address="here"), 400, BAD, "Invalid input for vip_address. Reason: 'here' is not a valid IP address."),
    ("no boolean", "POST", LBS, lb(admin_state_up="maybe"), 400, "InvalidInput", "Invalid input for operation: 'maybe' cannot be converted to boolean."),
    ("no integer", "POST", LISTENERS, listener(protocol_port="http"), 400, "InvalidInput", "Invalid input for operation: 'http' is not an integer."),
    ("port too large", "POST", LISTENERS, listener(protocol_port=65536), 400, BAD, "Invalid input for protocol_port. Reason: '65536' is too large - must be no larger than '65535'."),
    ("port too small", "POST", MEMBERS, member(protocol_port=0), 400, BAD, "Invalid input for protocol_port. Reason: '0' is too small - must be at least '1'."),
    ("weight too large", "POST", MEMBERS, member(weight=257), 400, BAD, "Invalid input for weight. Reason: '257' is too large - must be no larger than '256'."),
    ("protocol unheard of", "POST", LISTENERS, listener(protocol="UDP"), 400, BAD, "Invalid input for protocol. Reason: UDP is not in valid_values."),
    ("algorithm unheard of", "POST", POOLS, pool(lb_algorithm="FIRST"), 400, BAD, "Invalid input for lb_algorithm. Reason: FIRST is not in valid_values."),
    ("connection limit", "POST", LISTENERS, listener(connection_limit=-2), 400, BAD, "Invalid input for connection_limit. Reason: '-2' is not a valid value, because it cannot be less than -1."),
    ("retries", "POST", MONITORS, monitor(max_retries=11), 400, BAD, "Invalid input for max_retries. Reason: '11' is too large - must be no larger than '10'."),
    ("cookie without a name", "POST", POOLS, pool(session_persistence={"type": "APP_COOKIE"}), 400, "SessionPersistenceConfigurationInvalid", "Session Persistence Invalid: 'cookie_name' should be specified for APP_COOKIE session persistence."),
    ("provider", "POST", LBS, lb(provider="octopus"), 400, "ServiceProviderNotFound", "Service provider 'octopus' could not be found for service type LOADBALANCERV2"),
)  # fmt: skip

RULES: tuple[tuple[str, str, str, object, int, str, str], ...] = (
    ("outside the subnet", "POST", LBS, lb(vip_address="10.9.8.7"), 400, "InvalidIpForSubnet", "IP address 10.9.8.7 is not a valid IP for the specified subnet."),
    ("taken by a web server", "POST", LBS, lb(vip_address="172.20.0.12"), 409, "IpAddressAlreadyAllocated", "IP address 172.20.0.12 already allocated in subnet <subnet>"),
    ("taken by a load balancer", "POST", LBS, lb(vip_address="<vip>"), 409, "IpAddressAlreadyAllocated", "IP address <vip> already allocated in subnet <subnet>"),
    ("no such subnet", "POST", LBS, lb(vip_subnet_id=NOBODY), 404, "SubnetNotFound", f"Subnet {NOBODY} could not be found."),
    ("no such subnet of a member", "POST", MEMBERS, member(subnet_id=NOBODY), 404, "EntityNotFound", f"Subnet {NOBODY} could not be found"),
    ("port twice", "POST", LISTENERS, listener(protocol_port=80), 409, "LoadBalancerListenerProtocolPortExists", "Load Balancer <lb> already has a listener with protocol_port of 80"),
    ("port twice, another protocol", "POST", LISTENERS, listener(protocol="TCP", protocol_port="80"), 409, "LoadBalancerListenerProtocolPortExists", "Load Balancer <lb> already has a listener with protocol_port of 80"),
    ("protocols apart", "POST", POOLS, pool(listener_id="<tcp>"), 409, "ListenerPoolProtocolMismatch", "Listener protocol TCP and pool protocol HTTP are not compatible."),
    ("protocols apart, other way", "PUT", f"{LISTENERS}/<tcp>", {"listener": {"default_pool_id": "<pool>"}}, 409, "ListenerPoolProtocolMismatch", "Listener protocol TCP and pool protocol HTTP are not compatible."),
    ("second default pool", "POST", POOLS, pool(listener_id="<listener>"), 409, "ListenerDefaultPoolAlreadySet", "Listener <listener> is already using default pool <pool>."),
    ("second monitor", "POST", MONITORS, monitor(type="TCP"), 409, "OneHealthMonitorPerPool", "Only one health monitor per pool allowed.  Pool <pool> is already using Health Monitor <monitor>."),
    ("member twice", "POST", MEMBERS, member(address="172.20.0.12"), 409, "MemberExists", "Member with address 172.20.0.12 and protocol_port 80 already present in pool <pool>"),
    ("load balancer with listener", "DELETE", f"{LBS}/<lb>", None, 409, "EntityInUse", "loadbalancer is using listener <listener>"),
    ("pool with monitor", "DELETE", f"{POOLS}/<pool>", None, 409, "EntityInUse", "pool is using healthmonitor <monitor>"),
    ("port of a VIP", "DELETE", "ports/<vip_port>", None, 409, "ServicePortInUse", "Port <vip_port> cannot be deleted directly via the port API: has device owner neutron:LOADBALANCERV2."),
    ("subnet in use", "DELETE", "subnets/<subnet>", None, 409, "SubnetInUse", "Unable to complete operation on subnet <subnet>: One or more ports have an IP allocation from this subnet."),
    ("network in use", "DELETE", "networks/<network>", None, 409, "NetworkInUse", "Unable to complete operation on network <network>. There are one or more ports still in use on the network."),
)  # fmt: skip

PARENTS: tuple[tuple[str, str, str, object, int, str, str], ...] = (
    ("listener's load balancer", "POST", LISTENERS, listener(loadbalancer_id=NOBODY), 404, "EntityNotFound", f"loadbalancer {NOBODY} could not be found"),
    ("listener's pool", "POST", LISTENERS, listener(default_pool_id=NOBODY), 404, "EntityNotFound", f"pool {NOBODY} could not be found"),
    ("pool's listener", "POST", POOLS, pool(listener_id=NOBODY), 404, "EntityNotFound", f"listener {NOBODY} could not be found"),
    ("monitor's pool", "POST", MONITORS, monitor(pool_id=NOBODY), 404, "EntityNotFound", f"pool {NOBODY} could not be found"),
    ("member's pool", "POST", f"{POOLS}/{NOBODY}/members", member(), 404, "EntityNotFound", f"pool {NOBODY} could not be found"),
    ("delay of nothing", "POST", MONITORS, monitor(delay=0), 400, BAD, "Invalid input for delay. Reason: '0' is too small - must be at least '1'."),
    ("collection", "GET", "lbaas/nothing", None, 404, "HTTPNotFound", "The resource could not be found."),
)  # fmt: skip

UNKNOWN = tuple(
    (f"{method} of {noun}", method, f"{path}/{NOBODY}", {noun: {"name": "x"}} if method == "PUT" else None, 404,
     "EntityNotFound", f"{noun} {NOBODY} could not be found")
    for noun, path in (("loadbalancer", LBS), ("listener", LISTENERS), ("pool", POOLS), ("member", MEMBERS), ("healthmonitor", MONITORS))
    for method in ("GET", "PUT", "DELETE")
)  # fmt: skip

BODIES: tuple[tuple[str, str, str, bytes, int, str, str], ...] = (
    ("half of JSON", "POST", LBS, b'{"loadbalancer": {', 400, "MalformedRequestBody", "Malformed request body: Cannot understand JSON."),
    ("no UTF-8", "POST", LBS, b'{"loadbalancer": {"name": "\xff"}}', 400, "MalformedRequestBody", "Malformed request body: Cannot understand JSON."),
    ("nothing", "POST", LBS, b"", 400, BAD, "Resource body required"),
    ("empty object", "POST", LBS, b"{}", 400, BAD, "Resource body required"),
    ("a list", "POST", LBS, b"[1]", 400, BAD, "Body contains invalid data"),
    ("another envelope", "POST", LBS, b'{"pool": {}}', 400, BAD, "Unable to find 'loadbalancer' in request body"),
    ("no object in it", "POST", LBS, b'{"loadbalancer": 5}', 400, BAD, "Object 'loadbalancer' contains invalid data"),
    ("many at once", "POST", LBS, b'{"loadbalancers": [{}]}', 400, BAD, "Bulk operation not supported"),
    ("update with nothing", "PUT", f"{LBS}/<lb>", b"", 400, "BadRequest", "Bad body request: Invalid format: ."),
    ("half of an update", "PUT", f"{LBS}/<lb>", b'{"loadbalancer"', 400, "MalformedRequestBody", "Malformed request body: Cannot understand JSON."),
    ("body of a delete", "DELETE", f"{MONITORS}/<monitor>", b"{}", 400, BAD, "Request body is not supported in DELETE."),
    ("nested a little too deep", "POST", LBS, b'{"loadbalancer": {"name": ' + b"[" * 20 + b"]" * 20 + b"}}", 400, "MalformedRequestBody", "Malformed request body: Nested too deep."),
    ("nested beyond all measure", "POST", LBS, b"[" * 400_000, 400, "MalformedRequestBody", "Malformed request body: Cannot understand JSON."),
    ("nested in objects", "PUT", f"{POOLS}/<pool>", b'{"a":' * 150_000, 400, "MalformedRequestBody", "Malformed request body: Cannot understand JSON."),
    ("a body too large", "POST", LBS, b'{"loadbalancer": {"name": "' + b"x" * LARGEST_BYTES + b'"}}', 413, "HTTPRequestEntityTooLarge", f"Request body is larger than {LARGEST_BYTES} bytes."),
)  # fmt: skip

INJECTIONS: tuple[tuple[str, str, str, object], ...] = (
    ("a line in a cookie's name", "POST", POOLS, pool(session_persistence={"type": "APP_COOKIE", "cookie_name": "a\n    server evil 1.2.3.4:80"})),
    ("a line in a path", "PUT", f"{MONITORS}/<monitor>", {"healthmonitor": {"url_path": "/\n    server evil 1.2.3.4:80"}}),
    ("a line in codes", "PUT", f"{MONITORS}/<monitor>", {"healthmonitor": {"expected_codes": "200\n    server evil"}}),
    ("a line in an address", "POST", MEMBERS, member(address="172.20.0.6\n    server evil 1.2.3.4:80")),
)  # fmt: skip


def check(scene: Scene, method: str, path: str, body: bytes | None) -> tuple[int, str, str]:
    """Send what must be refused; nothing that anybody could see may be different afterwards."""
    before = scene.asking.everything(), scene.configuration()
    answer = scene.asking.send(method, scene.told(path), body)
    assert answer.headers["x-openstack-request-id"].startswith("req-")
    assert answer.headers["content-type"].startswith("application/json")
    assert (scene.asking.everything(), scene.configuration()) == before
    return answer.refusal


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind", "message"),
    [pytest.param(*row[1:], id=row[0]) for row in (*ATTRIBUTES, *RULES, *PARENTS, *UNKNOWN)],
)
def test_a_bad_request(
    scene: Scene, method: str, path: str, body: object, status: int, kind: str, message: str
) -> None:
    sent = None if body is None else scene.told(json.dumps(body)).encode()
    assert check(scene, method, path, sent) == (status, kind, scene.told(message))


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind", "message"), [pytest.param(*row[1:], id=row[0]) for row in BODIES]
)
def test_a_bad_body(scene: Scene, method: str, path: str, body: bytes, status: int, kind: str, message: str) -> None:
    assert check(scene, method, path, body) == (status, kind, message)


@pytest.mark.parametrize(("method", "path", "body"), [pytest.param(*row[1:], id=row[0]) for row in INJECTIONS])
def test_nobody_writes_lines_into_the_configuration(scene: Scene, method: str, path: str, body: object) -> None:
    status, _, message = check(scene, method, path, scene.told(json.dumps(body)).encode())
    assert status == 400
    assert message.startswith("Invalid input for ")


def test_after_all_of_that_it_works(scene: Scene) -> None:
    name = f"after-{uuid.uuid4()}"
    answer = scene.asking.ask("PUT", f"{POOLS}/{scene.ids['pool']}", {"pool": {"name": name}})
    assert (answer.status, answer.json["pool"]["name"]) == (200, name)
    eventually(scene.settled, "the change to be in force")
    assert scene.lab.curl(f"{scene.ids['vip']}") == "web1\n"
