"""Which hosts reach which networks."""

from openlbaas.desired.reach import hosts_network
from openlbaas.desired.spec import NetworkSpec
from openlbaas.domain.agents import Agent
from openlbaas.domain.network import Network


def agent(**told: object) -> Agent:
    return Agent("a", "a", "t", "b", "q", None, "", True, 0.0, 0.0, 0.0, told)


def test_every_host_has_a_local_network() -> None:
    assert hosts_network(agent(), NetworkSpec(id="n"))


def test_a_flat_network_needs_a_mapping_of_its_physical_network() -> None:
    flat = NetworkSpec(id="n", type="flat", physical_network="provider")
    assert hosts_network(agent(interface_mappings={"provider": "eth1"}), flat)
    assert hosts_network(agent(bridge_mappings={"provider": "br-provider"}), flat)
    assert not hosts_network(agent(interface_mappings={"other": "eth1"}), flat)
    assert not hosts_network(agent(), flat)


def test_a_vxlan_needs_an_end_of_tunnels() -> None:
    vxlan = NetworkSpec(id="n", type="vxlan", segmentation_id=7)
    assert hosts_network(agent(tunnel_types=["vxlan"], tunneling_ip="10.0.0.1"), vxlan)
    assert not hosts_network(agent(tunnel_types=["gre"], tunneling_ip="10.0.0.1"), vxlan)
    assert not hosts_network(agent(tunnel_types=["vxlan"]), vxlan)
    assert not hosts_network(agent(), vxlan)


def test_a_network_of_the_domain_is_read_alike() -> None:
    network = Network("n", "p", "", "", True, False, False, 1500, "flat", "provider", None, 0.0)
    assert hosts_network(agent(interface_mappings={"provider": "eth1"}), network)
    assert not hosts_network(agent(), network)


def test_what_is_not_known_is_not_reached() -> None:
    assert not hosts_network(agent(), NetworkSpec(id="n", type="vlan", physical_network="provider", segmentation_id=7))
