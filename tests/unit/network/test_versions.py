"""IPv4 and IPv6 side by side: subnets, ports and VIPs."""

from pathlib import Path

import pytest

from openlbaas.domain import commands as c
from openlbaas.domain.errors import AddressesExhausted, AddressOutsideSubnet, Invalid
from openlbaas.domain.network import (
    AllocationPool,
    CreatePort,
    CreateSubnet,
    Network,
    Port,
    Subnet,
    UpdateNetwork,
    UpdateSubnet,
)
from openlbaas.domain.views import LoadBalancerView
from openlbaas.operations import change, networks
from world import ADMIN, TENANT, World, world


def both(lab: World, **more: object) -> tuple[Network, Subnet, Subnet]:
    """Make a network with a subnet of each version, that of IPv6 first."""
    network = lab.network(**more)
    six = lab.subnet(network, "fd00:20::/64")
    return network, lab.subnet(network), six


def balancer(lab: World, **given: str) -> LoadBalancerView:
    """Make a load balancer."""
    made = change.change(lab.services, ADMIN, c.CreateLoadBalancer(project_id="project", **given))  # type: ignore[arg-type]  # its own words
    assert isinstance(made, LoadBalancerView)
    return made


def test_a_vip_on_a_network_has_an_address_of_each_version(tmp_path: Path) -> None:
    lab = world(tmp_path)
    host = lab.host()
    network, four, six = both(lab)
    made = balancer(lab, vip_network_id=network.id)
    assert (made.object.vip.address, made.object.vip.subnet_id) == ("172.20.0.2", four.id)
    (spec,) = host.take()
    assert spec.vip is not None
    assert [(a.address, a.prefix_length) for a in spec.vip.addresses] == [("172.20.0.2", 24), ("fd00:20::2", 64)]
    assert spec.vip.gateways == ("172.20.0.1", "fd00:20::1")
    only = balancer(lab, vip_subnet_id=six.id)
    assert only.object.vip.address == "fd00:20::3"
    named = balancer(lab, vip_network_id=network.id, vip_address="fd00:20::77")
    assert (named.object.vip.address, named.object.vip.subnet_id) == ("fd00:20::77", six.id)
    with pytest.raises(AddressOutsideSubnet):
        balancer(lab, vip_network_id=network.id, vip_address="fd00:21::1")


def test_a_network_of_ipv6_alone_does(tmp_path: Path) -> None:
    lab = world(tmp_path)
    lab.host()
    network = lab.network()
    lab.subnet(network, "fd00:20::/64")
    assert balancer(lab, vip_network_id=network.id).object.vip.address == "fd00:20::2"


def test_a_port_has_one_of_each_or_none(tmp_path: Path) -> None:
    lab = world(tmp_path)
    network, _, six = both(lab)
    made = networks.change(lab.services, TENANT, CreatePort(project_id="project", network_id=network.id))
    assert isinstance(made, Port)
    assert [ip.ip_address for ip in made.fixed_ips] == ["172.20.0.2", "fd00:20::2"]
    full = lab.network()
    command = CreateSubnet(
        project_id="project",
        network_id=full.id,
        cidr="fd00:30::/64",
        ip_version=6,
        allocation_pools=(AllocationPool("fd00:30::5", "fd00:30::5"),),
    )
    networks.change(lab.services, ADMIN, command)
    networks.change(lab.services, ADMIN, CreatePort(project_id="project", network_id=full.id))
    with pytest.raises(AddressesExhausted):
        networks.change(lab.services, ADMIN, CreatePort(project_id="project", network_id=full.id))
    assert six.allocation_pools[0].start == "fd00:20::2"


@pytest.mark.parametrize(
    ("cidr", "gateway"),
    [("fd00:40::/64", "fe80::1"), ("fd00:40::/64", "fd00:41::1"), ("10.0.0.0/24", "10.0.1.1")],
)
def test_a_gateway_may_lie_outside(tmp_path: Path, cidr: str, gateway: str) -> None:
    lab = world(tmp_path)
    network = lab.network()
    version = 6 if ":" in cidr else 4
    command = CreateSubnet(
        project_id="project", network_id=network.id, cidr=cidr, ip_version=version, gateway_ip=gateway
    )
    made = networks.change(lab.services, ADMIN, command)
    assert isinstance(made, Subnet)
    assert made.gateway_ip == gateway
    assert len(made.allocation_pools) == 1


@pytest.mark.parametrize("gateway", ["fd00:40::", "10.0.0.1"])
def test_a_gateway_is_of_the_subnets_version_and_no_network(tmp_path: Path, gateway: str) -> None:
    lab = world(tmp_path)
    subnet = lab.subnet(lab.network(), "fd00:40::/64")
    with pytest.raises(Invalid):
        networks.change(lab.services, ADMIN, UpdateSubnet(id=subnet.id, gateway_ip=gateway))


def test_an_mtu_must_leave_room_for_ipv6(tmp_path: Path) -> None:
    lab = world(tmp_path)
    small = lab.network(mtu=1279)
    with pytest.raises(Invalid, match="too small for IPv6"):
        lab.subnet(small, "fd00:40::/64")
    lab.subnet(small)
    networks.change(lab.services, ADMIN, UpdateNetwork(id=small.id, mtu=600))
    large, _, _ = both(lab, mtu=1280)
    with pytest.raises(Invalid, match="too small for IPv6"):
        networks.change(lab.services, ADMIN, UpdateNetwork(id=large.id, mtu=1279))
