"""How a network gets out of a host, by what the host's options say."""

import pytest

from openlbaas.desired.spec import NetworkSpec
from openlbaas.domain.errors import ConfigRejected
from openlbaas.drivers.haproxy_netns.seen import Tunnel
from openlbaas.drivers.haproxy_netns.ways import Way, configurations, way, way_of_record
from openlbaas.settings.values import Wiring

MAPPED = Wiring(interface_mappings={"provider": "eth1", "lab": "eth2"}, bridge_mappings={"lab": "br-lab"})
LOCAL = NetworkSpec(id="4c5e1d2f-5a5b")
FLAT = NetworkSpec(id="4c5e1d2f-5a5b", type="flat", physical_network="provider")


def test_a_local_network_ends_at_its_bridge() -> None:
    assert way(LOCAL, MAPPED) == Way("brq4c5e1d2f-5a")


def test_a_flat_network_leaves_by_the_interface_of_its_physical_network() -> None:
    assert way(FLAT, MAPPED) == Way("brq4c5e1d2f-5a", "eth1")


def test_a_vxlan_leaves_by_a_tunnel_to_all_other_hosts() -> None:
    network = NetworkSpec(id="4c5e1d2f-5a5b", type="vxlan", segmentation_id=86, mtu=1450)
    ended = Wiring(tunnel_address="10.0.0.31", tunnel_port=4790)
    assert way(network, ended) == Way("brq4c5e1d2f-5a", "vxlan-86", Tunnel(86, "10.0.0.31", 4790, 1450))
    assert configurations(ended) == {"tunnel_types": ["vxlan"], "tunneling_ip": "10.0.0.31"}


def test_a_mapped_bridge_goes_before_an_interface() -> None:
    flat = NetworkSpec(id="4c5e1d2f-5a5b", type="flat", physical_network="lab")
    assert way(flat, MAPPED) == Way("br-lab", given=True)


@pytest.mark.parametrize(
    "network",
    [
        NetworkSpec(id="n", type="flat", physical_network="other"),
        NetworkSpec(id="n", type="flat"),
        NetworkSpec(id="n", type="vxlan", segmentation_id=86),
        NetworkSpec(id="n", type="vlan", physical_network="provider", segmentation_id=7),
    ],
)
def test_what_no_option_speaks_of_is_refused(network: NetworkSpec) -> None:
    with pytest.raises(ConfigRejected):
        way(network, MAPPED)
    assert way_of_record(network, MAPPED) == Way("brqn")


def test_what_a_host_reaches_is_told_in_the_originals_words() -> None:
    assert configurations(MAPPED) == {
        "interface_mappings": {"provider": "eth1", "lab": "eth2"},
        "bridge_mappings": {"lab": "br-lab"},
    }
    assert configurations(Wiring()) == {}
