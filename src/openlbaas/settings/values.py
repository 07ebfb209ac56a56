"""The options as values, one frozen group each: what the rest of the program sees of the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field

_VERSION_6 = 6


@dataclass(frozen=True, slots=True)
class Api:
    """What the API answers, and where.

    Units: patience_s is seconds; max_body_bytes is bytes. pagination_max_limit -1 is no limit.
    """

    bind_host: str
    bind_port: int
    refuse_while_pending: bool
    pagination_max_limit: int
    max_body_bytes: int
    patience_s: float


@dataclass(frozen=True, slots=True)
class Database:
    """Where everything is kept: a SQLAlchemy URL, and how many connections there are to it.

    Units: recycle and timeout are seconds.
    """

    connection: str
    max_pool_size: int = 16
    max_overflow: int = 4
    connection_recycle_time: int = 1800
    pool_timeout: int = 10


@dataclass(frozen=True, slots=True)
class Identity:
    """How callers are told apart; tokens_file only counts for the driver tokens."""

    driver: str
    tokens_file: str
    noauth_project_id: str


@dataclass(frozen=True, slots=True)
class HostProtocol:
    """How servers and agents know and reach each other.

    Units: feed_wait_s is seconds.
    """

    token: str
    servers: tuple[str, ...]
    feed_wait_s: float


@dataclass(frozen=True, slots=True)
class AgentOptions:
    """How the agent of a host works.

    Shape: capacity is how many load balancers the host takes; 0 is any number.
    Units: the intervals are seconds.
    """

    host: str
    state_path: str
    report_interval_s: float
    workers: int
    availability_zone: str
    measure_interval_s: float
    heal_interval_s: float
    capacity: int = 0


@dataclass(frozen=True, slots=True)
class Haproxy:
    """How HAProxy is run.

    Shape: send_gratuitous_arp is how many are sent, 0 for none; state_path is the folder that holds v2/<id>.
    Units: hard_stop_after_s and drain_timeout_s are seconds.
    """

    binary: str
    user: str
    user_group: str
    send_gratuitous_arp: int
    hard_stop_after_s: int
    state_path: str = "/var/lib/openlbaas/lbaas"
    drain_timeout_s: int = 30
    merge_memory: bool = False


@dataclass(frozen=True, slots=True)
class Keepalived:
    """How two hosts agree on whose turn it is to serve a load balancer.

    Units: advertisement_interval_s is seconds; a host that was not heard for three and a bit of them is dead.
    """

    binary: str = "keepalived"
    advertisement_interval_s: float = 0.1


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Who runs what, and when a host counts as dead.

    Shape: loadbalancer_scheduler_driver is one of desired.placement.SCHEDULERS.
    Units: agent_down_time_s and brake_timeout_s are seconds.
    """

    agent_down_time_s: float
    loadbalancer_scheduler_driver: str
    allow_automatic_lbaas_agent_failover: bool
    enable_new_agents: bool
    failback: bool = False
    brake_timeout_s: float = 30.0


@dataclass(frozen=True, slots=True)
class NetworkOptions:
    """What new networks and ports get.

    Shape: vni_ranges are disjoint, first and last included.
    Units: default_mtu is bytes.
    """

    base_mac: str
    default_mtu: int
    tenant_network_type: str
    vni_ranges: tuple[tuple[int, int], ...] = ((1, 16777215),)
    overlay_ip_version: int = 4

    @property
    def overhead(self) -> int:
        """What a tunnel takes of each packet, in bytes: headers of Ethernet, VXLAN, UDP and IP."""
        return 70 if self.overlay_ip_version == _VERSION_6 else 50


@dataclass(frozen=True, slots=True)
class Wiring:
    """How a host reaches the networks of others.

    Shape: interfaces and bridges are by physical network; tunnel_address is empty where there are no tunnels.
    """

    interface_mappings: Mapping[str, str] = field(default_factory=dict)
    bridge_mappings: Mapping[str, str] = field(default_factory=dict)
    tunnel_address: str = ""
    tunnel_port: int = 4789


@dataclass(frozen=True, slots=True)
class ProviderOption:
    """A provider's name on the API, the driver that hosts run for it, and whether it is what nobody has to name."""

    name: str
    driver: str
    default: bool


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many of each a project may have for which nothing else was set; a negative number is no limit.

    Shape: each field is named as the domain names the kind.
    """

    network: int
    subnet: int
    port: int
    load_balancer: int
    listener: int
    pool: int
    member: int
    health_monitor: int
    l7_policy: int


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where certificates are kept: in the database, sealed with the key of a file."""

    key_file: str


@dataclass(frozen=True, slots=True)
class Log:
    """What is logged, how and where; an empty file means standard error."""

    debug: bool
    format: str
    file: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Every option of a process, read once at its start."""

    api: Api
    database: Database
    identity: Identity
    host_protocol: HostProtocol
    agent: AgentOptions
    haproxy: Haproxy
    scheduling: Scheduling
    network: NetworkOptions
    providers: tuple[ProviderOption, ...]
    quotas: Quotas
    log: Log
    certificates: Certificates = Certificates("/var/lib/openlbaas/certificates.key")
    wiring: Wiring = field(default_factory=Wiring)
    keepalived: Keepalived = field(default_factory=Keepalived)
    unread: tuple[str, ...] = ()
    """Options of the files that nothing here reads, as group.name."""
