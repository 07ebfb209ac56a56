"""Layer 7 policies and rules: where they are, what they may be."""

import pytest

from openlbaas.domain import commands as c
from openlbaas.domain import errors, l7_errors
from openlbaas.domain.model import L7Policy
from openlbaas.domain.tree import Tree, policies_of
from openlbaas.domain.vocabulary import CompareType, PolicyAction, Protocol, RuleType
from unit.domain.trees import PROJECT, after, full, listener, pool


def policy(**more: object) -> c.CreateL7Policy:
    given = {"listener_id": "listener", "action": PolicyAction.REJECT, **more}
    return c.CreateL7Policy(project_id=PROJECT, **given)  # type: ignore[arg-type]  # words of the command


def rule(**more: object) -> c.CreateL7Rule:
    given = {"policy_id": "a", "type": RuleType.PATH, "compare_type": CompareType.EQUAL_TO, "value": "/", **more}
    return c.CreateL7Rule(project_id=PROJECT, **given)  # type: ignore[arg-type]  # words of the command


def three() -> Tree:
    tree = full()
    for name in ("a", "b", "c"):
        tree = after(tree, policy(), name)
    return tree


def order(tree: Tree) -> list[tuple[str, int]]:
    return [(p.id, p.position) for p in policies_of(tree, "listener")]


def one(tree: Tree, id_: str) -> L7Policy:
    return next(p for p in tree.l7_policies if p.id == id_)


@pytest.mark.parametrize(
    ("position", "wanted"),
    [(1, "xabc"), (2, "axbc"), (3, "abxc"), (4, "abcx"), (9, "abcx"), (c.LAST, "abcx")],
)
def test_a_new_one_goes_where_it_is_asked_for(position: int, wanted: str) -> None:
    tree = after(three(), policy(position=position), "x")
    assert order(tree) == [(id_, place) for place, id_ in enumerate(wanted, 1)]


@pytest.mark.parametrize(
    ("moved", "position", "wanted"),
    [("a", 3, "bca"), ("a", 2, "bac"), ("c", 1, "cab"), ("b", 2, "abc"), ("b", c.LAST, "abc"), ("a", 9, "bca")],
)
def test_one_moves_and_the_others_make_room(moved: str, position: int, wanted: str) -> None:
    before = three()
    tree = after(before, c.UpdateL7Policy(id=moved, position=position))
    assert order(tree) == [(id_, place) for place, id_ in enumerate(wanted, 1)]
    assert (tree is before) == (wanted == "abc")
    # Only the one that its owner moved is changed; the others merely have another number.
    assert [p.id for p in tree.l7_policies if p.mark.changed == tree.progress.revision] == (
        [moved] if tree is not before else ["c"]
    )


def test_one_that_goes_leaves_no_gap_and_takes_its_rules_along() -> None:
    tree = after(three(), rule(), "r")
    tree = after(tree, c.DeleteL7Policy("a"))
    assert order(tree) == [("b", 1), ("c", 2)]
    assert one(tree, "a").mark.deleted == tree.l7_rules[0].mark.deleted == tree.progress.revision


def test_the_action_says_what_else_a_policy_has() -> None:
    tree = after(full(), policy(action=PolicyAction.REDIRECT_TO_POOL, redirect_pool_id="pool"), "a")
    tree = after(tree, c.UpdateL7Policy(id="a", action=PolicyAction.REDIRECT_TO_URL, redirect_url="http://x/"))
    assert (one(tree, "a").redirect_pool_id, one(tree, "a").redirect_url) == (None, "http://x/")
    tree = after(tree, c.UpdateL7Policy(id="a", action=PolicyAction.REJECT))
    assert one(tree, "a").redirect_url is None
    with pytest.raises(l7_errors.RedirectPoolMissing):
        after(tree, c.UpdateL7Policy(id="a", action=PolicyAction.REDIRECT_TO_POOL))
    with pytest.raises(l7_errors.RedirectUrlMissing):
        after(tree, policy(action=PolicyAction.REDIRECT_TO_URL), "b")
    with pytest.raises(errors.NotFound):
        after(tree, policy(action=PolicyAction.REDIRECT_TO_POOL, redirect_pool_id="nowhere"), "b")


