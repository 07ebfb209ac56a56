"""Layer 7 rules on the LBaaS v2 wire, below their policy."""

from typing import Any

from openlbaas.dialects.fields import REQUIRED, Field, Table, shown
from openlbaas.dialects.neutron_lbaas_v2.rows import ADMIN_STATE_UP, ID, TENANT_ID, provisioning
from openlbaas.dialects.resource import Resource, Values
from openlbaas.dialects.values import one_of, or_null, text, to_bool
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import CreateL7Rule, CreateL7Rules, DeleteL7Rule, UpdateL7Rule
from openlbaas.domain.views import L7RuleView
from openlbaas.domain.vocabulary import CompareType, Kind, RuleType

TABLE = Table(
    "rule",
    "rules",
    (
        ID,
        TENANT_ID,
        Field("type", "type", check=one_of(RuleType), build=RuleType, default=REQUIRED),
        Field("compare_type", "compare_type", check=one_of(CompareType), build=CompareType, default=REQUIRED),
        Field("invert", "invert", convert=to_bool),
        Field("key", "key", check=or_null(text(255))),
        Field("value", "value", check=text(255), default=REQUIRED),
        shown("status"),
        ADMIN_STATE_UP,
    ),
    bulk=True,
)


def _creation(objects: tuple[Values, ...], policy_id: str | None) -> CreateL7Rule | CreateL7Rules:
    """Make one command for one rule, and one for all where several were sent: they come together or not at all."""
    rules = tuple(CreateL7Rule(policy_id=str(policy_id), **values) for values in objects)
    return rules[0] if len(rules) == 1 else CreateL7Rules(rules=rules)


def render(view: L7RuleView, _caller: Caller) -> dict[str, Any]:
    """Show a rule."""
    rule = view.object
    return {
        "id": rule.id,
        "tenant_id": rule.project_id,
        "type": str(rule.type),
        "compare_type": str(rule.compare_type),
        "invert": rule.invert,
        "key": rule.key,
        "value": rule.value,
        "admin_state_up": rule.admin_state_up,
    }


L7_RULES = Resource(
    kind=Kind.L7_RULE,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields) - {"status"},
    find_by=lambda view: {"l7policy_id": view.object.policy_id, "name": None, **provisioning(view)},
    hidden=frozenset({"l7policy_id", "name", "project_id", "provisioning_status"}),
    creation=_creation,
    update=lambda id_, policy_id, values: UpdateL7Rule(id=id_, policy_id=str(policy_id), **values),
    deletion=lambda id_, policy_id: DeleteL7Rule(id_, str(policy_id)),
    parent="l7policy_id",
)
