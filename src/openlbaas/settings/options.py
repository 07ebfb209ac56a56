"""Every option, declared once: name, type, unit, default, help.

Where the original had an option of the same meaning, ours has its name and its place, so that its files can be used
as they are.
"""

import socket
from collections.abc import Mapping, Sequence

from oslo_config import cfg

DEFAULT = "DEFAULT"
LARGEST_VNI = (1 << 24) - 1
DEFAULT_PROVIDERS = ["LOADBALANCERV2:haproxy:haproxy_ns:default"]


def _formerly(name: str) -> list[cfg.DeprecatedOpt]:
    """Take the value from where the original had it, in [DEFAULT]."""
    return [cfg.DeprecatedOpt(name, group=DEFAULT)]


_GENERAL: Sequence[cfg.Opt] = (
    cfg.HostAddressOpt(
        "bind_host",
        default="127.0.0.1",
        help="Address that the API listens on. Sockets handed over by socket activation take its place.",
    ),
    cfg.PortOpt("bind_port", default=9696, help="Port that the API listens on."),
    cfg.StrOpt(
        "state_path",
        default="/var/lib/openlbaas",
        help="Folder of everything that is kept on this machine.",
    ),
    cfg.BoolOpt("debug", default=False, help="Log everything, not only what an operator needs."),
    cfg.StrOpt("log_file", default="", help="File to log to; empty logs to standard error."),
    cfg.BoolOpt("use_json", default=False, help="Log one JSON object a line."),
    cfg.FloatOpt(
        "agent_down_time",
        default=3.0,
        min=0.5,
        help="Seconds without a report after which an agent counts as dead, and a host that says that it reports "
        "rarely has 2.5 times its report_interval at least.",
    ),
    cfg.StrOpt(
        "loadbalancer_scheduler_driver",
        default="chance",
        help="How a host is chosen among those that can have a load balancer: chance; least_loaded, by the number of "
        "load balancers; zone_spread, in the zone with the fewest of the project. The original's class path is taken.",
    ),
    cfg.BoolOpt(
        "allow_automatic_lbaas_agent_failover",
        default=False,
        help="Move the load balancers of a dead agent to live ones. Agents that are switched off are left alone.",
    ),
    cfg.BoolOpt("enable_new_agents", default=True, help="Give load balancers to agents that are new."),
    cfg.StrOpt(
        "base_mac",
        default="fa:16:3e:00:00:00",
        regex=r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$",
        ignore_case=True,
        help="MAC address whose first half all ports have.",
    ),
    cfg.IntOpt(
        "pagination_max_limit",
        default=-1,
        min=-1,
        help="Most rows that one list answers with; -1 is no limit.",
    ),
)

_API: Sequence[cfg.Opt] = (
    cfg.BoolOpt(
        "refuse_while_pending",
        default=False,
        help="Answer 409 to a change of a load balancer whose last change is not in force yet, as the original did. "
        "Otherwise changes are taken in order.",
    ),
    cfg.IntOpt("max_body_bytes", default=1 << 20, min=1024, help="Longest request body, in bytes."),
    cfg.FloatOpt(
        "patience",
        default=60.0,
        min=1.0,
        help="Seconds after which a change that no host has answered is shown as ERROR. It is still carried out when "
        "the host is back.",
    ),
)

_DATABASE: Sequence[cfg.Opt] = (
    cfg.StrOpt(
        "connection",
        default="sqlite:///$state_path/openlbaas.db",
        secret=True,
        help="Database, as a SQLAlchemy URL.",
    ),
    cfg.IntOpt(
        "max_pool_size",
        default=16,
        min=0,
        help="Connections that a server keeps for changes, and as many again for reads, each of which has 16 threads; "
        "0 is no limit. This and the next three are for MariaDB and PostgreSQL.",
    ),
    cfg.IntOpt("max_overflow", default=4, min=-1, help="Connections of each kind beyond these; -1 is any number."),
    cfg.IntOpt(
        "connection_recycle_time",
        default=1800,
        min=-1,
        help="Seconds after which a connection is made anew when it is next used; -1 is never.",
    ),
    cfg.IntOpt(
        "pool_timeout", default=10, min=0, help="Seconds that a request waits for a connection; then it is 503."
    ),
)

_IDENTITY: Sequence[cfg.Opt] = (
    cfg.StrOpt(
        "driver",
        default="noauth",
        choices=[
            ("noauth", "everybody is an administrator; only on a loopback address"),
            ("tokens", "callers are known by the tokens of tokens_file"),
        ],
        help="How callers are told apart.",
    ),
    cfg.StrOpt(
        "tokens_file",
        default="",
        help="JSON file with the SHA-256 of each token and its project, user and roles. Read again when it changes.",
    ),
    cfg.StrOpt("noauth_project_id", default="demo", help="Project of callers that name none, with noauth."),
)

