"""The things a tenant owns, as values.

Every object names its parent by id; :class:`openlbaas.domain.tree.Tree` holds one load balancer with all of them.
"""

from dataclasses import dataclass

from openlbaas.domain.provisioning import Mark
from openlbaas.domain.vocabulary import (
    Algorithm,
    CompareType,
    HttpMethod,
    MonitorType,
    PersistenceType,
    PolicyAction,
    Protocol,
    RuleType,
    Topology,
)

UNLIMITED = -1
"""A listener's connection_limit that limits nothing."""


@dataclass(frozen=True, slots=True)
class Vip:
    """Where a load balancer is reached: one port of the network, with its first address."""

    port_id: str
    subnet_id: str
    network_id: str
    address: str


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """An address on a subnet that listeners share.

    Shape: mark.changed is the load balancer's revision, since a change below it is a change of it.
    """

    id: str
    project_id: str
    name: str
    description: str
    vip: Vip
    provider: str
    flavor_id: str | None
    admin_state_up: bool
    mark: Mark
    topology: Topology = Topology.SINGLE


@dataclass(frozen=True, slots=True)
class Listener:
    """One port of a load balancer, with the pool that serves it.

    Shape: connection_limit >= -1; -1 means unlimited; the references name certificates of a secret store, and only a
    TERMINATED_HTTPS listener has any.
    """

    id: str
    project_id: str
    load_balancer_id: str
    name: str
    description: str
    protocol: Protocol
    protocol_port: int
    connection_limit: int
    default_pool_id: str | None
    admin_state_up: bool
    mark: Mark
    default_tls_container_ref: str | None = None
    sni_container_refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionPersistence:
    """How a pool keeps a client on one member; cookie_name only for APP_COOKIE."""

    type: PersistenceType
    cookie_name: str | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """Members that serve the same thing, and how one of them is chosen."""

    id: str
    project_id: str
    load_balancer_id: str
    name: str
    description: str
    protocol: Protocol
    algorithm: Algorithm
    persistence: SessionPersistence | None
    admin_state_up: bool
    mark: Mark


@dataclass(frozen=True, slots=True)
class Member:
    """One server behind a pool.

    Shape: 0 <= weight <= 256; weight 0 gets no new load-balanced traffic.
    """

    id: str
    project_id: str
    pool_id: str
    name: str
    address: str
    protocol_port: int
    weight: int
    subnet_id: str | None
    admin_state_up: bool
    mark: Mark


@dataclass(frozen=True, slots=True)
class HealthMonitor:
    """How the members of one pool are checked.

    Shape: max_retries_down is None when the caller did not give it: the fall threshold then follows max_retries.
    Units: delay_s and timeout_s are seconds.
    """

    id: str
    project_id: str
    pool_id: str
    name: str
    type: MonitorType
    delay_s: int
    timeout_s: int
    max_retries: int
    max_retries_down: int | None
    http_method: HttpMethod
    url_path: str
    expected_codes: str
    admin_state_up: bool
    mark: Mark


@dataclass(frozen=True, slots=True)
class L7Policy:
    """What a listener does with some of its requests before its default pool gets them.

    Shape: the positions of a listener's policies are 1, 2, 3 and so on, without a gap; redirect_pool_id only for
    REDIRECT_TO_POOL, redirect_url only for REDIRECT_TO_URL.
    """

    id: str
    project_id: str
    listener_id: str
    name: str
    description: str
    action: PolicyAction
    redirect_pool_id: str | None
    redirect_url: str | None
    position: int
    admin_state_up: bool
    mark: Mark


@dataclass(frozen=True, slots=True)
class L7Rule:
    """One condition of a policy; all of them must hold.

    Shape: key only for HEADER and COOKIE.
    """

    id: str
    project_id: str
    policy_id: str
    type: RuleType
    compare_type: CompareType
    invert: bool
    key: str | None
    value: str
    admin_state_up: bool
    mark: Mark
