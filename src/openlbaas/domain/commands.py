"""What a caller can ask of a load balancer, as values.

A dialect turns a request into one of these; :mod:`openlbaas.domain.changes` turns a tree and one of these into the
next tree. In an update, :data:`UNSET` means "leave as it is", which is different from None.
"""

from dataclasses import dataclass
from enum import Enum

from openlbaas.domain.model import UNLIMITED, SessionPersistence
from openlbaas.domain.vocabulary import (
    Algorithm,
    CompareType,
    HttpMethod,
    MonitorType,
    PolicyAction,
    Protocol,
    RuleType,
    Topology,
)

LAST = 2147483647
"""The position of a layer 7 policy that means "after all others"."""


class Unset(Enum):
    """The type of :data:`UNSET`."""

    UNSET = "UNSET"


UNSET = Unset.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateLoadBalancer:
    """Make a load balancer with an address on a subnet (given, or chosen from a network)."""

    project_id: str
    vip_subnet_id: str | None = None
    vip_network_id: str | None = None
    vip_address: str | None = None
    name: str = ""
    description: str = ""
    provider: str | None = None
    flavor_id: str | None = None
    admin_state_up: bool = True
    topology: Topology | None = None
    """None leaves it to the flavor, and without one to SINGLE."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateLoadBalancer:
    """Change a load balancer's own attributes."""

    id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    admin_state_up: bool | Unset = UNSET
    topology: Topology | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateListener:
    """Open one port of a load balancer; the load balancer may be named by the default pool alone."""

    project_id: str
    protocol: Protocol
    protocol_port: int
    load_balancer_id: str | None = None
    default_pool_id: str | None = None
    name: str = ""
    description: str = ""
    connection_limit: int = UNLIMITED
    default_tls_container_ref: str | None = None
    sni_container_refs: tuple[str, ...] = ()
    admin_state_up: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateListener:
    """Change a listener; default_pool_id None detaches its pool."""

    id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    connection_limit: int | Unset = UNSET
    default_pool_id: str | Unset | None = UNSET
    default_tls_container_ref: str | Unset | None = UNSET
    sni_container_refs: tuple[str, ...] | Unset = UNSET
    admin_state_up: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePool:
    """Make a pool, as the default of a listener or free on the load balancer."""

    project_id: str
    protocol: Protocol
    algorithm: Algorithm
    load_balancer_id: str | None = None
    listener_id: str | None = None
    persistence: SessionPersistence | None = None
    name: str = ""
    description: str = ""
    admin_state_up: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePool:
    """Change a pool; persistence None removes it."""

    id: str
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    algorithm: Algorithm | Unset = UNSET
    persistence: SessionPersistence | Unset | None = UNSET
    admin_state_up: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMember:
    """Put one server into a pool."""

    project_id: str
    pool_id: str
    address: str
    protocol_port: int
    subnet_id: str | None = None
    weight: int = 1
    name: str = ""
    admin_state_up: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMembers:
    """Put several servers into one pool, all or none.

    Shape: members is not empty and all of them name the same pool.
    """

    members: tuple[CreateMember, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMember:
    """Change a member of the pool named."""

    id: str
    pool_id: str
    name: str | Unset = UNSET
    weight: int | Unset = UNSET
    admin_state_up: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateHealthMonitor:
    """Check the members of a pool."""

    project_id: str
    pool_id: str
    type: MonitorType
    delay_s: int
    timeout_s: int
    max_retries: int
    max_retries_down: int | None = None
    http_method: HttpMethod = HttpMethod.GET
    url_path: str = "/"
    expected_codes: str = "200"
    name: str = ""
    admin_state_up: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateHealthMonitor:
    """Change how a pool's members are checked."""

    id: str
    name: str | Unset = UNSET
    delay_s: int | Unset = UNSET
    timeout_s: int | Unset = UNSET
    max_retries: int | Unset = UNSET
    max_retries_down: int | Unset = UNSET
    http_method: HttpMethod | Unset = UNSET
    url_path: str | Unset = UNSET
    expected_codes: str | Unset = UNSET
    admin_state_up: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateL7Policy:
    """Treat some requests of a listener differently.

    Shape: position counts from 1; one beyond the last is the end.
    """

    project_id: str
    listener_id: str
    action: PolicyAction
    redirect_pool_id: str | None = None
    redirect_url: str | None = None
    position: int = LAST
    name: str = ""
    description: str = ""
    admin_state_up: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateL7Policy:
    """Change a policy; a position of :data:`LAST` leaves it where it is."""

    id: str
    action: PolicyAction | Unset = UNSET
    redirect_pool_id: str | Unset | None = UNSET
    redirect_url: str | Unset | None = UNSET
    position: int | Unset = UNSET
    name: str | Unset = UNSET
    description: str | Unset = UNSET
    admin_state_up: bool | Unset = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateL7Rule:
    """Add a condition to a policy."""

    project_id: str
    policy_id: str
    type: RuleType
    compare_type: CompareType
    value: str
    key: str | None = None
    invert: bool = False
    admin_state_up: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateL7Rules:
    """Add several conditions to one policy, all or none.

    Shape: rules is not empty and all of them name the same policy.
    """

    rules: tuple[CreateL7Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateL7Rule:
    """Change a condition of the policy named."""

    id: str
    policy_id: str
    type: RuleType | Unset = UNSET
    compare_type: CompareType | Unset = UNSET
    value: str | Unset = UNSET
    key: str | Unset | None = UNSET
    invert: bool | Unset = UNSET
    admin_state_up: bool | Unset = UNSET


@dataclass(frozen=True, slots=True)
class DeleteLoadBalancer:
    """Remove a load balancer that has no listener and no pool left."""

    id: str


@dataclass(frozen=True, slots=True)
class DeleteListener:
    """Close one port."""

    id: str


@dataclass(frozen=True, slots=True)
class DeletePool:
    """Remove a pool that has no member and no health monitor left."""

    id: str


@dataclass(frozen=True, slots=True)
class DeleteMember:
    """Take one server out of the pool named."""

    id: str
    pool_id: str


@dataclass(frozen=True, slots=True)
class DeleteHealthMonitor:
    """Stop checking the members of a pool."""

    id: str


@dataclass(frozen=True, slots=True)
class DeleteL7Policy:
    """Remove a policy with its rules."""

    id: str


@dataclass(frozen=True, slots=True)
class DeleteL7Rule:
    """Remove a condition from the policy named."""

    id: str
    policy_id: str


Create = (
    CreateLoadBalancer
    | CreateListener
    | CreatePool
    | CreateMember
    | CreateMembers
    | CreateHealthMonitor
    | CreateL7Policy
    | CreateL7Rule
    | CreateL7Rules
)
Update = (
    UpdateLoadBalancer
    | UpdateListener
    | UpdatePool
    | UpdateMember
    | UpdateHealthMonitor
    | UpdateL7Policy
    | UpdateL7Rule
)
Delete = (
    DeleteLoadBalancer
    | DeleteListener
    | DeletePool
    | DeleteMember
    | DeleteHealthMonitor
    | DeleteL7Policy
    | DeleteL7Rule
)
Command = Create | Update | Delete
