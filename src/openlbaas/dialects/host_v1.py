"""The protocol between server and agent, version 1.

``GET /host/v1/feed?host=H&after=P&wait=S`` answers a :class:`Feed` as soon as something newer than position P exists
for host H, or after S seconds with nothing. With ``&tunnels=V`` it also answers as soon as tunnels between hosts end
elsewhere than version V says; a host that has none does not ask. ``POST /host/v1/report`` takes a :class:`Report` and
answers :class:`ReportAnswer`; it is acknowledgement, measurement and heartbeat in one. Both carry ``X-Host-Token``.
An unknown host gets 404 with code ``unknown_host`` from the feed: it must report first, which registers it.
"""

from typing import Any

import msgspec

from openlbaas.desired.spec import Spec

TOKEN_HEADER = "X-Host-Token"  # noqa: S105 - the name of a header
FEED_PATH = "/host/v1/feed"
REPORT_PATH = "/host/v1/report"
TUNNEL_ADDRESS = "tunneling_ip"
"""Where in the configurations of a report a host's own end of tunnels is, as in those of the original's agents."""
TOPOLOGIES = "topologies"
"""Where in the configurations of a report it says how many hosts a load balancer may have that this one serves."""
NO_TUNNELS_KNOWN = "none"
"""The version that a host names which was told of no tunnels yet."""


class Tunnels(msgspec.Struct, frozen=True, kw_only=True):
    """Where the tunnels of all hosts end.

    Shape: addresses are sorted and have the host's own among them; version is equal where they are.
    """

    version: str
    addresses: tuple[str, ...]


class Inquiry(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody wants to know what a host would do for a load balancer, if it looked at it now."""

    id: str
    load_balancer_id: str


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """What a host should run that it may not know yet.

    Shape: full True lists every load balancer of the host, so that whatever is not in it must go; full False lists
    only those that changed after the position asked for. inquiries are to be answered by a report soon. tunnels None
    says nothing new of them.
    """

    position: int
    full: bool
    agent_id: str
    specs: tuple[Spec, ...] = ()
    tunnels: Tunnels | None = None
    inquiries: tuple[Inquiry, ...] = ()


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that would be done: an act, what it touches, and why; for people."""

    action: str
    what: str
    why: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What a host would do.

    Shape: state is one of STATES; revision is that of the spec which the steps lead to; reason is why the last try
    failed, or why nobody can say.
    Units: again_in_s is when the next try comes, in seconds; None when none is due.
    """

    id: str
    state: str
    revision: int = 0
    steps: tuple[PlannedStep, ...] = ()
    reason: str = ""
    again_in_s: float | None = None


IN_SYNC, PLANNED, UNDER_WAY, REFUSED, UNKNOWN = "in_sync", "planned", "under_way", "refused", "unknown"
STATES = frozenset({IN_SYNC, PLANNED, UNDER_WAY, REFUSED, UNKNOWN})
"""Nothing to do; steps that would be done; being done now; it can't be done; this host has no such load balancer."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one spec on a host.

    Shape: revision and digest are those of the spec; refused carries a reason that a person can act on.
    """

    load_balancer_id: str
    revision: int
    digest: str
    applied: bool
    reason: str = ""


class Counters(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one object of one HAProxy process has done since the process began.

    Shape: every number only grows while the process lives, but active_connections, which is of this moment.
    """

    bytes_in: int = 0
    bytes_out: int = 0
    active_connections: int = 0
    total_connections: int = 0
    requests: int = 0
    responses_1xx: int = 0
    responses_2xx: int = 0
    responses_3xx: int = 0
    responses_4xx: int = 0
    responses_5xx: int = 0
    responses_other: int = 0
    request_errors: int = 0
    connection_errors: int = 0
    response_errors: int = 0


class Sample(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The counters of one HAProxy process.

    Shape: process names it uniquely in the life of the cloud; the maps are by the id of the object; ended says that
    the process is gone and this is all that it ever counted.
    """

    process: str
    ended: bool = False
    listeners: dict[str, Counters] = {}
    pools: dict[str, Counters] = {}
    members: dict[str, Counters] = {}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A host's heartbeat with everything it has to say.

    Shape: started True in the first report of an agent process; members maps load balancer id to member id to one of
    UP, DOWN, UNCHECKED, and names only load balancers whose members changed since the last accepted report;
    statistics maps load balancer id to one sample for each process that still counts, and one more for each that ended,
    and names only load balancers where something moved since then; died names those of which a process that served
    ended by itself since then; roles maps load balancers that two hosts serve by turns to ACTIVE, STANDBY or FAULT, and
    names those whose role changed since the last accepted report.
    """

    host: str
    started: bool = False
    drivers: tuple[str, ...] = ("haproxy_ns",)
    instances: int = 0
    availability_zone: str | None = None
    configurations: dict[str, Any] = {}
    outcomes: tuple[Outcome, ...] = ()
    members: dict[str, dict[str, str]] = {}
    statistics: dict[str, tuple[Sample, ...]] = {}
    died: tuple[str, ...] = ()
    roles: dict[str, str] = {}
    answers: tuple[Answer, ...] = ()

    @property
    def only_lives(self) -> bool:
        """Tell whether the report says nothing but that the host lives, and what it is."""
        same = {name: getattr(self, name) for name in _OF_THE_HOST}
        return self == Report(**same)


_OF_THE_HOST = ("host", "drivers", "instances", "availability_zone", "configurations")


class ReportAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whom the server takes the host for."""

    agent_id: str


class HostError(msgspec.Struct, frozen=True, kw_only=True):
    """Why a host's request was refused."""

    code: str
    message: str
