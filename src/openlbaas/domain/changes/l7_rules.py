"""Changes of layer 7 rules."""

from collections.abc import Sequence

from openlbaas.domain.changes.steps import (
    advanced,
    by_id,
    changeable,
    new_mark,
    next_revision,
    updated,
    with_part,
    without,
)
from openlbaas.domain.commands import CreateL7Rule, DeleteL7Rule, UpdateL7Rule
from openlbaas.domain.l7_errors import RuleNotOfPolicy
from openlbaas.domain.model import L7Rule
from openlbaas.domain.rules import check_l7_rule
from openlbaas.domain.tree import Tree, find
from openlbaas.domain.vocabulary import Kind


def create(tree: Tree, commands: Sequence[CreateL7Rule], ids: Sequence[str]) -> Tree:
    """Add conditions to a policy, all of them or none.

    Raises: NotFound for the policy; Immutable; Invalid.
    """
    made = []
    for command, id_ in zip(commands, ids, strict=False):
        changeable(tree.l7_policies, Kind.L7_POLICY, command.policy_id)
        rule = _rule(tree, command, id_)
        check_l7_rule(rule)
        made.append(rule)
    return advanced(tree, l7_rules=(*tree.l7_rules, *sorted(made, key=by_id)))


def _rule(tree: Tree, command: CreateL7Rule, id: str) -> L7Rule:  # noqa: A002 - the field's own word
    return L7Rule(
        id=id,
        project_id=command.project_id,
        policy_id=command.policy_id,
        type=command.type,
        compare_type=command.compare_type,
        invert=command.invert,
        key=command.key,
        value=command.value,
        admin_state_up=command.admin_state_up,
        mark=new_mark(tree),
    )


def update(tree: Tree, command: UpdateL7Rule) -> Tree:
    """Change a condition.

    Raises: NotFound; RuleNotOfPolicy; Immutable; Invalid.
    """
    _check_place(tree, command.id, command.policy_id)
    before = changeable(tree.l7_rules, Kind.L7_RULE, command.id)
    after = updated(before, command, next_revision(tree))
    if after is before:
        return tree
    check_l7_rule(after)
    return advanced(tree, l7_rules=with_part(tree.l7_rules, after))


def delete(tree: Tree, command: DeleteL7Rule) -> Tree:
    """Remove a condition.

    Raises: NotFound; RuleNotOfPolicy; Immutable.
    """
    _check_place(tree, command.id, command.policy_id)
    return without(tree, Kind.L7_RULE, command.id)


def _check_place(tree: Tree, rule_id: str, policy_id: str) -> None:
    if find(tree.l7_rules, Kind.L7_RULE, rule_id).policy_id != policy_id:
        raise RuleNotOfPolicy(rule_id, policy_id)
