"""How what is on a network gets out of this host: the network's bridge, and what joins it with other hosts."""

from dataclasses import dataclass
from typing import Any

from openlbaas.desired.spec import NetworkSpec
from openlbaas.dialects.host_v1 import TUNNEL_ADDRESS
from openlbaas.domain.errors import ConfigRejected
from openlbaas.drivers.haproxy_netns import names
from openlbaas.drivers.haproxy_netns.seen import Tunnel
from openlbaas.settings.values import Wiring


@dataclass(frozen=True, slots=True)
class Way:
    """A network's bridge, and the interface on it that leads to other hosts.

    Shape: interface None where there is none, or where it is not ours to care for; tunnel says what it is made of if we
    make it; given says that the bridge is somebody else's and must be there already.
    """

    bridge: str
    interface: str | None = None
    tunnel: Tunnel | None = None
    given: bool = False


def configurations(wiring: Wiring) -> dict[str, Any]:
    """Say what a host reaches, in the words of the original's agents; nothing of what it has not."""
    told: dict[str, Any] = {
        "interface_mappings": dict(wiring.interface_mappings),
        "bridge_mappings": dict(wiring.bridge_mappings),
        "tunnel_types": ["vxlan"] if wiring.tunnel_address else [],
        TUNNEL_ADDRESS: wiring.tunnel_address,
    }
    return {name: value for name, value in told.items() if value}


def way(network: NetworkSpec, wiring: Wiring) -> Way:
    """Say how a network should be joined with other hosts.

    Raises: ConfigRejected when this host has no way to it.
    """
    own = names.bridge(network.id)
    if network.type == "local":
        return Way(own)
    if network.type == "vxlan":
        return _tunnelled(network, own, wiring)
    if network.type != "flat":
        raise ConfigRejected(f"networks of type {network.type} are not built")
    name = network.physical_network or ""
    if name in wiring.bridge_mappings:
        return Way(wiring.bridge_mappings[name], given=True)
    if name in wiring.interface_mappings:
        return Way(own, wiring.interface_mappings[name])
    raise ConfigRejected(
        f"this host has no way to physical network {name}: name its interface in [linux_bridge] "
        "physical_interface_mappings"
    )


def _tunnelled(network: NetworkSpec, bridge: str, wiring: Wiring) -> Way:
    if network.segmentation_id is None:
        raise ConfigRejected("a vxlan network without a segment leads nowhere")
    if not wiring.tunnel_address:
        raise ConfigRejected("tunnels from other hosts can't end here: set [vxlan] local_ip to an address of this host")
    tunnel = Tunnel(network.segmentation_id, wiring.tunnel_address, wiring.tunnel_port, network.mtu)
    return Way(bridge, names.tunnel(tunnel.vni), tunnel)


def way_of_record(network: NetworkSpec, wiring: Wiring) -> Way:
    """Say the same of a network that was joined once, maybe under other options; without a way only its bridge."""
    try:
        return way(network, wiring)
    except ConfigRejected:
        return Way(names.bridge(network.id))
