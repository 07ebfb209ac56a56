"""From tree to spec."""

from dataclasses import replace

from openlbaas.desired.compile import spec, vip
from openlbaas.desired.spec import AddressSpec, RouteSpec, VipSpec, digest
from openlbaas.domain import commands as c
from openlbaas.domain.network import FixedIp, HostRoute, Network, Port, Subnet
from unit.domain.trees import after, empty, full

NETWORK = Network("net", "p", "n", "", True, False, False, 1450, "local", None, None, 0.0)
SUBNET = Subnet(
    "sub", "p", "net", "s", "", 4, "10.0.0.0/24", "10.0.0.1", True, (), (), (HostRoute("10.9.0.0/16", "10.0.0.3"),), 0.0
)
PORT = Port("port", "p", "net", "", "", True, "fa:16:3e:00:00:01", "lb", "o", "h", (FixedIp("sub", "10.0.0.2"),), 0.0)


def the_vip() -> VipSpec:
    return vip(PORT, NETWORK, {"sub": SUBNET})


def test_a_vip_carries_what_the_wire_needs() -> None:
    made = the_vip()
    assert made.addresses == (AddressSpec("10.0.0.2", 24),)
    assert made.gateways == ("10.0.0.1",)
    assert made.routes == (RouteSpec("10.9.0.0/16", "10.0.0.3"),)
    assert (made.network.mtu, made.mac_address) == (1450, "fa:16:3e:00:00:01")


def test_what_is_being_deleted_is_left_out() -> None:
    tree = after(full(), c.DeleteHealthMonitor("monitor"))
    tree = after(tree, c.DeleteMember("web1", "pool"))
    made = spec(tree, "haproxy_ns", the_vip())
    assert [m.id for m in made.pools[0].members] == ["web2"]
    assert made.pools[0].health_monitor is None


def test_a_deleted_load_balancer_is_absent() -> None:
    made = spec(after(empty(), c.DeleteLoadBalancer("lb")), "haproxy_ns", the_vip())
    assert (made.present, made.vip, made.revision) == (False, None, 2)


def test_fall_follows_max_retries_unless_max_retries_down_was_given() -> None:
    made = spec(full(), "haproxy_ns", the_vip()).pools[0].health_monitor
    assert made is not None
    assert (made.fall, made.rise) == (2, None)
    told = after(full(), c.UpdateHealthMonitor(id="monitor", max_retries_down=5))
    made = spec(told, "haproxy_ns", the_vip()).pools[0].health_monitor
    assert made is not None
    assert (made.fall, made.rise) == (5, 2)


def test_the_digest_is_of_the_content_not_of_the_revision() -> None:
    made = spec(full(), "haproxy_ns", the_vip())
    later = full()
    later = replace(later, progress=replace(later.progress, revision=99))
    assert digest(made) == digest(spec(later, "haproxy_ns", the_vip()))
    assert digest(made) != digest(spec(after(full(), c.DeleteMember("web1", "pool")), "haproxy_ns", the_vip()))
