"""Quotas on the wire."""

from typing import Any

from openlbaas.dialects.fields import Field, Table
from openlbaas.dialects.values import LARGEST, to_int, within
from openlbaas.domain.caller import Caller
from openlbaas.domain.quota import LIMITED, UNLIMITED, Limits, Quota
from openlbaas.domain.vocabulary import Kind

WIRE_NAMES = {
    Kind.NETWORK: "network",
    Kind.SUBNET: "subnet",
    Kind.PORT: "port",
    Kind.LOAD_BALANCER: "loadbalancer",
    Kind.LISTENER: "listener",
    Kind.POOL: "pool",
    Kind.MEMBER: "member",
    Kind.HEALTH_MONITOR: "healthmonitor",
    Kind.L7_POLICY: "l7policy",
}
"""The wire's word for each kind that can be limited."""

TABLE = Table(
    "quota",
    "quotas",
    tuple(Field(WIRE_NAMES[kind], kind, convert=to_int, check=within(UNLIMITED, LARGEST)) for kind in LIMITED),
)


def limits(body: Any, caller: Caller) -> Limits:
    """Read the body of an update.

    Raises: Unacceptable.
    """
    return {Kind(name): value for name, value in TABLE.update(body, caller).items()}


def render(quota: Quota) -> dict[str, Any]:
    """Show the limits of a project."""
    return {WIRE_NAMES[kind]: limit for kind, limit in quota.limits.items()}


def listed(quota: Quota) -> dict[str, Any]:
    """Show the limits of a project among those of others."""
    return {**render(quota), "tenant_id": quota.project_id}
