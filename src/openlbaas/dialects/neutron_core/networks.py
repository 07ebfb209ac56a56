"""Networks on the wire."""

from typing import Any

from openlbaas.dialects.fields import Field, Table, shown
from openlbaas.dialects.neutron_core.rows import (
    ADMIN_STATE_UP,
    DESCRIPTION,
    ID,
    NAME,
    PROJECT_ID,
    TENANT_ID,
    instant,
)
from openlbaas.dialects.resource import Resource
from openlbaas.dialects.values import LARGEST, one_of, or_null, text, to_bool, to_int, within
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import UNSET
from openlbaas.domain.network import CreateNetwork, DeleteNetwork, Network, UpdateNetwork
from openlbaas.domain.vocabulary import Kind

_TYPES = ("local", "flat", "vlan", "vxlan", "gre", "geneve")
_SMALLEST_MTU = 68
_LARGEST_MTU = 65535


def _to_mtu(value: Any) -> int | None:
    """Read an MTU; null and 0 leave it to the server."""
    return None if value is None else to_int(value) or None


def _to_segment(value: Any) -> int | None:
    return None if value is None else to_int(value)


TABLE = Table(
    "network",
    "networks",
    (
        ID,
        TENANT_ID,
        PROJECT_ID,
        NAME,
        DESCRIPTION,
        ADMIN_STATE_UP,
        shown("status"),
        shown("subnets"),
        Field("shared", "shared", convert=to_bool, admin=True, default=False),
        Field("router:external", "external", convert=to_bool, admin=True, default=False),
        Field("mtu", "mtu", convert=_to_mtu, check=or_null(within(_SMALLEST_MTU, _LARGEST_MTU))),
        Field("provider:network_type", "network_type", put=False, check=or_null(one_of(_TYPES)), admin=True),
        Field("provider:physical_network", "physical_network", put=False, check=or_null(text(64)), admin=True),
        Field(
            "provider:segmentation_id",
            "segmentation_id",
            put=False,
            convert=_to_segment,
            check=or_null(within(1, LARGEST)),
            admin=True,
        ),
        shown("created_at"),
        shown("tags"),
    ),
)


def render(network: Network, caller: Caller) -> dict[str, Any]:
    """Show a network; what it is made of only to administrators."""
    reply = {
        "id": network.id,
        "name": network.name,
        "tenant_id": network.project_id,
        "admin_state_up": network.admin_state_up,
        "mtu": network.mtu,
        "status": "ACTIVE",
        "subnets": list(network.subnet_ids),
        "shared": network.shared,
        "router:external": network.external,
        "description": network.description,
        "tags": [],
        "created_at": instant(network.created_at),
        "project_id": network.project_id,
    }
    if caller.is_admin:
        reply["provider:network_type"] = network.network_type
        reply["provider:physical_network"] = network.physical_network
        reply["provider:segmentation_id"] = network.segmentation_id
    return reply


def _update(id_: str, _parent_id: str | None, values: dict[str, Any]) -> UpdateNetwork:
    if values.get("mtu", 0) is None:
        values["mtu"] = UNSET
    return UpdateNetwork(id=id_, **values)


NETWORKS = Resource(
    kind=Kind.NETWORK,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields),
    creation=lambda objects, _parent_id: CreateNetwork(**objects[0]),
    update=_update,
    deletion=lambda id_, _parent_id: DeleteNetwork(id_),
)
