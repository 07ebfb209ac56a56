"""Pools on the LBaaS v2 wire."""

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
from openlbaas.dialects.values import keyed, matching, none_to_empty, one_of, or_null
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import CreatePool, DeletePool, UpdatePool
from openlbaas.domain.errors import PersistenceInvalid
from openlbaas.domain.model import SessionPersistence
from openlbaas.domain.views import PoolView
from openlbaas.domain.vocabulary import Algorithm, Kind, PersistenceType, Protocol

COOKIE_NAME = r"[A-Za-z0-9!*+.^_|~-]*"
"""What hosts take of the characters of a cookie's name (RFC 6265): those that no configuration gives a meaning to.

An empty one is refused by the rules of persistence.
"""

_PERSISTENCE = keyed({"type": one_of(PersistenceType)}, {"cookie_name": or_null(matching(COOKIE_NAME, 255))})


def _is_persistence(value: Any) -> str | None:
    return None if value == {} else _PERSISTENCE(value)


def _persistence(value: dict[str, Any]) -> SessionPersistence | None:
    """Build a persistence; the key alone, even with null, is too much for a type without a cookie name.

    Raises: PersistenceInvalid.
    """
    if not value:
        return None
    kind = PersistenceType(value["type"])
    if kind is not PersistenceType.APP_COOKIE and "cookie_name" in value:
        raise PersistenceInvalid("persistence", f"'cookie_name' is not allowed for {kind} session persistence")
    return SessionPersistence(kind, value.get("cookie_name"))


TABLE = Table(
    "pool",
    "pools",
    (
        ID,
        TENANT_ID,
        NAME,
        DESCRIPTION,
        reference("listener_id", "listener_id"),
        reference("loadbalancer_id", "load_balancer_id"),
        shown("listeners"),
        shown("loadbalancers"),
        shown("members"),
        shown("healthmonitor_id"),
        Field(
            "protocol",
            "protocol",
            put=False,
            check=one_of((Protocol.TCP, Protocol.HTTP, Protocol.HTTPS)),
            build=Protocol,
            default=REQUIRED,
        ),
        Field("lb_algorithm", "algorithm", check=one_of(Algorithm), build=Algorithm, default=REQUIRED),
        Field(
            "session_persistence",
            "persistence",
            convert=none_to_empty,
            check=_is_persistence,
            build=_persistence,
        ),
        ADMIN_STATE_UP,
    ),
)


def render(view: PoolView, _caller: Caller) -> dict[str, Any]:
    """Show a pool."""
    pool = view.object
    persistence = pool.persistence
    return {
        "id": pool.id,
        "tenant_id": pool.project_id,
        "name": pool.name,
        "description": pool.description,
        "healthmonitor_id": view.health_monitor_id,
        "protocol": str(pool.protocol),
        "lb_algorithm": str(pool.algorithm),
        "admin_state_up": pool.admin_state_up,
        "loadbalancers": ids([pool.load_balancer_id]),
        "session_persistence": None
        if persistence is None
        else {"type": str(persistence.type), "cookie_name": persistence.cookie_name},
        "members": ids(view.member_ids),
        "listeners": ids(view.listener_ids),
    }


POOLS = Resource(
    kind=Kind.POOL,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields) - {"loadbalancer_id", "listener_id"},
    find_by=lambda view: {"loadbalancer_id": view.object.load_balancer_id, **statuses(view)},
    hidden=HIDDEN | {"loadbalancer_id"},
    creation=lambda objects, _parent_id: CreatePool(**objects[0]),
    update=lambda id_, _parent_id, values: UpdatePool(id=id_, **values),
    deletion=lambda id_, _parent_id: DeletePool(id_),
    parent="loadbalancer_id",
)
