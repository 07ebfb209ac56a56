"""Rows to values and back: the same word on both sides wherever the original's column allows it."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from openlbaas.domain.model import (
    HealthMonitor,
    L7Policy,
    L7Rule,
    Listener,
    LoadBalancer,
    Member,
    Pool,
    SessionPersistence,
    Vip,
)
from openlbaas.domain.provisioning import Mark, Progress
from openlbaas.domain.tree import Node
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
from openlbaas.store import tables as t

Row = sa.Row[Any]
Values = dict[str, Any]

TABLES: Mapping[type[Node], sa.Table] = {
    LoadBalancer: t.loadbalancers,
    Listener: t.listeners,
    Pool: t.pools,
    Member: t.members,
    HealthMonitor: t.healthmonitors,
    L7Policy: t.l7policies,
    L7Rule: t.l7rules,
}


def _mark(row: Row) -> Mark:
    return Mark(row.created, row.changed, row.deleted)


def _marks(mark: Mark) -> Values:
    return {"created": mark.created, "changed": mark.changed, "deleted": mark.deleted}


def load_balancer(row: Row) -> LoadBalancer:
    """Read a load balancer."""
    vip = Vip(row.vip_port_id, row.vip_subnet_id, row.vip_network_id, row.vip_address)
    return LoadBalancer(
        row.id,
        row.project_id,
        row.name,
        row.description,
        vip,
        row.provider,
        row.flavor_id,
        row.admin_state_up,
        _mark(row),
        Topology(row.topology),
    )


def progress(row: Row) -> Progress:
    """Read what the hosts have told of a load balancer."""
    return Progress(row.revision, row.applied, row.refused, row.reason, row.committed_at)


def listener(row: Row, sni_container_refs: tuple[str, ...] = ()) -> Listener:
    """Read a listener; its further certificates are in a table of their own."""
    return Listener(
        row.id,
        row.project_id,
        row.loadbalancer_id,
        row.name,
        row.description,
        Protocol(row.protocol),
        row.protocol_port,
        row.connection_limit,
        row.default_pool_id,
        row.admin_state_up,
        _mark(row),
        row.default_tls_container_id,
        sni_container_refs,
    )


def pool(row: Row) -> Pool:
    """Read a pool joined with its session persistence."""
    kept = None
    if row.persistence_type is not None:
        kept = SessionPersistence(PersistenceType(row.persistence_type), row.cookie_name)
    return Pool(
        row.id,
        row.project_id,
        row.loadbalancer_id,
        row.name,
        row.description,
        Protocol(row.protocol),
        Algorithm(row.lb_algorithm),
        kept,
        row.admin_state_up,
        _mark(row),
    )


def member(row: Row) -> Member:
    """Read a member."""
    return Member(
        row.id,
        row.project_id,
        row.pool_id,
        row.name,
        row.address,
        row.protocol_port,
        row.weight,
        row.subnet_id,
        row.admin_state_up,
        _mark(row),
    )


def health_monitor(row: Row) -> HealthMonitor:
    """Read a health monitor."""
    return HealthMonitor(
        row.id,
        row.project_id,
        row.pool_id,
        row.name,
        MonitorType(row.type),
        row.delay,
        row.timeout,
        row.max_retries,
        row.max_retries_down,
        HttpMethod(row.http_method),
        row.url_path,
        row.expected_codes,
        row.admin_state_up,
        _mark(row),
    )


def l7_policy(row: Row) -> L7Policy:
    """Read a layer 7 policy."""
    return L7Policy(
        row.id,
        row.project_id,
        row.listener_id,
        row.name,
        row.description,
        PolicyAction(row.action),
        row.redirect_pool_id,
        row.redirect_url,
        row.position,
        row.admin_state_up,
        _mark(row),
    )


def l7_rule(row: Row) -> L7Rule:
    """Read a layer 7 rule."""
    return L7Rule(
        row.id,
        row.project_id,
        row.l7policy_id,
        RuleType(row.type),
        CompareType(row.compare_type),
        row.invert,
        row.key,
        row.value,
        row.admin_state_up,
        _mark(row),
    )


def values(node: Node, load_balancer_id: str) -> Values:
    """Write one node; a pool's session persistence and a listener's further certificates have their own tables."""
    common: Values = {
        "id": node.id,
        "project_id": node.project_id,
        "admin_state_up": node.admin_state_up,
        **_marks(node.mark),
    }
    if not isinstance(node, L7Rule):
        common["name"] = node.name
    if not isinstance(node, LoadBalancer):
        common["loadbalancer_id"] = load_balancer_id
    return common | _own(node)


def _own(node: Node) -> Values:
    match node:
        case LoadBalancer():
            return {
                "description": node.description,
                "vip_port_id": node.vip.port_id,
                "vip_subnet_id": node.vip.subnet_id,
                "vip_network_id": node.vip.network_id,
                "vip_address": node.vip.address,
                "provider": node.provider,
                "flavor_id": node.flavor_id,
                "topology": node.topology.value,
            }
        case Listener():
            same = ("description", "protocol_port", "connection_limit", "default_pool_id")
            certificate = {"default_tls_container_id": node.default_tls_container_ref}
            return _same(node, same) | certificate | {"protocol": node.protocol.value}
        case Pool():
            return {
                "description": node.description,
                "protocol": node.protocol.value,
                "lb_algorithm": node.algorithm.value,
            }
        case Member():
            return _same(node, ("pool_id", "subnet_id", "address", "protocol_port", "weight"))
        case HealthMonitor():
            monitored = ("pool_id", "max_retries", "max_retries_down", "url_path", "expected_codes")
            return _same(node, monitored) | {
                "type": node.type.value,
                "delay": node.delay_s,
                "timeout": node.timeout_s,
                "http_method": node.http_method.value,
            }
        case L7Policy():
            policy = ("description", "listener_id", "redirect_pool_id", "redirect_url", "position")
            return _same(node, policy) | {"action": node.action.value}
        case L7Rule():
            words = {"type": node.type.value, "compare_type": node.compare_type.value, "l7policy_id": node.policy_id}
            return _same(node, ("invert", "key", "value")) | words


def _same(node: Node, names: Iterable[str]) -> Values:
    return {name: getattr(node, name) for name in names}
