"""Listeners on the LBaaS v2 wire."""

from typing import Any

from openlbaas.dialects.fields import REQUIRED, Field, Table, shown
from openlbaas.dialects.neutron_lbaas_v2.rows import (
    ADMIN_STATE_UP,
    DESCRIPTION,
    HIDDEN,
    ID,
    NAME,
    TENANT_ID,
    ids,
    reference,
    statuses,
)
from openlbaas.dialects.resource import Resource
from openlbaas.dialects.values import filled, limit_or_unlimited, one_of, or_null, text, to_int, to_list, within
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import CreateListener, DeleteListener, UpdateListener
from openlbaas.domain.views import ListenerView
from openlbaas.domain.vocabulary import Kind, Protocol

_LONGEST_REF = 128
_MOST_REFS = 256


def _refs(value: list[Any]) -> str | None:
    """Ask for references that differ."""
    is_text = filled(_LONGEST_REF)
    reason = next((reason for one in value if (reason := is_text(one)) is not None), None)
    if reason is None and len(value) > _MOST_REFS:
        return f"More than {_MOST_REFS} certificates are not taken"
    if reason is None and len(set(value)) < len(value):
        return "A certificate is named twice"
    return reason


TABLE = Table(
    "listener",
    "listeners",
    (
        ID,
        TENANT_ID,
        NAME,
        DESCRIPTION,
        reference("loadbalancer_id", "load_balancer_id"),
        shown("loadbalancers"),
        reference("default_pool_id", "default_pool_id", put=True),
        Field(
            "default_tls_container_ref",
            "default_tls_container_ref",
            check=or_null(text(_LONGEST_REF)),
            build=lambda ref: ref or None,
        ),
        Field("sni_container_refs", "sni_container_refs", convert=to_list, check=_refs, build=tuple),
        Field("connection_limit", "connection_limit", convert=to_int, check=limit_or_unlimited),
        Field("protocol", "protocol", put=False, check=one_of(Protocol), build=Protocol, default=REQUIRED),
        Field(
            "protocol_port", "protocol_port", put=False, convert=to_int, check=within(1, 65535), default=REQUIRED
        ),
        ADMIN_STATE_UP,
    ),
)  # fmt: skip


def render(view: ListenerView, _caller: Caller) -> dict[str, Any]:
    """Show a listener."""
    listener = view.object
    return {
        "id": listener.id,
        "tenant_id": listener.project_id,
        "name": listener.name,
        "description": listener.description,
        "default_pool_id": listener.default_pool_id,
        "protocol": str(listener.protocol),
        "protocol_port": listener.protocol_port,
        "connection_limit": listener.connection_limit,
        "admin_state_up": listener.admin_state_up,
        "loadbalancers": ids([listener.load_balancer_id]),
        "sni_container_refs": list(listener.sni_container_refs),
        "default_tls_container_ref": listener.default_tls_container_ref,
    }


LISTENERS = Resource(
    kind=Kind.LISTENER,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields) - {"loadbalancer_id"},
    find_by=lambda view: {"loadbalancer_id": view.object.load_balancer_id, **statuses(view)},
    hidden=HIDDEN | {"loadbalancer_id"},
    creation=lambda objects, _parent_id: CreateListener(**objects[0]),
    update=lambda id_, _parent_id, values: UpdateListener(id=id_, **values),
    deletion=lambda id_, _parent_id: DeleteListener(id_),
    parent="loadbalancer_id",
)
