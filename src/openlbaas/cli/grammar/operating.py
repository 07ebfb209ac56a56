"""Agents, extensions, providers and quotas, as they can be typed."""

from __future__ import annotations

from openlbaas.cli.grammar.model import Option, Resource, filters, text
from openlbaas.client import lbaas


def shown_alive(alive: object) -> str:
    """A face for an agent: smiling when alive."""
    return ":-)" if alive else "xxx"


AGENT = Resource(
    lbaas.AGENTS,
    neutron="agent",
    modern="network agent",
    reported="agent",
    title="agent",
    article="an",
    label="AGENT",
    columns=("id", "agent_type", "host", "availability_zone", "alive", "admin_state_up", "binary"),
    verbs=("list", "show", "update", "delete"),
    update=(
        Option(
            "admin_state_up",
            "--admin-state-down",
            "",
            "Set admin state up of the agent to false.",
            kind="constant",
            value=False,
            always=True,
        ),
        Option(
            "admin_state_up",
            "",
            "--disable",
            "Place no more load balancers on the agent.",
            kind="constant",
            value=False,
            rivals="admin",
        ),
        Option(
            "admin_state_up",
            "",
            "--enable",
            "Let load balancers be placed on the agent.",
            kind="constant",
            value=True,
            rivals="admin",
        ),
        text("description", "Description for the agent."),
    ),
    filters=filters("host", "binary", "agent_type", "alive"),
    by_name=False,
    paged=False,
    indent=5,
    cells={"alive": shown_alive},
    readable_always=frozenset({"alive"}),
)

EXTENSION = Resource(
    lbaas.EXTENSIONS,
    neutron="ext",
    modern="extension",
    reported="extension",
    title="extension",
    article="an",
    label="EXTENSION",
    columns=("alias", "name"),
    verbs=("list", "show"),
    by_name=False,
    paged=False,
)

SERVICE_PROVIDER = Resource(
    lbaas.SERVICE_PROVIDERS,
    neutron="service-provider",
    modern="network service provider",
    reported="service_provider",
    title="service provider",
    article="a",
    label="SERVICE_PROVIDER",
    columns=("service_type", "name", "default"),
    verbs=("list",),
)

EVENT = Resource(
    lbaas.EVENTS,
    neutron="lbaas-event",
    modern="loadbalancer event",
    reported="event",
    title="event",
    article="an",
    label="EVENT",
    columns=("at", "loadbalancer_id", "name", "text"),
    verbs=("list",),
    filters=(
        Option(
            "loadbalancer_id",
            "[LOADBALANCER]",
            "[LOADBALANCER]",
            "ID or name of the load balancer; those of all when not given.",
            look_in=lbaas.LOAD_BALANCERS,
        ),
    ),
)

QUOTA = Resource(
    lbaas.QUOTAS,
    neutron="quota",
    modern="quota",
    reported="quota",
    title="quota",
    article="a",
    label="PROJECT",
    columns=(),
    verbs=(),
)

PROJECT_OF_QUOTA = (
    Option("tenant", "--tenant-id", "--project", "The owner tenant ID.", metavar="TENANT_ID"),
    Option("positional_tenant", "[TENANT]", "[PROJECT]", "The project; your own when not given."),
)


def _limit(attribute: str, flag: str, things: str) -> Option:
    return Option(attribute, flag, flag, f"The limit of {things}.", metavar="N")


def _limit_of_nothing(attribute: str, things: str) -> Option:
    """A limit of the neutron client for things that are not built here: the server says so."""
    return Option(attribute, f"--{attribute.replace('_', '-')}", "", f"The limit of {things}.", metavar="N")


LIMITS = (
    _limit("network", "--network", "networks"),
    _limit("subnet", "--subnet", "subnets"),
    _limit("port", "--port", "ports"),
    _limit("loadbalancer", "--loadbalancer", "load balancers"),
    _limit("listener", "--listener", "listeners"),
    _limit("pool", "--pool", "pools"),
    _limit("member", "--member", "pool members"),
    _limit("healthmonitor", "--health-monitor", "health monitors"),
    _limit("l7policy", "--l7policy", "L7 policies"),
    _limit_of_nothing("router", "routers"),
    _limit_of_nothing("floatingip", "floating IPs"),
    _limit_of_nothing("security_group", "security groups"),
    _limit_of_nothing("security_group_rule", "security group rules"),
    _limit_of_nothing("vip", "VIPs of LBaaS v1"),
    _limit_of_nothing("rbac_policy", "RBAC policies"),
)
