"""Which objects a list is about, as far as the database can narrow it down."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a list that is asked for, in its own order.

    Shape: at most so many rows after the one with the id of the marker, or before it where it is read backwards; the
    row of the marker comes as well, if it is there.
    """

    rows: int
    marker: str | None = None
    backwards: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Conditions that all hold; None means "any".

    Shape: parent_id is the load balancer of a listener or pool, the pool of a member or health monitor, the network
    of a subnet or port; window is for lists that grow for ever, which are events.
    """

    ids: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    parent_id: str | None = None
    project_id: str | None = None
    device_ids: tuple[str, ...] | None = None
    window: Window | None = None
