"""What a caller is shown of one object: the object, where it hangs, and how it is doing.

Dialects render these; whether one came from a tree just changed or from a list query makes no difference.
"""

from dataclasses import dataclass

from openlbaas.domain.model import HealthMonitor, L7Policy, L7Rule, Listener, LoadBalancer, Member, Pool
from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.vocabulary import Operating


@dataclass(frozen=True, slots=True)
class LoadBalancerView:
    """A load balancer with the ids of what it holds; reason says why provisioning is ERROR."""

    object: LoadBalancer
    provisioning: Provisioning
    operating: Operating
    listener_ids: tuple[str, ...] = ()
    pool_ids: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ListenerView:
    """A listener and its status."""

    object: Listener
    provisioning: Provisioning
    operating: Operating


@dataclass(frozen=True, slots=True)
class PoolView:
    """A pool with the ids of its listeners, members and health monitor."""

    object: Pool
    provisioning: Provisioning
    operating: Operating
    listener_ids: tuple[str, ...] = ()
    member_ids: tuple[str, ...] = ()
    health_monitor_id: str | None = None


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member and its status."""

    object: Member
    provisioning: Provisioning
    operating: Operating


@dataclass(frozen=True, slots=True)
class HealthMonitorView:
    """A health monitor and its status."""

    object: HealthMonitor
    provisioning: Provisioning


@dataclass(frozen=True, slots=True)
class L7PolicyView:
    """A layer 7 policy with the ids of its rules."""

    object: L7Policy
    provisioning: Provisioning
    rule_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class L7RuleView:
    """A layer 7 rule and its status."""

    object: L7Rule
    provisioning: Provisioning


View = LoadBalancerView | ListenerView | PoolView | MemberView | HealthMonitorView | L7PolicyView | L7RuleView
