"""Load balancers, listeners, pools, members and health monitors, as they can be typed."""

from __future__ import annotations

from openlbaas.cli.grammar.model import (
    Option,
    Parent,
    Resource,
    admin_state_at_creation,
    admin_state_at_update,
    filters,
    text,
)
from openlbaas.client import lbaas

_ALGORITHMS = ("ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP")
_PERSISTENCE = "type=TYPE[,cookie_name=COOKIE_NAME]"
_STATUSES = ("provisioning_status", "operating_status")


def _name(of_what: str) -> Option:
    return text("name", f"Name of the {of_what}.")


def _description(of_what: str) -> Option:
    return text("description", f"Description of the {of_what}.")


_TOPOLOGY = text(
    "topology",
    "SINGLE (default), or ACTIVE_STANDBY: on two hosts, of which one takes over when the other fails.",
    choices=("SINGLE", "ACTIVE_STANDBY"),
    any_case=True,
)

LOAD_BALANCER = Resource(
    lbaas.LOAD_BALANCERS,
    neutron="lbaas-loadbalancer",
    modern="loadbalancer",
    reported="loadbalancer",
    title="load balancer",
    article="a",
    label="LOADBALANCER",
    columns=("id", "name", "vip_address", "provisioning_status", "provider"),
    modern_columns=("id", "name", "vip_address", *_STATUSES, "provider"),
    waits=True,
    create=(
        _description("load balancer"),
        _name("load balancer"),
        *admin_state_at_creation(),
        text("provider", "Provider name of the load balancer service."),
        text("flavor_id", "ID or name of the flavor.", spelling="--flavor", metavar="FLAVOR", look_in=lbaas.FLAVORS),
        _TOPOLOGY,
        text("vip_address", "VIP address for the load balancer."),
        Option(
            "vip_subnet_id",
            "VIP_SUBNET",
            "--vip-subnet-id",
            "ID or name of the subnet that holds the VIP.",
            metavar="SUBNET",
            look_in=lbaas.SUBNETS,
            rivals="vip",
        ),
        Option(
            "vip_network_id",
            "",
            "--vip-network-id",
            "ID or name of the network that holds the VIP.",
            metavar="NETWORK",
            look_in=lbaas.NETWORKS,
            rivals="vip",
        ),
    ),
    check=lambda given, style: (
        "One of --vip-subnet-id or --vip-network-id must be specified."
        if style == "modern" and not given.keys() & {"vip_subnet_id", "vip_network_id"}
        else ""
    ),
    update=(*admin_state_at_update("load balancer"), _description("load balancer"), _name("load balancer"), _TOPOLOGY),
    filters=filters("name", "vip_address", "vip_subnet_id", *_STATUSES, "provider"),
)

_LIMIT = text(
    "connection_limit",
    "The most connections open at once; -1 means no limit (default).",
    kind="integer",
)
_DEFAULT_POOL = text(
    "default_pool_id",
    "Default pool for the listener.",
    spelling="--default-pool",
    metavar="DEFAULT_POOL",
    look_in=lbaas.POOLS,
)

LISTENER = Resource(
    lbaas.LISTENERS,
    neutron="lbaas-listener",
    modern="loadbalancer listener",
    reported="listener",
    title="listener",
    article="a",
    label="LISTENER",
    columns=("id", "default_pool_id", "name", "protocol", "protocol_port", "admin_state_up", "status"),
    waits=True,
    create=(
        _description("listener"),
        _LIMIT,
        _DEFAULT_POOL,
        *admin_state_at_creation(),
        text("name", "The name of the listener. At least one of --default-pool or --loadbalancer must be specified."),
        text("default_tls_container_ref", "Default TLS container reference to retrieve TLS information."),
        text("sni_container_refs", "List of TLS container references for SNI.", kind="several"),
        Option(
            "loadbalancer_id",
            "--loadbalancer",
            "LOADBALANCER",
            "ID or name of the load balancer.",
            metavar="LOADBALANCER",
            look_in=lbaas.LOAD_BALANCERS,
        ),
        text(
            "protocol",
            "Protocol for the listener.",
            choices=("TCP", "HTTP", "HTTPS", "TERMINATED_HTTPS"),
            any_case=True,
            required=True,
        ),
        text("protocol_port", "Protocol port for the listener.", metavar="PORT", required=True),
    ),
    check=lambda given, _style: (
        ""
        if given.keys() & {"loadbalancer_id", "default_pool_id"}
        else "Either --default-pool or --loadbalancer must be specified."
    ),
    update=(
        _description("listener"),
        _LIMIT,
        _DEFAULT_POOL,
        _name("listener"),
        # The neutron client passes them on as options that it does not know.
        Option(
            "default_tls_container_ref",
            "",
            "--default-tls-container-ref",
            "Certificate for clients that name none of the others: its ID.",
        ),
        Option(
            "sni_container_refs",
            "",
            "--sni-container-refs",
            "Certificates for clients that name one of their hosts: their IDs.",
            kind="several",
        ),
        *admin_state_at_update("listener"),
    ),
    filters=filters("name", "loadbalancer_id", "default_pool_id", "protocol", "protocol_port"),
)