_HOST_PROTOCOL: Sequence[cfg.Opt] = (
    cfg.StrOpt(
        "token",
        default="",
        secret=True,
        help="Secret that agents show to servers, and with which the keys of certificates are encrypted on their way "
        "to hosts. The same on all; empty closes the protocol.",
    ),
    cfg.ListOpt(
        "servers",
        default=["http://127.0.0.1:9696"],
        help="Endpoints of the servers, for agents; the next one is tried when one does not answer.",
    ),
    cfg.FloatOpt(
        "feed_wait",
        default=25.0,
        min=0.0,
        max=60.0,
        help="Seconds that an agent lets a server wait for something new before it asks again.",
    ),
)

_AGENT: Sequence[cfg.Opt] = (
    cfg.StrOpt(
        "host",
        default="",
        sample_default="<hostname>",
        deprecated_opts=_formerly("host"),
        help="Name of this host; empty is its hostname.",
    ),
    cfg.FloatOpt(
        "report_interval",
        default=1.0,
        min=0.1,
        help="Seconds between two reports of an agent that has nothing to say.",
    ),
    cfg.IntOpt("workers", default=4, min=1, max=64, help="Load balancers that an agent works on at a time."),
    cfg.StrOpt("availability_zone", default="", help="Zone that this host is in."),
    cfg.IntOpt("capacity", default=0, min=0, help="Load balancers that this host takes; 0 is any number."),
    cfg.FloatOpt(
        "measure_interval",
        default=10.0,
        min=0.1,
        help="Seconds in which each HAProxy is asked for its health and counters; news of members come sooner.",
    ),
    cfg.FloatOpt(
        "heal_interval",
        default=30.0,
        min=0.5,
        help="Seconds in which each load balancer of the host is looked at, to repair what somebody broke.",
    ),
)

_SCHEDULING: Sequence[cfg.Opt] = (
    cfg.BoolOpt(
        "failback",
        default=False,
        help="Move load balancers back to the host that they were on before it died, once it has been heard of again "
        "for three times agent_down_time. There is no gap.",
    ),
    cfg.FloatOpt(
        "brake_timeout",
        default=30.0,
        min=0.0,
        help="Seconds for which nothing is moved when more than half of at least three hosts fall silent at once, as "
        "the control plane itself may be at fault; after that they count as dead.",
    ),
)

_HAPROXY: Sequence[cfg.Opt] = (
    cfg.StrOpt(
        "loadbalancer_state_path",
        default="$state_path/lbaas",
        deprecated_opts=_formerly("loadbalancer_state_path"),
        help="Folder below which, in v2/ID, each load balancer of this host has its haproxy.conf, pid file and socket.",
    ),
    cfg.StrOpt("binary", default="haproxy", help="HAProxy's program."),
    cfg.StrOpt("user", default="nobody", help="User that HAProxy runs as, from its first instruction."),
    cfg.StrOpt(
        "user_group", default="nogroup", deprecated_opts=_formerly("user_group"), help="Group that HAProxy runs as."
    ),
    cfg.IntOpt(
        "send_gratuitous_arp",
        default=3,
        min=0,
        max=20,
        deprecated_opts=_formerly("send_gratuitous_arp"),
        help="Gratuitous ARPs (neighbour advertisements for IPv6) that announce a VIP; 0 for none.",
    ),
    cfg.IntOpt(
        "hard_stop_after",
        default=300,
        min=1,
        help="Seconds that a replaced HAProxy may go on serving the connections that it has.",
    ),
    cfg.IntOpt(
        "drain_timeout",
        default=30,
        min=0,
        help="Seconds that connections to a member may last after it was deleted or switched off; then they are ended.",
    ),
    cfg.BoolOpt(
        "merge_memory",
        default=False,
        help="Have the kernel keep equal memory of the HAProxies once (KSM): a quarter less, for some CPU. By timing, "
        "one tenant might guess what another has in memory.",
    ),
)

_KEEPALIVED: Sequence[cfg.Opt] = (
    cfg.StrOpt(
        "binary",
        default="keepalived",
        help="Keepalived's program; where there is none, the host serves no load balancer together with another.",
    ),
    cfg.FloatOpt(
        "advertisement_interval",
        default=0.1,
        min=0.01,
        max=40.95,
        help="Seconds between two signs of life of the host that serves a load balancer; the other one takes over when "
        "three and a bit have not come. Equal on all hosts.",
    ),
)

