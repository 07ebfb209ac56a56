"""Which hosts reach a network."""

from openlbaas.desired.spec import NetworkSpec
from openlbaas.domain.agents import Agent
from openlbaas.domain.network import Network


def hosts_network(agent: Agent, network: Network | NetworkSpec) -> bool:
    """Tell whether the host of an agent can run what is on a network, by what its agent last reported.

    Shape: every host has a local network; a flat one needs a mapping of its physical network, a vxlan an end of
    tunnels.
    """
    kind = network.network_type if isinstance(network, Network) else network.type
    told = agent.configurations
    if kind == "flat":
        mapped = {**told.get("bridge_mappings", {}), **told.get("interface_mappings", {})}
        return network.physical_network in mapped
    if kind == "vxlan":
        return "vxlan" in told.get("tunnel_types", ()) and bool(told.get("tunneling_ip"))
    return kind == "local"
