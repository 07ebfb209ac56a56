"""The newer grammar: the same objects, other words, and no unknown options."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Replay, typed

LB = "2ce2166a-3c9b-44da-ad78-a11c09ed20ae"
SUBNET = "5bcf25ee-e88f-47c8-ba29-9aabbf00b028"
POOL = "c3045528-5b9c-4cbd-883e-d3f43f8e064a"
MEMBER = "5f30f26e-e899-44ef-a0cf-71d8c3639245"
LISTENER = "e62afd88-b8ee-474a-8cbd-ed12e5461f5d"
NETWORK = "06dcb67b-882d-4236-b238-4edabb73b86b"

NAMES = {
    "/v2.0/lbaas/loadbalancers?name=lb1": ("loadbalancers", LB),
    "/v2.0/lbaas/pools?name=p1": ("pools", POOL),
    "/v2.0/lbaas/listeners?name=l1": ("listeners", LISTENER),
    f"/v2.0/lbaas/pools/{POOL}/members?name=m1": ("members", MEMBER),
    "/v2.0/subnets?name=s1": ("subnets", SUBNET),
    "/v2.0/networks?name=n1": ("networks", NETWORK),
}

CHANGES: dict[str, tuple[str, str, Any]] = {
    "loadbalancer create --name x --vip-subnet-id s1": (
        "POST", "/v2.0/lbaas/loadbalancers",
        {"loadbalancer": {"name": "x", "vip_subnet_id": SUBNET, "admin_state_up": True}},
    ),
    "loadbalancer create --vip-network-id n1 --disable": (
        "POST", "/v2.0/lbaas/loadbalancers",
        {"loadbalancer": {"vip_network_id": NETWORK, "admin_state_up": False}},
    ),
    "loadbalancer listener create --protocol tcp --protocol-port 90 lb1": (
        "POST", "/v2.0/lbaas/listeners",
        {"listener": {"loadbalancer_id": LB, "protocol": "TCP", "protocol_port": "90", "admin_state_up": True}},
    ),
    "loadbalancer pool create --listener l1 --protocol HTTP --lb-algorithm round_robin": (
        "POST", "/v2.0/lbaas/pools",
        {"pool": {"listener_id": LISTENER, "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", "admin_state_up": True}},
    ),
    "loadbalancer member create --subnet-id s1 --address 1.2.3.4 --protocol-port 80 p1": (
        "POST", f"/v2.0/lbaas/pools/{POOL}/members",
        {"member": {"subnet_id": SUBNET, "address": "1.2.3.4", "protocol_port": "80", "admin_state_up": True}},
    ),
    "loadbalancer healthmonitor create --delay 1 --timeout 1 --max-retries 2 --type HTTP --max-retries-down 4 p1": (
        "POST", "/v2.0/lbaas/healthmonitors",
        {
            "healthmonitor": {
                "pool_id": POOL, "delay": "1", "timeout": "1", "max_retries": "2", "max_retries_down": "4",
                "type": "HTTP", "admin_state_up": True,
            },
        },
    ),
    "loadbalancer set --name y --disable lb1": (
        "PUT", f"/v2.0/lbaas/loadbalancers/{LB}", {"loadbalancer": {"name": "y", "admin_state_up": False}},
    ),
    "loadbalancer pool unset --session-persistence p1": (
        "PUT", f"/v2.0/lbaas/pools/{POOL}", {"pool": {"session_persistence": None}},
    ),
    "loadbalancer listener unset --default-pool l1": (
        "PUT", f"/v2.0/lbaas/listeners/{LISTENER}", {"listener": {"default_pool_id": None}},
    ),
    "loadbalancer member set --weight 3 p1 m1": (
        "PUT", f"/v2.0/lbaas/pools/{POOL}/members/{MEMBER}", {"member": {"weight": "3"}},
    ),
    "loadbalancer member delete p1 m1": ("DELETE", f"/v2.0/lbaas/pools/{POOL}/members/{MEMBER}", None),
    "network create web --share": (
        "POST", "/v2.0/networks", {"network": {"name": "web", "shared": True, "admin_state_up": True}},
    ),
    "subnet create --network n1 --subnet-range 10.0.0.0/24 --no-gateway"
    " --allocation-pool start=10.0.0.2,end=10.0.0.9 s": (
        "POST", "/v2.0/subnets",
        {
            "subnet": {
                "name": "s", "network_id": NETWORK, "cidr": "10.0.0.0/24", "gateway_ip": None, "ip_version": 4,
                "allocation_pools": [{"start": "10.0.0.2", "end": "10.0.0.9"}],
            },
        },
    ),
    "port create --network n1 --fixed-ip subnet_id=s1,ip_address=10.0.0.5 p": (
        "POST", "/v2.0/ports",
        {
            "port": {
                "name": "p", "network_id": NETWORK, "admin_state_up": True,
                "fixed_ips": [{"subnet_id": SUBNET, "ip_address": "10.0.0.5"}],
            },
        },
    ),
    # The same table behind the older spelling of networks.
    "net-create web --provider:network_type vxlan": (
        "POST", "/v2.0/networks",
        {"network": {"name": "web", "provider:network_type": "vxlan", "admin_state_up": True}},
    ),
    "subnet-create n1 --name s 10.0.0.0/24 --dns-nameserver 10.0.0.1 --dns-nameserver 10.0.0.3": (
        "POST", "/v2.0/subnets",
        {
            "subnet": {
                "name": "s", "network_id": NETWORK, "cidr": "10.0.0.0/24", "ip_version": 4,
                "dns_nameservers": ["10.0.0.1", "10.0.0.3"],
            },
        },
    ),
}  # fmt: skip


def _prepare(replay: Replay) -> None:
    for target, (plural, identity) in NAMES.items():
        replay.answer("GET", f"{target}&fields=id", {plural: [{"id": identity}]})


@pytest.mark.parametrize("line", CHANGES)
def test_change_sends(line: str, replay: Replay) -> None:
    """What each command sends, after looking names up."""
    method, target, body = CHANGES[line]
    _prepare(replay)
    singular = next(iter(body)) if body else "x"
    replay.answer(method, target, {singular: {"id": "new", "name": "x"}})
    outcome = typed(line, replay.url)
    assert (outcome.code, outcome.err) == (0, "")
    assert replay.requests[-1] == (method, target, body)


def test_create_prints_only_the_object(replay: Replay) -> None:
    """No sentence before the table, so that nothing but the object is on standard output."""
    _prepare(replay)
    replay.answer("POST", "/v2.0/networks", {"network": {"id": "new", "mtu": 1500}})
    outcome = typed("network create x", replay.url)
    assert outcome.out.splitlines()[0].startswith("+--")


def test_list_as_json(replay: Replay) -> None:
    """The newer columns, null as an empty text."""
    rows = [{"id": LB, "name": "a", "tenant_id": "t", "operating_status": "ONLINE", "provider": None}]
    replay.answer("GET", "/v2.0/lbaas/loadbalancers?name=a", {"loadbalancers": rows})
    outcome = typed("loadbalancer list -f json --name a", replay.url)
    assert json.loads(outcome.out) == [
        {"id": LB, "name": "a", "tenant_id": "t", "operating_status": "ONLINE", "provider": ""},
    ]


def test_unknown_option_is_refused(replay: Replay) -> None:
    """A slip of the fingers does not become an attribute."""
    outcome = typed("loadbalancer set --nmae x lb1", replay.url)
    assert outcome.code == 2
    assert "unrecognized arguments: --nmae" in outcome.err
    assert replay.requests == []


def test_load_balancer_needs_an_address(replay: Replay) -> None:
    """The newer create has no positional that would ask for it."""
    outcome = typed("loadbalancer create --name x", replay.url)
    assert (outcome.code, outcome.err) == (1, "One of --vip-subnet-id or --vip-network-id must be specified.\n")


@pytest.mark.parametrize("line", ["loadbalancer status lb1", "loadbalancer status show lb1"])
def test_status(line: str, replay: Replay) -> None:
    """Both spellings print the tree."""
    _prepare(replay)
    replay.answer("GET", f"/v2.0/lbaas/loadbalancers/{LB}/statuses", {"statuses": {"loadbalancer": {}}})
    assert typed(line, replay.url).out == '{\n    "loadbalancer": {}\n}\n'
