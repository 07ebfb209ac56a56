"""Ports on the wire."""

from typing import Any

from openlbaas.dialects.fields import REQUIRED, Field, Table, shown
from openlbaas.dialects.neutron_core.rows import (
    ADMIN_STATE_UP,
    DESCRIPTION,
    ID,
    NAME,
    PROJECT_ID,
    TENANT_ID,
    every,
    instant,
    only,
)
from openlbaas.dialects.resource import Resource, Values
from openlbaas.dialects.values import address_text, is_address, is_mac, is_uuid, keyed, or_null, text, to_list
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import UNSET
from openlbaas.domain.network import CreatePort, DeletePort, FixedIpRequest, Port, UpdatePort
from openlbaas.domain.vocabulary import Kind

_IS_FIXED_IPS = every("fixed_ip", keyed({}, {"subnet_id": is_uuid, "ip_address": is_address}))


def _fixed_ips(value: list[dict[str, str]] | None) -> tuple[FixedIpRequest, ...] | None:
    if value is None:
        return None
    return tuple(
        FixedIpRequest(one.get("subnet_id"), address_text(one["ip_address"]) if "ip_address" in one else None)
        for one in value
    )


TABLE = Table(
    "port",
    "ports",
    (
        ID,
        TENANT_ID,
        PROJECT_ID,
        NAME,
        DESCRIPTION,
        ADMIN_STATE_UP,
        Field("network_id", "network_id", put=False, check=is_uuid, default=REQUIRED),
        Field(
            "mac_address",
            "mac_address",
            put=False,
            check=or_null(is_mac),
            build=lambda value: None if value is None else value.lower(),
        ),
        Field("fixed_ips", "fixed_ips", check=or_null(_IS_FIXED_IPS), build=_fixed_ips),
        Field("device_id", "device_id", check=text(255)),
        Field("device_owner", "device_owner", check=text(255)),
        Field("security_groups", convert=to_list, build=only([], "security groups")),
        Field("allowed_address_pairs", convert=to_list, build=only([], "allowed address pairs")),
        Field("extra_dhcp_opts", convert=to_list, build=only([], "extra DHCP options")),
        Field("binding:host_id", "host_id", check=text(255), admin=True),
        Field("binding:vnic_type", build=only("normal", "vNIC types other than normal")),
        Field("binding:profile", build=only({}, "binding profiles"), admin=True),
        shown("binding:vif_type"),
        shown("binding:vif_details"),
        shown("status"),
        shown("created_at"),
        shown("tags"),
    ),
)


def render(port: Port, caller: Caller) -> dict[str, Any]:
    """Show a port; where it is bound only to administrators."""
    reply: dict[str, Any] = {
        "id": port.id,
        "name": port.name,
        "network_id": port.network_id,
        "tenant_id": port.project_id,
        "mac_address": port.mac_address,
        "admin_state_up": port.admin_state_up,
        "status": "ACTIVE" if port.host_id and port.device_owner else "DOWN",
        "device_id": port.device_id,
        "device_owner": port.device_owner,
        "fixed_ips": [{"subnet_id": ip.subnet_id, "ip_address": ip.ip_address} for ip in port.fixed_ips],
        "allowed_address_pairs": [],
        "extra_dhcp_opts": [],
        "security_groups": [],
        "description": port.description,
        "binding:vnic_type": "normal",
        "tags": [],
        "created_at": instant(port.created_at),
        "project_id": port.project_id,
    }
    if caller.is_admin:
        reply["binding:host_id"] = port.host_id
        reply["binding:vif_type"] = "bridge" if port.host_id else "unbound"
        reply["binding:vif_details"] = {}
        reply["binding:profile"] = {}
    return reply


def _update(id_: str, _parent_id: str | None, values: Values) -> UpdatePort:
    if values.get("fixed_ips", ()) is None:
        values["fixed_ips"] = UNSET
    return UpdatePort(id=id_, **values)


PORTS = Resource(
    kind=Kind.PORT,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields),
    creation=lambda objects, _parent_id: CreatePort(**objects[0]),
    update=_update,
    deletion=lambda id_, _parent_id: DeletePort(id_),
    parent="network_id",
)