_NETWORK: Sequence[cfg.Opt] = (
    cfg.IntOpt(
        "default_mtu",
        default=1500,
        min=1280,
        max=65535,
        deprecated_opts=[cfg.DeprecatedOpt("global_physnet_mtu", group=DEFAULT)],
        help="MTU of a network that is made without one, in bytes.",
    ),
    cfg.StrOpt(
        "tenant_network_type",
        default="local",
        choices=[("local", "a bridge on each host"), ("vxlan", "a tunnel between all hosts")],
        help="Type of a network that is made without one.",
    ),
    cfg.ListOpt(
        "vni_ranges",
        default=[f"1:{LARGEST_VNI}"],
        deprecated_opts=[cfg.DeprecatedOpt("vni_ranges", group="ml2_type_vxlan")],
        help="Segments that vxlan networks get by themselves, as first:last. An administrator may name any other.",
    ),
    cfg.IntOpt(
        "overlay_ip_version",
        default=4,
        choices=[4, 6],
        deprecated_opts=[cfg.DeprecatedOpt("overlay_ip_version", group="ml2")],
        help="IP version that tunnels between hosts use; it decides what is left of default_mtu for vxlan networks.",
    ),
)

_LINUX_BRIDGE: Sequence[cfg.Opt] = (
    cfg.ListOpt(
        "physical_interface_mappings",
        default=[],
        sample_default=["provider:eth1"],
        help="For agents: which interface of this host each physical network is reached by, as network:interface. It "
        "becomes a port of the network's bridge, which takes its addresses and routes over. A host can run what is on "
        "a flat network only with a mapping for it.",
    ),
    cfg.ListOpt(
        "bridge_mappings",
        default=[],
        sample_default=["provider:br-provider"],
        help="For agents: a bridge of this host that reaches a physical network already, as network:bridge. It is used "
        "as it is, and goes before physical_interface_mappings.",
    ),
)

_VXLAN: Sequence[cfg.Opt] = (
    cfg.BoolOpt("enable_vxlan", default=True, help="For agents: whether this host has tunnels, given local_ip."),
    cfg.StrOpt(
        "local_ip",
        default="",
        help="For agents: the address of this host at which tunnels from other hosts end. Without one it can run "
        "nothing that is on a vxlan network.",
    ),
    cfg.PortOpt("udp_dstport", default=4789, help="For agents: UDP port of tunnels; the same on all hosts."),
)

_PROVIDERS: Sequence[cfg.Opt] = (
    cfg.MultiStrOpt(
        "service_provider",
        default=DEFAULT_PROVIDERS,
        help="Provider of load balancers, as type:name:driver[:default]. May be given several times. The original's "
        "class path is accepted as a driver. Types other than LOADBALANCERV2 are left to others.",
    ),
)


_CERTIFICATES: Sequence[cfg.Opt] = (
    cfg.StrOpt(
        "cert_manager_type",
        default="local",
        help="Where the certificates of listeners are kept: local, in the database, uploaded through the API. The "
        "original's barbican is not built: what is asked for it does not start.",
    ),
    cfg.StrOpt(
        "key_file",
        default="$state_path/certificates.key",
        help="File with the secret that private keys are encrypted with in the database. Made, for its owner's eyes "
        "only, with the first certificate. Several servers must share its content, and without it no certificate can "
        "be used: keep a copy.",
    ),
)


def _quota(name: str, default: int, what: str) -> cfg.Opt:
    return cfg.IntOpt(name, default=default, help=f"{what} that a project may have; a negative number is no limit.")


_QUOTAS: Sequence[cfg.Opt] = (
    _quota("default_quota", -1, "Things without an option of their own here (layer 7 policies)"),
    _quota("quota_loadbalancer", 10, "Load balancers"),
    _quota("quota_listener", -1, "Listeners"),
    _quota("quota_pool", 10, "Pools"),
    _quota("quota_member", -1, "Members"),
    _quota("quota_healthmonitor", -1, "Health monitors"),
    _quota("quota_network", -1, "Networks"),
    _quota("quota_subnet", -1, "Subnets"),
    _quota("quota_port", -1, "Ports"),
)

GROUPS: Mapping[str, Sequence[cfg.Opt]] = {
    DEFAULT: _GENERAL,
    "api": _API,
    "database": _DATABASE,
    "identity": _IDENTITY,
    "host_protocol": _HOST_PROTOCOL,
    "agent": _AGENT,
    "scheduling": _SCHEDULING,
    "haproxy": _HAPROXY,
    "keepalived": _KEEPALIVED,
    "network": _NETWORK,
    "linux_bridge": _LINUX_BRIDGE,
    "vxlan": _VXLAN,
    "service_providers": _PROVIDERS,
    "quotas": _QUOTAS,
    "certificates": _CERTIFICATES,
}


def list_opts() -> list[tuple[str, list[cfg.Opt]]]:
    """List every option by group, as the sample generator of oslo.config wants them."""
    return [(name, list(options)) for name, options in GROUPS.items()]


def registered() -> cfg.ConfigOpts:
    """Make a set of options that knows all of them and has read nothing."""
    conf = cfg.ConfigOpts()
    for name, options in GROUPS.items():
        conf.register_opts(options, group=None if name == DEFAULT else name)
    return conf


def hostname() -> str:
    """Name this host unless an option does."""
    return socket.gethostname()
