"""Members on the LBaaS v2 wire, below their pool."""

from typing import Any

from openlbaas.dialects.fields import REQUIRED, Field, Table
from openlbaas.dialects.neutron_lbaas_v2.rows import ADMIN_STATE_UP, HIDDEN, ID, NAME, TENANT_ID, statuses
from openlbaas.dialects.resource import Resource, Values
from openlbaas.dialects.values import address_text, integer_within, is_address, is_uuid, to_int, within
from openlbaas.domain.caller import Caller
from openlbaas.domain.commands import CreateMember, CreateMembers, DeleteMember, UpdateMember
from openlbaas.domain.views import MemberView
from openlbaas.domain.vocabulary import Kind

TABLE = Table(
    "member",
    "members",
    (
        ID,
        TENANT_ID,
        NAME,
        Field("address", "address", put=False, check=is_address, build=address_text, default=REQUIRED),
        Field(
            "protocol_port", "protocol_port", put=False, convert=to_int, check=within(1, 65535), default=REQUIRED
        ),
        Field("weight", "weight", check=integer_within(0, 256), build=to_int),
        Field("subnet_id", "subnet_id", put=False, check=is_uuid, default=REQUIRED),
        ADMIN_STATE_UP,
    ),
    bulk=True,
)  # fmt: skip


def _creation(objects: tuple[Values, ...], pool_id: str | None) -> CreateMember | CreateMembers:
    """Make one command for one member, and one for all where several were sent: they come together or not at all."""
    members = tuple(CreateMember(pool_id=str(pool_id), **values) for values in objects)
    return members[0] if len(members) == 1 else CreateMembers(members=members)


def render(view: MemberView, _caller: Caller) -> dict[str, Any]:
    """Show a member."""
    member = view.object
    return {
        "id": member.id,
        "tenant_id": member.project_id,
        "address": member.address,
        "protocol_port": member.protocol_port,
        "weight": member.weight,
        "admin_state_up": member.admin_state_up,
        "subnet_id": member.subnet_id,
        "name": member.name,
    }


MEMBERS = Resource(
    kind=Kind.MEMBER,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields),
    find_by=lambda view: {"pool_id": view.object.pool_id, **statuses(view)},
    hidden=HIDDEN | {"pool_id"},
    creation=_creation,
    update=lambda id_, pool_id, values: UpdateMember(id=id_, pool_id=str(pool_id), **values),
    deletion=lambda id_, pool_id: DeleteMember(id_, str(pool_id)),
    parent="pool_id",
)
