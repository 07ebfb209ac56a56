"""Load balancers on the LBaaS v2 wire."""

from typing import Any

from openlbaas.dialects.fields import Field, Table, shown
from openlbaas.dialects.neutron_lbaas_v2.rows import ADMIN_STATE_UP, DESCRIPTION, ID, NAME, TENANT_ID, ids, operating
from openlbaas.dialects.resource import Resource, Values
from openlbaas.dialects.values import address_text, is_address, is_uuid, lowered, one_of, or_null, text
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import CreateLoadBalancer, DeleteLoadBalancer, UpdateLoadBalancer
from openlbaas.domain.errors import ParentMissing
from openlbaas.domain.views import LoadBalancerView
from openlbaas.domain.vocabulary import Kind, Topology

TABLE = Table(
    "loadbalancer",
    "loadbalancers",
    (
        ID,
        TENANT_ID,
        NAME,
        DESCRIPTION,
        Field("vip_subnet_id", "vip_subnet_id", put=False, check=or_null(is_uuid)),
        Field("vip_network_id", "vip_network_id", put=False, check=or_null(is_uuid)),
        Field(
            "vip_address",
            "vip_address",
            put=False,
            check=or_null(is_address),
            build=lambda value: None if value is None else address_text(value),
        ),
        shown("vip_port_id"),
        Field("provider", "provider", put=False, convert=lowered, check=or_null(text(255))),
        Field("flavor_id", "flavor_id", put=False, check=or_null(text(255))),
        ADMIN_STATE_UP,
        Field("topology", "topology", check=one_of(Topology), build=Topology),
        shown("listeners"),
        shown("pools"),
        shown("provisioning_status"),
        shown("operating_status"),
    ),
)


def _creation(objects: tuple[Values, ...], _parent_id: str | None) -> CreateLoadBalancer:
    (values,) = objects
    if values.get("vip_subnet_id") is None and values.get("vip_network_id") is None:
        raise ParentMissing(Kind.LOAD_BALANCER)
    return CreateLoadBalancer(**values)


def render(view: LoadBalancerView, _caller: Caller) -> dict[str, Any]:
    """Show a load balancer."""
    balancer = view.object
    reply = {
        "id": balancer.id,
        "tenant_id": balancer.project_id,
        "name": balancer.name,
        "description": balancer.description,
        "vip_subnet_id": balancer.vip.subnet_id,
        "vip_port_id": balancer.vip.port_id,
        "vip_address": balancer.vip.address,
        "operating_status": operating(view.operating),
        "provisioning_status": str(view.provisioning),
        "admin_state_up": balancer.admin_state_up,
        "listeners": ids(view.listener_ids),
        "pools": ids(view.pool_ids),
        "provider": balancer.provider,
    }
    if balancer.flavor_id is not None:
        reply["flavor_id"] = balancer.flavor_id
    if balancer.topology is not Topology.SINGLE:
        reply["topology"] = str(balancer.topology)
    return {**reply, "provisioning_reason": view.reason} if view.reason else reply


def _row(view: LoadBalancerView, caller: Caller) -> dict[str, Any]:
    """Show a load balancer in a list, whose columns do not depend on how one of them is doing."""
    row = render(view, caller)
    row.pop("provisioning_reason", None)
    return row


LOAD_BALANCERS = Resource(
    kind=Kind.LOAD_BALANCER,
    table=TABLE,
    render=render,
    row=_row,
    visible=frozenset(row.name for row in TABLE.fields) - {"vip_network_id"},
    find_by=lambda view: {"project_id": view.object.project_id, "vip_network_id": view.object.vip.network_id},
    hidden=frozenset({"project_id", "vip_network_id"}),
    creation=_creation,
    update=lambda id_, _parent_id, values: UpdateLoadBalancer(id=id_, **values),
    deletion=lambda id_, _parent_id: DeleteLoadBalancer(id_),
)
