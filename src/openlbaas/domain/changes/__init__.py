"""How one command turns a tree into the next tree.

Every change takes the next revision: the load balancer's own mark carries it, as does the mark of each part that the
change touched. An update that changes nothing returns the tree it was given.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from openlbaas.domain import commands as c
from openlbaas.domain.changes import (
    health_monitors,
    l7_policies,
    l7_rules,
    listeners,
    load_balancers,
    members,
    pools,
)
from openlbaas.domain.errors import Immutable
from openlbaas.domain.tree import Tree
from openlbaas.domain.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class Changed:
    """The next tree, and the ids of the parts that the command was about.

    Shape: tree is the one given when nothing changed.
    """

    tree: Tree
    kind: Kind
    ids: tuple[str, ...]


TreeCommand = (
    c.CreateListener
    | c.CreatePool
    | c.CreateMember
    | c.CreateMembers
    | c.CreateHealthMonitor
    | c.CreateL7Policy
    | c.CreateL7Rule
    | c.CreateL7Rules
    | c.Update
    | c.Delete
)

L7Command = (
    c.CreateL7Policy
    | c.CreateL7Rule
    | c.CreateL7Rules
    | c.UpdateL7Policy
    | c.UpdateL7Rule
    | c.DeleteL7Policy
    | c.DeleteL7Rule
)


def changed(tree: Tree, command: TreeCommand, ids: Sequence[str]) -> Changed:
    """Carry one command out on a tree.

    Shape:  ids has one fresh id for each object that the command creates.
    Raises: a Refusal; Immutable when the load balancer is being deleted.
    """
    if isinstance(command, c.DeleteLoadBalancer):
        load_balancers.check_empty(tree)
    if tree.load_balancer.mark.deleted is not None:
        raise Immutable(Kind.LOAD_BALANCER, tree.id, "PENDING_DELETE")
    after, kind, touched = _carry_out(tree, command, ids)
    return Changed(after, kind, touched)


def _carry_out(tree: Tree, command: TreeCommand, ids: Sequence[str]) -> tuple[Tree, Kind, tuple[str, ...]]:
    match command:
        case c.UpdateLoadBalancer():
            return load_balancers.update(tree, command), Kind.LOAD_BALANCER, (tree.id,)
        case c.DeleteLoadBalancer():
            return load_balancers.delete(tree), Kind.LOAD_BALANCER, (tree.id,)
        case c.CreateListener():
            return listeners.create(tree, command, ids[0]), Kind.LISTENER, (ids[0],)
        case c.UpdateListener():
            return listeners.update(tree, command), Kind.LISTENER, (command.id,)
        case c.DeleteListener():
            return listeners.delete(tree, command), Kind.LISTENER, (command.id,)
        case c.CreatePool():
            return pools.create(tree, command, ids[0]), Kind.POOL, (ids[0],)
        case c.UpdatePool():
            return pools.update(tree, command), Kind.POOL, (command.id,)
        case c.DeletePool():
            return pools.delete(tree, command), Kind.POOL, (command.id,)
        case c.CreateMember():
            return members.create(tree, (command,), ids), Kind.MEMBER, (ids[0],)
        case c.CreateMembers():
            return members.create(tree, command.members, ids), Kind.MEMBER, tuple(ids[: len(command.members)])
        case c.UpdateMember():
            return members.update(tree, command), Kind.MEMBER, (command.id,)
        case c.DeleteMember():
            return members.delete(tree, command), Kind.MEMBER, (command.id,)
        case c.CreateHealthMonitor():
            return health_monitors.create(tree, command, ids[0]), Kind.HEALTH_MONITOR, (ids[0],)
        case c.UpdateHealthMonitor():
            return health_monitors.update(tree, command), Kind.HEALTH_MONITOR, (command.id,)
        case c.DeleteHealthMonitor():
            return health_monitors.delete(tree, command), Kind.HEALTH_MONITOR, (command.id,)
        case _:
            return _carry_out_l7(tree, command, ids)


def _carry_out_l7(tree: Tree, command: L7Command, ids: Sequence[str]) -> tuple[Tree, Kind, tuple[str, ...]]:
    match command:
        case c.CreateL7Policy():
            return l7_policies.create(tree, command, ids[0]), Kind.L7_POLICY, (ids[0],)
        case c.UpdateL7Policy():
            return l7_policies.update(tree, command), Kind.L7_POLICY, (command.id,)
        case c.DeleteL7Policy():
            return l7_policies.delete(tree, command), Kind.L7_POLICY, (command.id,)
        case c.CreateL7Rule():
            return l7_rules.create(tree, (command,), ids), Kind.L7_RULE, (ids[0],)
        case c.CreateL7Rules():
            return l7_rules.create(tree, command.rules, ids), Kind.L7_RULE, tuple(ids[: len(command.rules)])
        case c.UpdateL7Rule():
            return l7_rules.update(tree, command), Kind.L7_RULE, (command.id,)
        case c.DeleteL7Rule():
            return l7_rules.delete(tree, command), Kind.L7_RULE, (command.id,)
