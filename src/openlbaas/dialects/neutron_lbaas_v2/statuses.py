"""The statuses tree on the LBaaS v2 wire."""

from typing import Any

from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.statuses import (
    ListenerStatus,
    MemberStatus,
    MonitorStatus,
    PolicyStatus,
    PoolStatus,
    RuleStatus,
    Statuses,
)
from openlbaas.domain.vocabulary import Operating


def render(found: Statuses) -> dict[str, Any]:
    """Show the whole tree; every node has all of its keys, switched off or not."""
    balancer = {
        **_node(found.object.id, found.provisioning, found.operating),
        "listeners": [_listener(each) for each in found.listeners],
        "pools": [_pool(each) for each in found.pools],
        "name": found.object.name,
    }
    if found.reason:
        balancer["provisioning_reason"] = found.reason
    return {"statuses": {"loadbalancer": balancer}}


def _node(id_: str, provisioning: Provisioning, operating: Operating | None = None) -> dict[str, Any]:
    node: dict[str, Any] = {"id": id_, "provisioning_status": str(provisioning)}
    return node if operating is None else {**node, "operating_status": str(operating)}


def _listener(listener: ListenerStatus) -> dict[str, Any]:
    return {
        **_node(listener.object.id, listener.provisioning, listener.operating),
        "pools": [_pool(each) for each in listener.pools],
        "l7policies": [_policy(each) for each in listener.policies],
        "name": listener.object.name,
    }


def _pool(pool: PoolStatus) -> dict[str, Any]:
    return {
        **_node(pool.object.id, pool.provisioning, pool.operating),
        "members": [_member(each) for each in pool.members],
        "healthmonitor": {} if pool.monitor is None else _monitor(pool.monitor),
        "name": pool.object.name,
    }


def _member(member: MemberStatus) -> dict[str, Any]:
    return {
        **_node(member.object.id, member.provisioning, member.operating),
        "address": member.object.address,
        "protocol_port": member.object.protocol_port,
        "name": member.object.name,
    }


def _monitor(monitor: MonitorStatus) -> dict[str, Any]:
    return {
        **_node(monitor.object.id, monitor.provisioning),
        "type": str(monitor.object.type),
        "name": monitor.object.name,
    }


def _policy(policy: PolicyStatus) -> dict[str, Any]:
    return {
        **_node(policy.object.id, policy.provisioning),
        "action": str(policy.object.action),
        "rules": [_rule(each) for each in policy.rules],
        "name": policy.object.name,
    }


def _rule(rule: RuleStatus) -> dict[str, Any]:
    return {**_node(rule.object.id, rule.provisioning), "type": str(rule.object.type)}
