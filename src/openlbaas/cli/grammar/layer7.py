"""L7 policies and rules, as they can be typed."""

from __future__ import annotations

from openlbaas.cli.grammar.model import (
    Given,
    Option,
    Parent,
    Resource,
    Style,
    admin_state_at_creation,
    admin_state_at_update,
    filters,
    text,
)
from openlbaas.client import lbaas

_ACTIONS = ("REJECT", "REDIRECT_TO_POOL", "REDIRECT_TO_URL")
_TARGETS = (
    ("REDIRECT_TO_URL", "redirect_url", "--redirect-url", "Redirect URL"),
    ("REDIRECT_TO_POOL", "redirect_pool_id", "--redirect-pool", "Redirect pool"),
)
_TYPES = ("HOST_NAME", "PATH", "FILE_TYPE", "HEADER", "COOKIE")
_COMPARISONS = ("REGEX", "STARTS_WITH", "ENDS_WITH", "CONTAINS", "EQUAL_TO")


def _action_fits(given: Given, style: Style) -> str:
    """What is missing or too much for the action of a policy, as a sentence; for its grammar the neutron client's."""
    action = given.get("action")
    for fitting, attribute, option, words in _TARGETS:
        if action == fitting and attribute not in given:
            return f"{words} must be specified" if style == "neutron" else f"Action {action} needs {option}."
        if action and action != fitting and attribute in given:
            return f"Action must be {fitting}" if style == "neutron" else f"{option} does not go with action {action}."
    return ""


def _policy_options(*, creating: bool) -> tuple[Option, ...]:
    return (
        text("name", "Name of the policy."),
        text("description", "Description of the policy."),
        text("action", "What the policy does.", choices=_ACTIONS, any_case=True, required=creating),
        text(
            "redirect_pool_id",
            "ID or name of the pool for REDIRECT_TO_POOL action type.",
            spelling="--redirect-pool",
            metavar="REDIRECT_POOL",
            look_in=lbaas.POOLS,
        ),
        text("redirect_url", "URL for REDIRECT_TO_URL action type. This should be a valid URL string."),
        text(
            "position",
            "L7 policy position in ordered policies list, counted from 1. Without it the policy is put at "
            "the end of the list.",
            kind="integer",
        ),
    )


L7_POLICY = Resource(
    lbaas.L7_POLICIES,
    neutron="lbaas-l7policy",
    modern="loadbalancer l7policy",
    reported="lbaas_l7policy",
    title="L7 policy",
    article="an",
    label="L7POLICY",
    columns=("id", "name", "action", "redirect_pool_id", "redirect_url", "position", "admin_state_up", "status"),
    waits=True,
    create=(
        *_policy_options(creating=True),
        *admin_state_at_creation(),
        Option(
            "listener_id",
            "--listener",
            "LISTENER",
            "ID or name of the listener this policy belongs to.",
            metavar="LISTENER",
            look_in=lbaas.LISTENERS,
            required=True,
        ),
    ),
    check=_action_fits,
    update=(*_policy_options(creating=False), *admin_state_at_update("policy")),
    update_check=_action_fits,
    filters=filters("name", "listener_id", "action", "position"),
)


def _rule_options(*, creating: bool) -> tuple[Option, ...]:
    return (
        text("type", "Rule type.", choices=_TYPES, any_case=True, required=creating),
        text("compare_type", "Rule compare type.", choices=_COMPARISONS, any_case=True, required=creating),
        Option(
            "invert",
            "--invert-compare",
            "--invert",
            "Invert the compare type.",
            kind="constant",
            value=True,
            always=False,
        ),
        text("key", "Key to compare. Relevant for HEADER and COOKIE types only."),
        text("value", "Value to compare.", required=creating),
    )


L7_RULE = Resource(
    lbaas.L7_RULES,
    neutron="lbaas-l7rule",
    modern="loadbalancer l7rule",
    reported="lbaas_l7rule",
    title="L7 rule",
    article="an",
    label="RULE",
    columns=("id", "type", "compare_type", "invert", "key", "value", "admin_state_up", "status"),
    waits=True,
    parent=Parent(lbaas.L7_POLICIES, "L7POLICY", "ID or name of L7 policy this rule belongs to."),
    create=(*_rule_options(creating=True), *admin_state_at_creation()),
    update=(*_rule_options(creating=False), *admin_state_at_update("rule")),
    filters=filters("type", "compare_type", "key", "value"),
)