def test_the_pool_must_speak_what_the_listener_speaks() -> None:
    tree = after(full(), pool(protocol=Protocol.TCP), "tcp")
    with pytest.raises(errors.ProtocolMismatch):
        after(tree, policy(action=PolicyAction.REDIRECT_TO_POOL, redirect_pool_id="tcp"), "a")
    tree = after(tree, listener(81, protocol=Protocol.TCP), "plain")
    with pytest.raises(errors.Invalid):
        after(tree, policy(listener_id="plain"), "a")


def test_a_pool_that_goes_makes_rejections_of_the_policies_that_led_to_it() -> None:
    tree = after(full(), pool(), "other")
    tree = after(tree, policy(action=PolicyAction.REDIRECT_TO_POOL, redirect_pool_id="other"), "a")
    tree = after(tree, c.DeletePool("other"))
    assert (one(tree, "a").action, one(tree, "a").redirect_pool_id) == (PolicyAction.REJECT, None)


def test_a_listener_stays_while_it_has_policies() -> None:
    tree = after(full(), policy(), "a")
    with pytest.raises(errors.InUse):
        after(tree, c.DeleteListener("listener"))
    after(after(tree, c.DeleteL7Policy("a")), c.DeleteListener("listener"))


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"type": RuleType.HEADER}, l7_errors.RuleKeyMissing),
        ({"type": RuleType.COOKIE, "key": ""}, l7_errors.RuleKeyMissing),
        ({"type": RuleType.HEADER, "key": "a:b"}, l7_errors.RuleKeyInvalid),
        ({"type": RuleType.HEADER, "key": "a\n"}, l7_errors.RuleKeyInvalid),
        ({"type": RuleType.COOKIE, "key": "c", "value": "a,b"}, l7_errors.RuleValueInvalid),
        ({"value": "a b"}, l7_errors.RuleValueInvalid),
        ({"value": ""}, l7_errors.RuleValueInvalid),
        ({"value": "/\n"}, l7_errors.RuleValueInvalid),
        ({"compare_type": CompareType.REGEX, "value": "("}, l7_errors.RuleRegexInvalid),
        ({"compare_type": CompareType.REGEX, "value": "a\nb"}, l7_errors.RuleRegexInvalid),
        ({"type": RuleType.FILE_TYPE, "compare_type": CompareType.CONTAINS}, l7_errors.CompareTypeUnsupported),
        # What is told first where several things are wrong.
        ({"type": RuleType.HEADER, "compare_type": CompareType.REGEX, "value": "("}, l7_errors.RuleRegexInvalid),
        ({"type": RuleType.COOKIE, "key": "a b", "value": "a;b"}, l7_errors.RuleKeyInvalid),
        ({"type": RuleType.FILE_TYPE, "compare_type": CompareType.CONTAINS, "value": ""},
         l7_errors.CompareTypeUnsupported),
    ],
)  # fmt: skip
def test_what_no_rule_may_be(wrong: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        after(three(), rule(**wrong), "r")


def test_what_a_rule_may_be() -> None:
    tree = after(three(), rule(value='"two words"'), "1")
    tree = after(tree, rule(type=RuleType.HEADER, key="X-A", value="*"), "2")
    tree = after(tree, rule(compare_type=CompareType.REGEX, value="^/a b$"), "3")
    tree = after(tree, rule(type=RuleType.FILE_TYPE, value="jpg"), "4")
    assert [r.id for r in tree.l7_rules] == ["1", "2", "3", "4"]


def test_a_rule_changes_in_its_own_policy_alone() -> None:
    tree = after(three(), rule(type=RuleType.HEADER, key="A", value="1"), "r")
    changed = after(tree, c.UpdateL7Rule(id="r", policy_id="a", value="2", invert=True))
    assert (changed.l7_rules[0].key, changed.l7_rules[0].value, changed.l7_rules[0].invert) == ("A", "2", True)
    for command in (c.UpdateL7Rule(id="r", policy_id="b", value="2"), c.DeleteL7Rule("r", "b")):
        with pytest.raises(l7_errors.RuleNotOfPolicy):
            after(tree, command)
    with pytest.raises(l7_errors.RuleKeyMissing):
        after(tree, c.UpdateL7Rule(id="r", policy_id="a", key=None))


def test_several_rules_come_together_or_not_at_all() -> None:
    tree = three()
    with pytest.raises(errors.Invalid):
        after(tree, c.CreateL7Rules(rules=(rule(), rule(value="a b"))), "1", "2")
    assert len(after(tree, c.CreateL7Rules(rules=(rule(), rule(value="/x"))), "1", "2").l7_rules) == 2
