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
from openlbaas.domain.commands import CreateL7Policy
from openlbaas.domain.graph import CreateGraph, GraphListener, GraphPolicy, GraphPool, GraphView
from openlbaas.domain.model import L7Policy, Listener, Pool
from openlbaas.domain.tree import living, members_of, monitor_of, policies_of, rules_of
from openlbaas.domain.vocabulary import PolicyAction

_PARENTS = ("loadbalancer_id", "listener_id", "pool_id", "default_pool_id", "redirect_pool_id")
_OWNERS = ("tenant_id", "project_id")
_STAND_IN = "00000000-0000-0000-0000-000000000000"
"""Stands for the id of a parent, which there is none of yet."""

Attributes = dict[str, Any]


def read(body: Any, caller: Caller) -> CreateGraph:
    """Read the body of a graph's creation; what is wrong with a nested object begins with its place.

    Raises: Unacceptable, and what the single creations raise.
    """
    graph = body.get("graph") if isinstance(body, dict) else None
    if not isinstance(graph, dict):
        raise Unacceptable("Unable to find 'graph' in request body")
    unknown = sorted(name for name in graph if name not in ("loadbalancer", *_OWNERS))
    if unknown:
        raise Unacceptable(f"Unrecognized attribute(s) '{', '.join(unknown)}'")
    if "loadbalancer" not in graph:
        raise Unacceptable("Failed to parse request. Required attribute 'loadbalancer' not specified")
    part = _Part(graph["loadbalancer"], "loadbalancer", caller)
    part.must_be_object()
    # Naming the owner of the graph is naming the owner of the load balancer.
    for name in _OWNERS:
        if name in graph and part.attributes.setdefault(name, graph[name]) != graph[name]:
            raise Unacceptable(f"'{name}' of the graph and of its loadbalancer do not match")
    listeners = part.many("listeners")
    command = part.command(LOAD_BALANCERS)
    # What is below belongs to whom the load balancer belongs to, unless it says otherwise.
    owner = replace(caller, project_id=command.project_id)
    return CreateGraph(load_balancer=command, listeners=tuple(_listener(each.owned(owner)) for each in listeners))


class _Part:
    """One object of the body at its place; what is nested is taken out of it before the rest is read."""

    def __init__(self, attributes: Any, place: str, caller: Caller) -> None:
        self.attributes = attributes
        self.place = place
        self._caller = caller

    def owned(self, caller: Caller) -> "_Part":
        """Read it as another caller's."""
        return _Part(self.attributes, self.place, caller)

    def must_be_object(self) -> None:
        """Ask for attributes, none of which names a parent: it is known from the place."""
        if not isinstance(self.attributes, dict):
            raise invalid(self.place, f"'{self.attributes}' is not a dictionary")
        for parent in _PARENTS:
            if self.attributes.get(parent) is not None:
                raise Unacceptable(f"{self.place}: Attribute '{parent}' not allowed in POST")
        self.attributes = {name: value for name, value in self.attributes.items() if name not in _PARENTS}

    def one(self, name: str) -> "_Part | None":
        """Take one nested object; null and one without attributes are none."""
        value = self.attributes.pop(name, None)
        if value is None or value == {}:
            return None
        return self._below(value, name)

    def many(self, name: str) -> list["_Part"]:
        """Take several nested objects; null is none."""
        value = self.attributes.pop(name, None)
        if not isinstance(value, list | None):
            raise invalid(self._below(value, name).place, f"'{value}' is not a list")
        return [self._below(each, f"{name}[{number}]") for number, each in enumerate(value or [])]

    def _below(self, value: Any, name: str) -> "_Part":
        return _Part(value, name if self.place == "loadbalancer" else f"{self.place}.{name}", self._caller)

    def command(self, resource: Resource, **parent: str) -> Any:
        """Read what is left by the rows of its resource."""
        table = resource.table
        try:
            objects = table.creations({table.singular: {**self.attributes, **parent}}, self._caller)
        except Unacceptable as wrong:
            if self.place == "loadbalancer":
                raise
            raise Unacceptable(f"{self.place}: {wrong.message}", wrong.type, wrong.status) from None
        assert resource.creation is not None  # noqa: S101 - all of them can be created
        return resource.creation(objects, _STAND_IN)


def _listener(part: _Part) -> GraphListener:
    part.must_be_object()
    pool, policies = part.one("default_pool"), part.many("l7policies")
    return GraphListener(
        listener=part.command(LISTENERS, loadbalancer_id=_STAND_IN),
        pool=None if pool is None else _pool(pool),
        policies=tuple(_policy(each) for each in policies),
    )


def _single(part: _Part, resource: Resource, **parent: str) -> Any:
    part.must_be_object()
    return part.command(resource, **parent)


def _pool(part: _Part) -> GraphPool:
    part.must_be_object()
    members, monitor = part.many("members"), part.one("healthmonitor")
    return GraphPool(
        pool=part.command(POOLS, loadbalancer_id=_STAND_IN),
        members=tuple(_single(each, MEMBERS) for each in members),
        monitor=None if monitor is None else _single(monitor, HEALTH_MONITORS, pool_id=_STAND_IN),
    )


def _policy(part: _Part) -> GraphPolicy:
    part.must_be_object()
    rules, pool = part.many("rules"), part.one("redirect_pool")
    policy: CreateL7Policy = part.command(L7_POLICIES, listener_id=_STAND_IN)
    if pool is not None and policy.action is not PolicyAction.REDIRECT_TO_POOL:
        raise invalid(pool.place, f"a policy of action {policy.action} leads to no pool")
    return GraphPolicy(
        policy=policy,
        rules=tuple(_single(each, L7_RULES) for each in rules),
        pool=None if pool is None else _pool(pool),
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
