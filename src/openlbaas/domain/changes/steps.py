"""The moves that every change is made of."""

from dataclasses import fields, replace
from typing import Any, TypeVar

from openlbaas.domain.commands import UNSET
from openlbaas.domain.errors import Immutable
from openlbaas.domain.model import HealthMonitor, L7Policy, L7Rule, Listener, LoadBalancer, Member, Pool
from openlbaas.domain.provisioning import Mark
from openlbaas.domain.tree import COLLECTIONS, P, Tree, find, parts
from openlbaas.domain.vocabulary import Kind

N = TypeVar("N", LoadBalancer, Listener, Pool, Member, HealthMonitor, L7Policy, L7Rule)

_NOT_ATTRIBUTES = frozenset({"id", "pool_id", "policy_id"})


def next_revision(tree: Tree) -> int:
    """Name the revision that the change being made will have."""
    return tree.progress.revision + 1


def new_mark(tree: Tree) -> Mark:
    """Mark a part that the change being made creates."""
    revision = next_revision(tree)
    return Mark(created=revision, changed=revision)


def advanced(tree: Tree, **collections: Any) -> Tree:
    """Close a change: replace collections and take the next revision."""
    revision = next_revision(tree)
    balancer = collections.pop("load_balancer", tree.load_balancer)
    return replace(
        tree,
        load_balancer=replace(balancer, mark=replace(balancer.mark, changed=revision)),
        progress=replace(tree.progress, revision=revision),
        **collections,
    )


def by_id(part: P) -> str:
    """Order what one change creates: what came together has no other order that lasts."""
    return part.id


def with_part(collection: tuple[P, ...], part: P) -> tuple[P, ...]:
    """Replace the part of the same id."""
    return tuple(part if other.id == part.id else other for other in collection)


def updated(node: N, command: object, revision: int) -> N:
    """Take over every attribute that an update names; the same node comes back when nothing differs."""
    wanted = {
        f.name: value
        for f in fields(command)  # type: ignore[arg-type]  # commands are dataclasses
        if f.name not in _NOT_ATTRIBUTES and (value := getattr(command, f.name)) is not UNSET
    }
    after = replace(node, **wanted)
    return node if after == node else replace(after, mark=replace(node.mark, changed=revision))


def changeable(collection: tuple[P, ...], kind: Kind, id: str) -> P:  # noqa: A002 - the field's own word
    """Name a part that may be changed.

    Raises: NotFound; Immutable when it is being deleted.
    """
    part = find(collection, kind, id)
    if part.mark.deleted is not None:
        raise Immutable(kind, id, "PENDING_DELETE")
    return part


def without(tree: Tree, kind: Kind, id: str, **also: Any) -> Tree:  # noqa: A002 - the field's own word
    """Ask for one part to be deleted, in the change that also replaces other collections.

    Raises: NotFound; Immutable when it is being deleted already.
    """
    collection: Any = parts(tree, kind)
    part = changeable(collection, kind, id)
    gone = replace(part, mark=replace(part.mark, deleted=next_revision(tree)))
    return advanced(tree, **{COLLECTIONS[kind]: with_part(collection, gone)}, **also)
