"""The LBaaS v2 API of Neutron: bodies to commands, views to replies."""

from openlbaas.dialects.neutron_lbaas_v2.certificates import CERTIFICATES
from openlbaas.dialects.neutron_lbaas_v2.events import EVENTS
from openlbaas.dialects.neutron_lbaas_v2.health_monitors import HEALTH_MONITORS
from openlbaas.dialects.neutron_lbaas_v2.l7_policies import L7_POLICIES
from openlbaas.dialects.neutron_lbaas_v2.l7_rules import L7_RULES
from openlbaas.dialects.neutron_lbaas_v2.listeners import LISTENERS
from openlbaas.dialects.neutron_lbaas_v2.load_balancers import LOAD_BALANCERS
from openlbaas.dialects.neutron_lbaas_v2.members import MEMBERS
from openlbaas.dialects.neutron_lbaas_v2.pools import POOLS

__all__ = [
    "CERTIFICATES",
    "EVENTS",
    "HEALTH_MONITORS",
    "L7_POLICIES",
    "L7_RULES",
    "LISTENERS",
    "LOAD_BALANCERS",
    "MEMBERS",
    "POOLS",
]
