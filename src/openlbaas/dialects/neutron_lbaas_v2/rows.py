"""Rows that several attribute tables share, and the small shapes of replies."""

from collections.abc import Iterable
from typing import Any

from openlbaas.dialects.fields import Field, shown
from openlbaas.dialects.values import is_uuid, or_null, text, to_bool
from openlbaas.domain.views import HealthMonitorView, L7PolicyView, L7RuleView, ListenerView, MemberView, PoolView
from openlbaas.domain.vocabulary import Operating

ID = shown("id")
TENANT_ID = shown("tenant_id")
NAME = Field("name", "name", check=text(255))
DESCRIPTION = Field("description", "description", check=text(255))
ADMIN_STATE_UP = Field("admin_state_up", "admin_state_up", convert=to_bool)
HIDDEN = frozenset({"project_id", "provisioning_status", "operating_status"})
"""What every row can be found by besides what it shows."""


def reference(name: str, to: str, *, put: bool = False) -> Field:
    """Make the row of an id that may be null."""
    return Field(name, to, put=put, check=or_null(is_uuid))


def ids(found: Iterable[str]) -> list[dict[str, str]]:
    """Refer to objects as replies do."""
    return [{"id": one} for one in found]


def operating(word: Operating) -> str:
    """Spell an operating status; there is no ERROR among those of LBaaS v2, and its tree of statuses says DEGRADED."""
    return str(Operating.DEGRADED if word is Operating.ERROR else word)


def statuses(view: ListenerView | PoolView | MemberView) -> dict[str, Any]:
    """Name what a row can be found by although replies lack it."""
    return {
        "project_id": view.object.project_id,
        "provisioning_status": str(view.provisioning),
        "operating_status": operating(view.operating),
    }


def provisioning(view: HealthMonitorView | L7PolicyView | L7RuleView) -> dict[str, Any]:
    """Name what a health monitor, policy or rule can be found by although replies lack it."""
    return {"project_id": view.object.project_id, "provisioning_status": str(view.provisioning)}
