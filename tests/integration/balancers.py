"""Load balancers for tests of the data plane."""

from typing import Any

import msgspec

from openlbaas.desired.spec import (
    AddressSpec,
    HealthMonitorSpec,
    ListenerSpec,
    MemberSpec,
    NetworkSpec,
    PoolSpec,
    Spec,
    VipSpec,
)
from openlbaas.drivers.haproxy_netns import names

NETWORK = "4c5e1d2f-5a5b-4a5c-8a5d-111111111111"
BRIDGE = names.bridge(NETWORK)
VIP, VIP6 = "172.20.0.4", "fd00:20::4"
WEB1, WEB2 = "172.20.0.12", "172.20.0.6"
CLIENT = "172.20.0.100"


def id_of(kind: int, number: int) -> str:
    """Make an id that tells kind and number, and whose first letters differ."""
    return f"{kind}{number:07x}-{number:04x}-4000-8000-{number:012x}"


def vip(number: int = 1, address: str = VIP, **more: Any) -> VipSpec:
    """Make a VIP."""
    return VipSpec(
        **{
            "port_id": id_of(2, number),
            "mac_address": f"fa:16:3e:00:00:{number:02x}",
            "network": NetworkSpec(id=NETWORK, mtu=1450),
            "addresses": (AddressSpec(address, 24),),
            "gateways": ("172.20.0.1",),
        }
        | more
    )


def bare(number: int = 1, **more: Any) -> Spec:
    """Make a load balancer that listens to nothing."""
    given = {"id": id_of(1, number), "revision": 1, "project_id": "p", "vip": vip(number)}
    return Spec(**given | more)


def member(number: int, address: str, port: int = 80, **more: Any) -> MemberSpec:
    """Make a member."""
    return MemberSpec(id=id_of(5, number), address=address, port=port, **more)


def monitor(**more: Any) -> HealthMonitorSpec:
    """Make a health monitor that is quick."""
    given = {
        "id": id_of(6, 1),
        "type": "HTTP",
        "delay_s": 1,
        "timeout_s": 1,
        "fall": 1,
        "rise": 1,
        "url_path": "/check",
    }
    return HealthMonitorSpec(**given | more)


MEMBERS = (member(1, WEB1), member(2, WEB2))


def full(number: int = 1, members: tuple[MemberSpec, ...] = MEMBERS, revision: int = 2, **pool: Any) -> Spec:
    """Make a load balancer with a listener, a pool and members."""
    listener = ListenerSpec(id=id_of(3, number), protocol="HTTP", port=80, default_pool_id=id_of(4, number))
    made = PoolSpec(
        **{"id": id_of(4, number), "protocol": "HTTP", "algorithm": "ROUND_ROBIN", "members": members} | pool
    )
    return bare(number, revision=revision, listeners=(listener,), pools=(made,))


def gone(spec: Spec) -> Spec:
    """Ask for no trace of a load balancer."""
    return Spec(id=spec.id, revision=spec.revision + 1, project_id="", present=False)


def other(spec: Spec, **more: Any) -> Spec:
    """Take the next revision of a load balancer, with some things otherwise."""
    return msgspec.structs.replace(spec, **{"revision": spec.revision + 1, **more})
