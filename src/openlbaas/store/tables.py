"""The tables, with the names and columns of the original where it had them.

What the original stored as a status is derived here from revisions: created, changed and deleted on every object,
revision, applied and refused on the load balancer.
"""

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

METADATA = sa.MetaData()

_ID = sa.String(36)


def _owned(name: str, *columns: SchemaItem) -> sa.Table:
    return sa.Table(
        name,
        METADATA,
        sa.Column("project_id", sa.String(255), nullable=False, index=True),
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", sa.String(255), nullable=False, default="", index=True),
        *columns,
        sa.Column("created_at", sa.Double(), nullable=False),
    )


def _marks() -> tuple[sa.Column[int], ...]:
    return (
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.BigInteger, nullable=True),
    )


def _balancer() -> sa.Column[str]:
    return sa.Column("loadbalancer_id", _ID, sa.ForeignKey("lbaas_loadbalancers.id"), nullable=False, index=True)


def _switch() -> sa.Column[bool]:
    return sa.Column("admin_state_up", sa.Boolean, nullable=False)


networks = _owned(
    "networks",
    sa.Column("description", sa.String(255), nullable=False),
    _switch(),
    sa.Column("shared", sa.Boolean, nullable=False),
    sa.Column("external", sa.Boolean, nullable=False),
    sa.Column("mtu", sa.Integer, nullable=False),
    sa.Column("network_type", sa.String(32), nullable=False),
    sa.Column("physical_network", sa.String(64)),
    sa.Column("segmentation_id", sa.Integer),
    # Any number of networks have neither.
    sa.Index("uniq_networks0physical", "network_type", "physical_network", unique=True),
    sa.Index("uniq_networks0segment", "network_type", "segmentation_id", unique=True),
)

subnets = _owned(
    "subnets",
    sa.Column("network_id", _ID, sa.ForeignKey("networks.id"), nullable=False, index=True),
    sa.Column("description", sa.String(255), nullable=False),
    sa.Column("ip_version", sa.Integer, nullable=False),
    sa.Column("cidr", sa.String(64), nullable=False),
    sa.Column("gateway_ip", sa.String(64)),
    sa.Column("enable_dhcp", sa.Boolean, nullable=False),
    sa.Column("dns_nameservers", sa.JSON, nullable=False),
    sa.Column("host_routes", sa.JSON, nullable=False),
    # The address given out last; the next one follows it.
    sa.Column("last_allocated", sa.String(64)),
)

