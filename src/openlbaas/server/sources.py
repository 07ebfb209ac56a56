"""Where each kind of thing comes from: the operations of three modules behind one signature."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from openlbaas.domain.caller import Caller
from openlbaas.domain.selection import Selection
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations import agents, certificates, change, events, flavors, networks, read
from openlbaas.operations.services import Services


@dataclass(frozen=True, slots=True)
class Source:
    """Shows, lists and changes things of one family; show takes the id and the parent's id; some nobody can change."""

    show: Callable[[Services, Caller, Kind, str, str | None], Any]
    select: Callable[[Services, Caller, Kind, Selection], Sequence[Any]]
    change: Callable[[Services, Caller, Any], Any] | None = None


BALANCERS = Source(read.show, read.select, change.change)

NETWORKS = Source(
    lambda services, caller, kind, id_, _parent_id: networks.show(services, caller, kind, id_),
    networks.select,
    networks.change,
)

AGENTS = Source(
    lambda services, caller, _kind, id_, _parent_id: agents.show(services, caller, id_),
    lambda services, caller, _kind, selection: agents.select(services, caller, selection),
    agents.change,
)

CERTIFICATES = Source(
    lambda services, caller, _kind, id_, _parent_id: certificates.show(services, caller, id_),
    lambda services, caller, _kind, selection: certificates.select(services, caller, selection),
    certificates.change,
)

FLAVORS = Source(
    lambda services, caller, kind, id_, _parent_id: flavors.show(services, caller, kind, id_),
    flavors.select,
    flavors.change,
)

EVENTS = Source(
    lambda services, caller, _kind, id_, _parent_id: events.show(services, caller, id_),
    lambda services, caller, _kind, selection: events.select(services, caller, selection),
)
