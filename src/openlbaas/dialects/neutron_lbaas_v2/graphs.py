"""Whole load balancers on the LBaaS v2 wire: each object in its parent, read by the rows of its own resource."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from openlbaas.dialects.fields import Unacceptable, invalid
from openlbaas.dialects.neutron_lbaas_v2.health_monitors import HEALTH_MONITORS
from openlbaas.dialects.neutron_lbaas_v2.l7_policies import L7_POLICIES
from openlbaas.dialects.neutron_lbaas_v2.l7_rules import L7_RULES
from openlbaas.dialects.neutron_lbaas_v2.listeners import LISTENERS
from openlbaas.dialects.neutron_lbaas_v2.load_balancers import LOAD_BALANCERS
from openlbaas.dialects.neutron_lbaas_v2.members import MEMBERS
from openlbaas.dialects.neutron_lbaas_v2.pools import POOLS
from openlbaas.dialects.resource import Resource
from openlbaas.domain.caller import Caller
from openlbaas.domain.graph import CreateGraph, GraphListener, GraphPolicy, GraphPool, GraphView
from openlbaas.domain.model import L7Policy, Listener, Pool
from openlbaas.domain.tree import living, members_of, monitor_of, policies_of, rules_of

_PARENTS = ("loadbalancer_id", "listener_id", "pool_id", "default_pool_id", "redirect_pool_id")
_STAND_IN = "00000000-0000-0000-0000-000000000000"
"""Stands for the id of a parent, which there is none of yet."""

Attributes = dict[str, Any]


def read(body: Any, caller: Caller) -> CreateGraph:
    """Read the body of a graph's creation.

    Raises: Unacceptable, and what the single creations raise.
    """
    graph = body.get("graph") if isinstance(body, dict) else None
    if not isinstance(graph, dict):
        raise Unacceptable("Unable to find 'graph' in request body")
    unknown = sorted(name for name in graph if name not in ("loadbalancer", "tenant_id", "project_id"))
    if unknown:
        raise Unacceptable(f"Unrecognized attribute(s) '{', '.join(unknown)}'")
    if "loadbalancer" not in graph:
        raise Unacceptable("Failed to parse request. Required attribute 'loadbalancer' not specified")
    balancer, (listeners,) = _apart(graph["loadbalancer"], "loadbalancer", "listeners")
    command = _command(LOAD_BALANCERS, balancer, caller)
    # What is below belongs to whom the load balancer belongs to, unless it says otherwise.
    owner = replace(caller, project_id=command.project_id)
    return CreateGraph(
        load_balancer=command,
        listeners=tuple(_listener(each, owner) for each in _list(listeners, "listeners")),
    )


def _apart(attributes: Any, name: str, *nested: str) -> tuple[Attributes, tuple[Any, ...]]:
    """Take what is nested out of an object, and see that it names no parent."""
    if not isinstance(attributes, dict):
        raise invalid(name, f"'{attributes}' is not a dictionary")
    for parent in _PARENTS:
        if attributes.get(parent) is not None:
            raise Unacceptable(f"Attribute '{parent}' not allowed in POST")
    own = {key: value for key, value in attributes.items() if key not in nested and key not in _PARENTS}
    return own, tuple(attributes.get(key) for key in nested)


def _list(value: Any, name: str) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid(name, f"'{value}' is not a list")
    return value


def _command(resource: Resource, attributes: Attributes, caller: Caller, **parent: str) -> Any:
    objects = resource.table.creations({resource.table.singular: {**attributes, **parent}}, caller)
    assert resource.creation is not None  # noqa: S101 - all of them can be created
    return resource.creation(objects, _STAND_IN)


def _listener(attributes: Any, caller: Caller) -> GraphListener:
    own, (pool, policies) = _apart(attributes, "listener", "default_pool", "l7policies")
    return GraphListener(
        listener=_command(LISTENERS, own, caller, loadbalancer_id=_STAND_IN),
        pool=_pool(pool, "default_pool", caller),
        policies=tuple(_policy(each, caller) for each in _list(policies, "l7policies")),
    )


def _pool(attributes: Any, name: str, caller: Caller) -> GraphPool | None:
    if attributes is None:
        return None
    own, (members, monitor) = _apart(attributes, name, "members", "healthmonitor")
    singles = (_apart(each, "member")[0] for each in _list(members, "members"))
    checked = None
    if monitor:
        checked = _command(HEALTH_MONITORS, _apart(monitor, "healthmonitor")[0], caller, pool_id=_STAND_IN)
    return GraphPool(
        pool=_command(POOLS, own, caller, loadbalancer_id=_STAND_IN),
        members=tuple(_command(MEMBERS, each, caller) for each in singles),
        monitor=checked,
    )


def _policy(attributes: Any, caller: Caller) -> GraphPolicy:
    own, (rules, pool) = _apart(attributes, "l7policy", "rules", "redirect_pool")
    singles = (_apart(each, "rule")[0] for each in _list(rules, "rules"))
    return GraphPolicy(
        policy=_command(L7_POLICIES, own, caller, listener_id=_STAND_IN),
        rules=tuple(_command(L7_RULES, each, caller) for each in singles),
        pool=_pool(pool or None, "redirect_pool", caller),
    )


def render(made: GraphView, caller: Caller) -> dict[str, Any]:
    """Show what was made, each object in its parent."""
    return {"graph": {"loadbalancer": _Shown(made, caller).whole()}}


class _Shown:
    def __init__(self, made: GraphView, caller: Caller) -> None:
        self._made, self._tree, self._caller = made, made.tree, caller

    def _one(self, resource: Resource, id_: str) -> Attributes:
        return resource.render(self._made.views[id_], self._caller)

    def _all(self, resource: Resource, ids: Iterable[str]) -> list[Attributes]:
        return [self._one(resource, id_) for id_ in ids]

    def whole(self) -> Attributes:
        listeners = [self._listener(each) for each in living(self._tree.listeners)]
        return {**self._one(LOAD_BALANCERS, self._tree.id), "listeners": listeners}

    def _listener(self, listener: Listener) -> Attributes:
        return {
            **self._one(LISTENERS, listener.id),
            "default_pool": self._pool(listener.default_pool_id),
            "l7policies": [self._policy(each) for each in policies_of(self._tree, listener.id)],
        }

    def _pool(self, pool_id: str | None) -> Attributes | None:
        found: Pool | None = next((pool for pool in self._tree.pools if pool.id == pool_id), None)
        if found is None:
            return None
        monitor = monitor_of(self._tree, found.id)
        return {
            **self._one(POOLS, found.id),
            "members": self._all(MEMBERS, (member.id for member in members_of(self._tree, found.id))),
            "healthmonitor": {} if monitor is None else self._one(HEALTH_MONITORS, monitor.id),
        }

    def _policy(self, policy: L7Policy) -> Attributes:
        return {
            **self._one(L7_POLICIES, policy.id),
            "rules": self._all(L7_RULES, (rule.id for rule in rules_of(self._tree, policy.id))),
            "redirect_pool": self._pool(policy.redirect_pool_id),
        }
