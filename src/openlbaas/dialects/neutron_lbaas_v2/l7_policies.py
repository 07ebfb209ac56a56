"""Layer 7 policies on the LBaaS v2 wire."""

from typing import Any

from openlbaas.dialects.fields import REQUIRED, Field, Table, shown
from openlbaas.dialects.neutron_lbaas_v2.rows import (
    ADMIN_STATE_UP,
    DESCRIPTION,
    ID,
    NAME,
    TENANT_ID,
    ids,
    provisioning,
    reference,
)
from openlbaas.dialects.resource import Resource
from openlbaas.dialects.values import LARGEST, is_uuid, matching, one_of, or_null, to_int, within
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import CreateL7Policy, DeleteL7Policy, UpdateL7Policy
from openlbaas.domain.views import L7PolicyView
from openlbaas.domain.vocabulary import Kind, PolicyAction

REDIRECT_URL = r"https?://[\x21-\x7e]+"
"""An absolute URL, which no blank and no control character ends early."""

TABLE = Table(
    "l7policy",
    "l7policies",
    (
        ID,
        TENANT_ID,
        NAME,
        DESCRIPTION,
        Field("listener_id", "listener_id", put=False, check=is_uuid, default=REQUIRED),
        Field("action", "action", check=one_of(PolicyAction), build=PolicyAction, default=REQUIRED),
        reference("redirect_pool_id", "redirect_pool_id", put=True),
        Field("redirect_url", "redirect_url", check=or_null(matching(REDIRECT_URL, 255))),
        Field("position", "position", convert=to_int, check=within(1, LARGEST)),
        shown("rules"),
        shown("status"),
        ADMIN_STATE_UP,
    ),
)


def render(view: L7PolicyView, _caller: Caller) -> dict[str, Any]:
    """Show a policy; all rows of a list have the same keys, since clients take the columns from the first."""
    policy = view.object
    return {
        "id": policy.id,
        "tenant_id": policy.project_id,
        "name": policy.name,
        "description": policy.description,
        "listener_id": policy.listener_id,
        "action": str(policy.action),
        "redirect_pool_id": policy.redirect_pool_id,
        "redirect_url": policy.redirect_url,
        "position": policy.position,
        "admin_state_up": policy.admin_state_up,
        "rules": ids(view.rule_ids),
    }


L7_POLICIES = Resource(
    kind=Kind.L7_POLICY,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields) - {"status"},
    find_by=provisioning,
    hidden=frozenset({"project_id", "provisioning_status"}),
    creation=lambda objects, _parent_id: CreateL7Policy(**objects[0]),
    update=lambda id_, _parent_id, values: UpdateL7Policy(id=id_, **values),
    deletion=lambda id_, _parent_id: DeleteL7Policy(id_),
    parent="listener_id",
)
