"""Events on the wire: an addition of ours to LBaaS v2, in its manner."""

from datetime import UTC, datetime
from typing import Any

from openlbaas.dialects.fields import Table, shown
from openlbaas.dialects.neutron_lbaas_v2.rows import ID, TENANT_ID
from openlbaas.dialects.resource import Resource
from openlbaas.domain.caller import Caller
from openlbaas.domain.events import Event
from openlbaas.domain.vocabulary import Kind

TABLE = Table(
    "event",
    "events",
    (ID, TENANT_ID, shown("at"), shown("loadbalancer_id"), shown("name"), shown("text")),
)


_NAMES_HOSTS = {
    "placed": "a host was chosen",
    "moved": "another host has it",
    "move_ended": "it stays where it was",
    "standby_placed": "a second host was chosen",
    "standby_moved": "another second host was chosen",
    "no_standby": "there is no second host for it at the moment",
    "switch": "the other of its hosts is to have the VIP",
    "role": "which of its hosts has the VIP may have changed",
    "stranded": "its host is not heard of, and there is no other for it",
}
"""What a project is told where an administrator reads the names of hosts."""


def render(event: Event, caller: Caller) -> dict[str, Any]:
    """Show an event, its instant in UTC to the millisecond; where things run is for administrators alone."""
    at = datetime.fromtimestamp(event.at, UTC)
    return {
        "id": event.id,
        "tenant_id": event.project_id,
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "loadbalancer_id": event.load_balancer_id,
        "name": event.name,
        "text": event.text if caller.is_admin else _NAMES_HOSTS.get(event.name, event.text),
    }


EVENTS = Resource(
    kind=Kind.EVENT,
    table=TABLE,
    render=render,
    visible=frozenset(row.name for row in TABLE.fields),
    find_by=lambda event: {"project_id": event.project_id},
    hidden=frozenset({"project_id"}),
    parent="loadbalancer_id",
    endless=True,
)
