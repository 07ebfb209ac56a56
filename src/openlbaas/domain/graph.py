"""A whole load balancer asked for at once: the commands in their places, and the tree that grows from them.

Every rule of the single commands holds, since they are what is carried out; whoever stores the tree stores all of it or
nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from openlbaas.domain import commands as c
from openlbaas.domain.changes import TreeCommand, changed
from openlbaas.domain.tree import Tree
from openlbaas.domain.views import View


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphPool:
    """A pool with what is in it; ids of parents in the commands stand for nothing."""

    pool: c.CreatePool
    members: tuple[c.CreateMember, ...] = ()
    monitor: c.CreateHealthMonitor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphPolicy:
    """A layer 7 policy with its rules and the pool that it redirects to."""

    policy: c.CreateL7Policy
    rules: tuple[c.CreateL7Rule, ...] = ()
    pool: GraphPool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphListener:
    """A listener with its default pool and its policies."""

    listener: c.CreateListener
    pool: GraphPool | None = None
    policies: tuple[GraphPolicy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateGraph:
    """Make a load balancer with everything below it, all or nothing."""

    load_balancer: c.CreateLoadBalancer
    listeners: tuple[GraphListener, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphView:
    """What was made; views are by id."""

    tree: Tree
    views: Mapping[str, View]


def commands_of(graph: CreateGraph) -> Iterator[c.Create]:
    """Name every single command of a graph."""
    yield graph.load_balancer
    for listener in graph.listeners:
        yield listener.listener
        yield from _of_pool(listener.pool)
        for policy in listener.policies:
            yield policy.policy
            yield from policy.rules
            yield from _of_pool(policy.pool)


def _of_pool(pool: GraphPool | None) -> Iterator[c.Create]:
    if pool is not None:
        yield pool.pool
        yield from pool.members
        if pool.monitor is not None:
            yield pool.monitor


def grown(tree: Tree, graph: CreateGraph, ids: Iterable[str]) -> Tree:
    """Carry every command below the load balancer out.

    Shape:  ids has one fresh id for each command of the graph at least.
    Raises: a Refusal.
    """
    growth = _Growth(tree, iter(ids))
    for listener in graph.listeners:
        growth.listener(listener)
    return growth.tree


class _Growth:
    def __init__(self, tree: Tree, ids: Iterator[str]) -> None:
        self.tree = tree
        self._ids = ids

    def _make(self, command: TreeCommand) -> str:
        id_ = next(self._ids)
        self.tree = changed(self.tree, command, [id_]).tree
        return id_

    def listener(self, made: GraphListener) -> None:
        pool_id = None if made.pool is None else self._pool(made.pool)
        command = replace(made.listener, load_balancer_id=self.tree.id, default_pool_id=pool_id)
        listener_id = self._make(command)
        for policy in made.policies:
            pool_id = policy.policy.redirect_pool_id if policy.pool is None else self._pool(policy.pool)
            policy_id = self._make(replace(policy.policy, listener_id=listener_id, redirect_pool_id=pool_id))
            for rule in policy.rules:
                self._make(replace(rule, policy_id=policy_id))

    def _pool(self, made: GraphPool) -> str:
        pool_id = self._make(replace(made.pool, load_balancer_id=self.tree.id, listener_id=None))
        for member in made.members:
            self._make(replace(member, pool_id=pool_id))
        if made.monitor is not None:
            self._make(replace(made.monitor, pool_id=pool_id))
        return pool_id
