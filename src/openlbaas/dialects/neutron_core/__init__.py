"""The network core of Neutron that load balancers stand on: versions, networks, subnets, ports, agents."""

from openlbaas.dialects.neutron_core.agents import AGENTS
from openlbaas.dialects.neutron_core.networks import NETWORKS
from openlbaas.dialects.neutron_core.ports import PORTS
from openlbaas.dialects.neutron_core.subnets import SUBNETS

__all__ = ["AGENTS", "NETWORKS", "PORTS", "SUBNETS"]
