"""Changes of layer 7 policies."""

from collections.abc import Sequence
from dataclasses import replace

from openlbaas.domain.changes.steps import advanced, changeable, new_mark, next_revision, updated
from openlbaas.domain.commands import LAST, UNSET, CreateL7Policy, DeleteL7Policy, UpdateL7Policy
from openlbaas.domain.errors import Invalid
from openlbaas.domain.l7_errors import RedirectPoolMissing, RedirectUrlMissing
from openlbaas.domain.model import L7Policy
from openlbaas.domain.rules import check_protocols
from openlbaas.domain.tree import Tree, policies_of
from openlbaas.domain.vocabulary import Kind, PolicyAction, Protocol

_READS_REQUESTS = frozenset({Protocol.HTTP, Protocol.TERMINATED_HTTPS})


def create(tree: Tree, command: CreateL7Policy, id: str) -> Tree:  # noqa: A002 - the field's own word
    """Treat some requests of a listener differently; later policies move one place on.

    Raises: NotFound for the listener or the pool; Immutable; Invalid; RedirectPoolMissing; RedirectUrlMissing;
            ProtocolMismatch.
    """
    listener = changeable(tree.listeners, Kind.LISTENER, command.listener_id)
    if listener.protocol not in _READS_REQUESTS:
        raise Invalid("listener_id", f"a {listener.protocol} listener reads no requests, so it can't have policies")
    policy = _checked(
        tree,
        L7Policy(
            id=id,
            project_id=command.project_id,
            listener_id=listener.id,
            name=command.name,
            description=command.description,
            action=command.action,
            redirect_pool_id=command.redirect_pool_id,
            redirect_url=command.redirect_url,
            position=0,
            admin_state_up=command.admin_state_up,
            mark=new_mark(tree),
        ),
    )
    others = policies_of(tree, listener.id)
    return _ordered(tree, _inserted(others, policy, command.position), new=policy)


def update(tree: Tree, command: UpdateL7Policy) -> Tree:
    """Change a policy or its place.

    Raises: NotFound; Immutable; RedirectPoolMissing; RedirectUrlMissing; ProtocolMismatch.
    """
    before = changeable(tree.l7_policies, Kind.L7_POLICY, command.id)
    stays = command.position in (UNSET, LAST)
    after = updated(before, replace(command, position=UNSET), next_revision(tree))
    if after is not before:
        after = _checked(tree, after)
    others = tuple(p for p in policies_of(tree, before.listener_id) if p.id != before.id)
    place = before.position if stays or not isinstance(command.position, int) else command.position
    order = _inserted(others, after, place)
    moved = order.index(after) + 1 != before.position
    if after is before and not moved:
        return tree
    if moved:
        marked = replace(after, mark=replace(after.mark, changed=next_revision(tree)))
        order = tuple(marked if p is after else p for p in order)
    return _ordered(tree, order)


def delete(tree: Tree, command: DeleteL7Policy) -> Tree:
    """Remove a policy with its rules; later ones move one place up.

    Raises: NotFound; Immutable.
    """
    policy = changeable(tree.l7_policies, Kind.L7_POLICY, command.id)
    revision = next_revision(tree)
    gone = replace(policy, mark=replace(policy.mark, deleted=revision))
    rules = tuple(
        replace(r, mark=replace(r.mark, deleted=revision)) if r.policy_id == policy.id and r.mark.deleted is None else r
        for r in tree.l7_rules
    )
    left = {p.id: p for p in _numbered([p for p in policies_of(tree, policy.listener_id) if p.id != policy.id])}
    policies = tuple(gone if p.id == gone.id else left.get(p.id, p) for p in tree.l7_policies)
    return advanced(tree, l7_policies=policies, l7_rules=rules)


def without_pool(tree: Tree, pool_id: str) -> tuple[L7Policy, ...]:
    """Turn the policies that redirect to a pool into rejections, since the pool goes."""
    revision = next_revision(tree)
    return tuple(
        replace(p, action=PolicyAction.REJECT, redirect_pool_id=None, mark=replace(p.mark, changed=revision))
        if p.redirect_pool_id == pool_id and p.mark.deleted is None
        else p
        for p in tree.l7_policies
    )


def _checked(tree: Tree, policy: L7Policy) -> L7Policy:
    """Hold a policy against its action, and drop what belongs to another one."""
    listener = changeable(tree.listeners, Kind.LISTENER, policy.listener_id)
    if policy.action is PolicyAction.REDIRECT_TO_POOL:
        if policy.redirect_pool_id is None:
            raise RedirectPoolMissing
        pool = changeable(tree.pools, Kind.POOL, policy.redirect_pool_id)
        check_protocols(listener.protocol, pool.protocol)
        return replace(policy, redirect_url=None)
    if policy.action is PolicyAction.REDIRECT_TO_URL:
        if policy.redirect_url is None:
            raise RedirectUrlMissing
        return replace(policy, redirect_pool_id=None)
    return replace(policy, redirect_pool_id=None, redirect_url=None)


def _inserted(others: Sequence[L7Policy], policy: L7Policy, position: int) -> tuple[L7Policy, ...]:
    place = min(max(position, 1), len(others) + 1) - 1
    return (*others[:place], policy, *others[place:])


def _numbered(order: Sequence[L7Policy]) -> tuple[L7Policy, ...]:
    """Number policies from 1; one whose number alone changes is not changed by its owner, so its mark stays."""
    return tuple(p if p.position == n else replace(p, position=n) for n, p in enumerate(order, 1))


def _ordered(tree: Tree, order: Sequence[L7Policy], new: L7Policy | None = None) -> Tree:
    numbered = {p.id: p for p in _numbered(order)}
    kept = tuple(numbered.get(p.id, p) for p in tree.l7_policies)
    return advanced(tree, l7_policies=kept if new is None else (*kept, numbered[new.id]))