_ALGORITHM = text(
    "lb_algorithm",
    "The algorithm used to distribute load between the members of the pool.",
    choices=_ALGORITHMS,
    any_case=True,
)
_SESSION = text(
    "session_persistence",
    "The type of session persistence to use and associated cookie name.",
    kind="pairs",
    metavar=_PERSISTENCE,
    keys=("type", "cookie_name"),
    rivals="session",
)

POOL = Resource(
    lbaas.POOLS,
    neutron="lbaas-pool",
    modern="loadbalancer pool",
    reported="lbaas_pool",
    title="pool",
    article="a",
    label="POOL",
    columns=("id", "name", "lb_algorithm", "protocol", "admin_state_up"),
    waits=True,
    create=(
        _description("pool"),
        text("name", "The name of the pool."),
        _ALGORITHM._replace(required=True),
        *admin_state_at_creation(),
        text(
            "listener_id",
            "Listener whose default-pool should be set to this pool. At least one of --listener or "
            "--loadbalancer must be specified.",
            spelling="--listener",
            metavar="LISTENER",
            look_in=lbaas.LISTENERS,
        ),
        text(
            "loadbalancer_id",
            "Loadbalancer with which this pool should be associated. At least one of --listener or "
            "--loadbalancer must be specified.",
            spelling="--loadbalancer",
            metavar="LOADBALANCER",
            look_in=lbaas.LOAD_BALANCERS,
        ),
        text("protocol", "Protocol for balancing.", choices=("HTTP", "HTTPS", "TCP"), any_case=True, required=True),
        _SESSION,
    ),
    check=lambda given, _style: (
        ""
        if given.keys() & {"loadbalancer_id", "listener_id"}
        else "At least one of --listener or --loadbalancer must be specified."
    ),
    update=(
        *admin_state_at_update("pool"),
        _SESSION,
        text(
            "session_persistence",
            "Clear session persistence for the pool.",
            spelling="--no-session-persistence",
            kind="constant",
            rivals="session",
        ),
        _description("pool"),
        _name("pool"),
        _ALGORITHM,
    ),
    filters=filters("name", "loadbalancer_id", "protocol", "lb_algorithm"),
)

_WEIGHT = text("weight", "Weight of the member in the pool (default:1, [0..256]).")

MEMBER = Resource(
    lbaas.MEMBERS,
    neutron="lbaas-member",
    modern="loadbalancer member",
    reported="lbaas_member",
    title="member",
    article="a",
    label="MEMBER",
    columns=("id", "name", "address", "protocol_port", "weight", "subnet_id", "admin_state_up", "status"),
    waits=True,
    parent=Parent(lbaas.POOLS, "POOL", "ID or name of the pool that this member belongs to."),
    create=(
        _name("member"),
        _WEIGHT,
        *admin_state_at_creation(),
        Option(
            "subnet_id",
            "--subnet",
            "--subnet-id",
            "Subnet ID or name for the member.",
            metavar="SUBNET",
            look_in=lbaas.SUBNETS,
            required=True,
        ),
        text("address", "IP address of the pool member in the pool.", required=True),
        text("protocol_port", "Port on which the pool member listens for requests or connections.", required=True),
    ),
    update=(*admin_state_at_update("member"), _name("member"), _WEIGHT),
    filters=filters("name", "address", "protocol_port", "subnet_id"),
)


def _monitor_options(*, creating: bool) -> tuple[Option, ...]:
    return (
        text("delay", "The time in seconds between sending probes to members.", required=creating),
        text("name", "Name of the health monitor."),
        text(
            "timeout",
            "Maximum number of seconds for a monitor to wait for a connection to be established before it "
            "times out. The value must be less than the delay value.",
            required=creating,
        ),
        text("http_method", "The HTTP method used for requests by the monitor of type HTTP.", any_case=True),
        text(
            "url_path",
            "The HTTP path of the requests with which a monitor of type HTTP tests a member. It begins "
            "with a / (forward slash).",
        ),
        text(
            "max_retries",
            "Number of permissible connection failures before changing the member status to INACTIVE. [1..10].",
            required=creating,
        ),
        text(
            "expected_codes",
            "The HTTP status codes with which a member is taken for healthy: one value, several "
            'separated by commas, or a range such as "200-299". Defaults to "200".',
        ),
    )


HEALTH_MONITOR = Resource(
    lbaas.HEALTH_MONITORS,
    neutron="lbaas-healthmonitor",
    modern="loadbalancer healthmonitor",
    reported="lbaas_healthmonitor",
    title="health monitor",
    article="a",
    label="HEALTHMONITOR",
    columns=("id", "name", "type", "admin_state_up"),
    waits=True,
    create=(
        *_monitor_options(creating=True),
        *admin_state_at_creation(),
        text(
            "type",
            "One of the predefined health monitor types.",
            choices=("PING", "TCP", "HTTP", "HTTPS"),
            required=True,
        ),
        Option("max_retries_down", "", "--max-retries-down", "Failed probes after which a member is taken out."),
        Option(
            "pool_id",
            "--pool",
            "POOL",
            "ID or name of the pool that this healthmonitor will monitor.",
            metavar="POOL",
            look_in=lbaas.POOLS,
            required=True,
        ),
    ),
    update=(
        *_monitor_options(creating=False),
        Option("max_retries_down", "", "--max-retries-down", "Failed probes after which a member is taken out."),
        *admin_state_at_update("health monitor"),
    ),
    filters=filters("name", "type", "pool_id"),
)