ipallocationpools = sa.Table(
    "ipallocationpools",
    METADATA,
    sa.Column("subnet_id", _ID, sa.ForeignKey("subnets.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("first_ip", sa.String(64), primary_key=True),
    sa.Column("last_ip", sa.String(64), nullable=False),
)

ports = _owned(
    "ports",
    sa.Column("network_id", _ID, sa.ForeignKey("networks.id"), nullable=False, index=True),
    sa.Column("description", sa.String(255), nullable=False),
    _switch(),
    sa.Column("mac_address", sa.String(32), nullable=False),
    sa.Column("device_id", sa.String(255), nullable=False, index=True),
    sa.Column("device_owner", sa.String(255), nullable=False),
    sa.Column("host_id", sa.String(255), nullable=False),
    sa.UniqueConstraint("network_id", "mac_address", name="uniq_ports0network_id0mac_address"),
)

ipallocations = sa.Table(
    "ipallocations",
    METADATA,
    sa.Column("ip_address", sa.String(64), primary_key=True),
    sa.Column("subnet_id", _ID, sa.ForeignKey("subnets.id"), primary_key=True),
    sa.Column("network_id", _ID, sa.ForeignKey("networks.id"), primary_key=True),
    sa.Column("port_id", _ID, sa.ForeignKey("ports.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("ordinal", sa.Integer, nullable=False),
)

agents = sa.Table(
    "agents",
    METADATA,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("agent_type", sa.String(255), nullable=False),
    sa.Column("binary", sa.String(255), nullable=False),
    sa.Column("topic", sa.String(255), nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("availability_zone", sa.String(255)),
    _switch(),
    sa.Column("created_at", sa.Double(), nullable=False),
    sa.Column("started_at", sa.Double(), nullable=False),
    sa.Column("heartbeat_timestamp", sa.Double(), nullable=False),
    sa.Column("description", sa.String(255), nullable=False),
    sa.Column("configurations", sa.JSON, nullable=False),
    sa.Column("feed_position", sa.BigInteger, nullable=False),
    # Gets nothing new, and what it has is moved away.
    sa.Column("draining", sa.Boolean, nullable=False, server_default=sa.false()),
    # When an administrator said that the host is dead; holds until the next heartbeat.
    sa.Column("failed_at", sa.Double()),
    sa.UniqueConstraint("agent_type", "host", name="uniq_agents0agent_type0host"),
)

loadbalancers = _owned(
    "lbaas_loadbalancers",
    sa.Column("description", sa.String(255), nullable=False),
    sa.Column("vip_port_id", _ID, sa.ForeignKey("ports.id", name="fk_lbaas_loadbalancers_ports_id"), nullable=False),
    sa.Column("vip_subnet_id", _ID, nullable=False),
    sa.Column("vip_network_id", _ID, nullable=False),
    sa.Column("vip_address", sa.String(64), nullable=False),
    _switch(),
    sa.Column("provider", sa.String(255), nullable=False),
    sa.Column("flavor_id", _ID),
    sa.Column("topology", sa.String(16), nullable=False, server_default="SINGLE"),
    *_marks(),
    # Counts every write to what hangs below, so that one row tells whether a tree is still the same.
    sa.Column("version", sa.BigInteger, nullable=False, server_default="1"),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("applied", sa.BigInteger, nullable=False),
    sa.Column("refused", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("committed_at", sa.Double(), nullable=False),
)

listeners = _owned(
    "lbaas_listeners",
    sa.Column("description", sa.String(255), nullable=False),
    _balancer(),
    sa.Column("protocol", sa.String(16), nullable=False),
    sa.Column("protocol_port", sa.Integer, nullable=False),
    sa.Column("connection_limit", sa.Integer, nullable=False),
    sa.Column("default_pool_id", _ID),
    sa.Column("default_tls_container_id", sa.String(128)),
    _switch(),
    *_marks(),
)

sni = sa.Table(
    "lbaas_sni",
    METADATA,
    sa.Column("listener_id", _ID, sa.ForeignKey("lbaas_listeners.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("tls_container_id", sa.String(128), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
)

pools = _owned(
    "lbaas_pools",
    sa.Column("description", sa.String(255), nullable=False),
    _balancer(),
    sa.Column("protocol", sa.String(16), nullable=False),
    sa.Column("lb_algorithm", sa.String(32), nullable=False),
    _switch(),
    *_marks(),
)

sessionpersistences = sa.Table(
    "lbaas_sessionpersistences",
    METADATA,
    sa.Column("pool_id", _ID, sa.ForeignKey("lbaas_pools.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("type", sa.String(32), nullable=False),
    sa.Column("cookie_name", sa.String(1024)),
)

members = _owned(
    "lbaas_members",
    _balancer(),
    sa.Column("pool_id", _ID, nullable=False, index=True),
    sa.Column("subnet_id", _ID),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("protocol_port", sa.Integer, nullable=False),
    sa.Column("weight", sa.Integer, nullable=False),
    _switch(),
    # What the bound host saw last: UP, DOWN, UNCHECKED; NULL until it has looked.
    sa.Column("health", sa.String(16)),
    *_marks(),
)

healthmonitors = _owned(
    "lbaas_healthmonitors",
    _balancer(),
    sa.Column("pool_id", _ID, nullable=False, index=True),
    sa.Column("type", sa.String(16), nullable=False),
    sa.Column("delay", sa.Integer, nullable=False),
    sa.Column("timeout", sa.Integer, nullable=False),
    sa.Column("max_retries", sa.Integer, nullable=False),
    # NULL when the caller did not give it: the fall threshold then follows max_retries.
    sa.Column("max_retries_down", sa.Integer),
    sa.Column("http_method", sa.String(16), nullable=False),
    sa.Column("url_path", sa.String(255), nullable=False),
    sa.Column("expected_codes", sa.String(64), nullable=False),
    _switch(),
    *_marks(),
)

l7policies = _owned(
    "lbaas_l7policies",
    sa.Column("description", sa.String(255), nullable=False),
    _balancer(),
    sa.Column("listener_id", _ID, nullable=False, index=True),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("redirect_pool_id", _ID),
    sa.Column("redirect_url", sa.String(255)),
    sa.Column("position", sa.Integer, nullable=False),
    _switch(),
    *_marks(),
)

l7rules = sa.Table(
    "lbaas_l7rules",
    METADATA,
    sa.Column("project_id", sa.String(255), nullable=False, index=True),
    sa.Column("id", _ID, primary_key=True),
    _balancer(),
    sa.Column("l7policy_id", _ID, nullable=False, index=True),
    sa.Column("type", sa.String(16), nullable=False),
    sa.Column("compare_type", sa.String(16), nullable=False),
    sa.Column("invert", sa.Boolean, nullable=False),
    sa.Column("key", sa.String(255)),
    sa.Column("value", sa.String(255), nullable=False),
    _switch(),
    *_marks(),
    sa.Column("created_at", sa.Double(), nullable=False),
)

# What hosts have counted: the columns of the original, and in detail the same for every object and process.
statistics = sa.Table(
    "lbaas_loadbalancer_statistics",
    METADATA,
    sa.Column("loadbalancer_id", _ID, sa.ForeignKey("lbaas_loadbalancers.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("bytes_in", sa.BigInteger, nullable=False),
    sa.Column("bytes_out", sa.BigInteger, nullable=False),
    sa.Column("active_connections", sa.BigInteger, nullable=False),
    sa.Column("total_connections", sa.BigInteger, nullable=False),
    sa.Column("detail", sa.JSON, nullable=False),
)

certificates = _owned(
    "lbaas_certificates",
    sa.Column("description", sa.String(255), nullable=False),
    sa.Column("subject", sa.String(255), nullable=False),
    sa.Column("alternative_names", sa.JSON, nullable=False),
    sa.Column("issuer", sa.String(255), nullable=False),
    sa.Column("not_before", sa.Double(), nullable=False),
    sa.Column("not_after", sa.Double(), nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("key_type", sa.String(32), nullable=False),
    # How many days before its end it was last spoken of.
    sa.Column("warned_days", sa.Integer),
    # The bundle with its private key, as only the holder of the key file can open it.
    sa.Column("sealed", sa.Text, nullable=False),
)

quotas = sa.Table(
    "quotas",
    METADATA,
    sa.Column("project_id", sa.String(255), primary_key=True),
    sa.Column("resource", sa.String(64), primary_key=True),
    sa.Column("limit", sa.Integer, nullable=False),
)

flavors = sa.Table(
    "flavors",
    METADATA,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("description", sa.String(1024), nullable=False),
    sa.Column("service_type", sa.String(36), nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.Double(), nullable=False),
)

serviceprofiles = sa.Table(
    "serviceprofiles",
    METADATA,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("description", sa.String(1024), nullable=False),
    sa.Column("driver", sa.String(1024), nullable=False),
    sa.Column("metainfo", sa.String(4095), nullable=False),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("created_at", sa.Double(), nullable=False),
)

flavorbindings = sa.Table(
    "flavorserviceprofilebindings",
    METADATA,
    sa.Column("service_profile_id", _ID, sa.ForeignKey("serviceprofiles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("flavor_id", _ID, sa.ForeignKey("flavors.id", ondelete="CASCADE"), primary_key=True),
)

# These two columns and no other: the operator's SELECT of the original prints the same table here.
bindings = sa.Table(
    "lbaas_loadbalanceragentbindings",
    METADATA,
    sa.Column(
        "loadbalancer_id",
        _ID,
        sa.ForeignKey("lbaas_loadbalancers.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("agent_id", _ID, sa.ForeignKey("agents.id"), nullable=False, index=True),
)

# How often each load balancer was bound. The number only grows, so that hosts which meet on the wire know whose binding
# is the newer one, and it outlives the binding. One row from the first binding on.
placements = sa.Table(
    "lbaas_placements",
    METADATA,
    sa.Column(
        "loadbalancer_id",
        _ID,
        sa.ForeignKey("lbaas_loadbalancers.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("claim", sa.BigInteger, nullable=False),
    # When the host that was lost was last heard of; NULL as soon as a host has the load balancer in force.
    sa.Column("lost_at", sa.Double()),
    # Where it was before its host was lost, when it is to go back; no foreign key: that host may be forgotten.
    sa.Column("home_agent_id", _ID),
)

# Hosts that serve a load balancer until the host that it is bound to has it as well.
handovers = sa.Table(
    "lbaas_handovers",
    METADATA,
    sa.Column(
        "loadbalancer_id",
        _ID,
        sa.ForeignKey("lbaas_loadbalancers.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("agent_id", _ID, sa.ForeignKey("agents.id"), nullable=False, index=True),
    sa.Column("claim", sa.BigInteger, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("began_at", sa.Double(), nullable=False),
    sa.Column("why", sa.String(255), nullable=False),
)

# What each host has to look at again, at which position of its feed. A row stays until the host has nothing of the
# load balancer left, so that a host which was away is still told to clean up.
feed = sa.Table(
    "lbaas_feed",
    METADATA,
    sa.Column("agent_id", _ID, sa.ForeignKey("agents.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("loadbalancer_id", _ID, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
)

events = sa.Table(
    "lbaas_events",
    METADATA,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at", sa.Double(), nullable=False),
    sa.Column("project_id", sa.String(255), nullable=False, index=True),
    sa.Column("loadbalancer_id", _ID, nullable=False, index=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)

# What somebody wants to know of a host; a row lives for a minute.
inquiries = sa.Table(
    "lbaas_inquiries",
    METADATA,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("agent_id", _ID, sa.ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("loadbalancer_id", _ID, nullable=False),
    sa.Column("asked_at", sa.Double(), nullable=False),
    sa.Column("answer", sa.JSON(none_as_null=True)),
)
