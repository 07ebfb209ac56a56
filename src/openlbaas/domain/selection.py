"""Which objects a list is about, as far as the database can narrow it down."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Conditions that all hold; None means "any".

    Shape: parent_id is the load balancer of a listener or pool, the pool of a member or health monitor, the network
    of a subnet or port.
    """

    ids: tuple[str, ...] | None = None
    names: tuple[str, ...] | None = None
    parent_id: str | None = None
    project_id: str | None = None
    device_ids: tuple[str, ...] | None = None
