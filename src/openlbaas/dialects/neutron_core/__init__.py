"""What load balancers stand on of the Neutron core: versions, networks, subnets, ports, agents, quotas, flavors."""

from openlbaas.dialects.neutron_core.agents import AGENTS
from openlbaas.dialects.neutron_core.flavors import FLAVORS, SERVICE_PROFILES
from openlbaas.dialects.neutron_core.networks import NETWORKS
from openlbaas.dialects.neutron_core.ports import PORTS
from openlbaas.dialects.neutron_core.subnets import SUBNETS

__all__ = ["AGENTS", "FLAVORS", "NETWORKS", "PORTS", "SERVICE_PROFILES", "SUBNETS"]
