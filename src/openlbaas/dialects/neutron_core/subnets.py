"""Subnets on the wire."""

import ipaddress
from typing import Any

from openlbaas.dialects.fields import REQUIRED, Field, Table, shown
from openlbaas.dialects.neutron_core.rows import (
    DESCRIPTION,
    ID,
    NAME,
    PROJECT_ID,
    TENANT_ID,
    every,
    instant,
    only,
    pairs,
)
from openlbaas.dialects.resource import Resource, Values
from openlbaas.dialects.values import address_text, is_address, is_cidr, is_uuid, or_null, to_bool, to_int, to_list
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import UNSET
from openlbaas.domain.network import (
    AllocationPool,
    CreateSubnet,
    DeleteSubnet,
    HostRoute,
    Subnet,
    UpdateSubnet,
)
from openlbaas.domain.vocabulary import Kind


def _is_version(value: Any) -> str | None:
    return None if value in (4, 6) else f"{value} is not in valid_values"


def _pools(value: list[dict[str, str]] | None) -> tuple[AllocationPool, ...] | None:
    if value is None:
        return None
    return tuple(AllocationPool(address_text(one["start"]), address_text(one["end"])) for one in value)


def _routes(value: list[dict[str, str]]) -> tuple[HostRoute, ...]:
    return tuple(HostRoute(_network_text(one["destination"]), address_text(one["nexthop"])) for one in value)


def _network_text(value: str) -> str:
    return str(ipaddress.ip_network(value, strict=False))


_IS_POOLS = every("IP pool", pairs("IP pool", ("start", "end"), (is_address, is_address)))
_IS_ROUTES = every("hostroute", pairs("hostroute", ("destination", "nexthop"), (is_cidr, is_address)))

TABLE = Table(
    "subnet",
    "subnets",
    (
        ID,
        TENANT_ID,
        PROJECT_ID,
        NAME,
        DESCRIPTION,
        Field("network_id", "network_id", put=False, check=is_uuid, default=REQUIRED),
        Field("ip_version", "ip_version", put=False, convert=to_int, check=_is_version, default=REQUIRED),
        Field("cidr", "cidr", put=False, check=is_cidr, build=_network_text, default=REQUIRED),
        Field(
            "gateway_ip",
            "gateway_ip",
            check=or_null(is_address),
            build=lambda value: None if value is None else address_text(value),
        ),
        Field("allocation_pools", "allocation_pools", check=or_null(_IS_POOLS), build=_pools),
        Field("enable_dhcp", "enable_dhcp", convert=to_bool),
        Field(
            "dns_nameservers",
            "dns_nameservers",
            convert=to_list,
            check=every("nameserver", is_address),
            build=lambda value: tuple(address_text(one) for one in value),
        ),
        Field("host_routes", "host_routes", convert=to_list, check=_IS_ROUTES, build=_routes),
        Field("subnetpool_id", put=False, build=only(None, "subnet pools")),
        Field("ipv6_ra_mode", put=False, build=only(None, "router advertisements")),
        Field("ipv6_address_mode", put=False, build=only(None, "router advertisements")),
        Field("service_types", build=only([], "service types of subnets")),
        shown("created_at"),
        shown("tags"),
    ),
)


def render(subnet: Subnet, _caller: Caller) -> dict[str, Any]:
    """Show a subnet."""
    return {
        "id": subnet.id,
        "name": subnet.name,
        "tenant_id": subnet.project_id,
        "network_id": subnet.network_id,
        "ip_version": subnet.ip_version,
        "subnetpool_id": None,
        "enable_dhcp": subnet.enable_dhcp,
        "ipv6_ra_mode": None,
        "ipv6_address_mode": None,
        "gateway_ip": subnet.gateway_ip,
        "cidr": subnet.cidr,
        "allocation_pools": [{"start": pool.start, "end": pool.end} for pool in subnet.allocation_pools],
        "host_routes": [{"destination": one.destination, "nexthop": one.nexthop} for one in subnet.host_routes],
        "dns_nameservers": list(subnet.dns_nameservers),
        "description": subnet.description,
        "service_types": [],
        "tags": [],
        "created_at": instant(subnet.created_at),
        "project_id": subnet.project_id,
    }


def _update(id_: str, _parent_id: str | None, values: Values) -> UpdateSubnet:
    if values.get("allocation_pools", ()) is None:
        values["allocation_pools"] = UNSET
    return UpdateSubnet(id=id_, **values)


SUBNETS = Resource(
    kind=Kind.SUBNET,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields),
    creation=lambda objects, _parent_id: CreateSubnet(**objects[0]),
    update=_update,
    deletion=lambda id_, _parent_id: DeleteSubnet(id_),
    parent="network_id",
)
