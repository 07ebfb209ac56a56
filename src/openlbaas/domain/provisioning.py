"""How far the data plane has caught up with one object, derived and never stored.

A load balancer counts its own changes: its *revision* goes up by one in the transaction of every change to it or to
anything below it. A host answers with the highest revision it has *applied* and, where it could not apply one, with
the revision it *refused*. What the wire calls ``provisioning_status`` follows from those counters alone, so there is
no flag to forget, to race or to repair.
"""

from dataclasses import dataclass
from enum import StrEnum


class Provisioning(StrEnum):
    """The provisioning status of one object, in the words of both APIs."""

    PENDING_CREATE = "PENDING_CREATE"
    PENDING_UPDATE = "PENDING_UPDATE"
    PENDING_DELETE = "PENDING_DELETE"
    ACTIVE = "ACTIVE"
    ERROR = "ERROR"
    GONE = "GONE"
    """Deleted, and the host has confirmed it: the row may be purged. On the wire this is 404."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The revisions at which one object was created, last changed and asked to be deleted.

    Shape: 1 <= created <= changed; deleted is None or > changed.
    """

    created: int
    changed: int
    deleted: int | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What the hosts have told us about one load balancer.

    Shape: 0 <= applied <= revision; 0 <= refused <= revision; 0 means never.
    Units: committed_at is seconds since the epoch, UTC, of the commit that made *revision*.
    """

    revision: int
    applied: int = 0
    refused: int = 0
    reason: str = ""
    committed_at: float = 0.0


def provisioning(mark: Mark, progress: Progress, *, now: float, patience_s: float) -> Provisioning:
    """Name the provisioning status of one object.

    Units:  now is seconds since the epoch, UTC; patience_s is how long silence is not yet an error, in seconds.
    Raises: nothing.
    Source: the status tables of LBaaS v2 and Octavia v2 (docs/reference/status.md).
    """
    awaited = mark.changed if mark.deleted is None else mark.deleted
    if progress.applied >= awaited:
        return Provisioning.ACTIVE if mark.deleted is None else Provisioning.GONE
    if progress.refused >= awaited or now - progress.committed_at > patience_s:
        return Provisioning.ERROR
    if mark.deleted is not None:
        return Provisioning.PENDING_DELETE
    return Provisioning.PENDING_CREATE if progress.applied < mark.created else Provisioning.PENDING_UPDATE
