"""What happened to a load balancer, for people who ask why."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Shape: name is a word that programs can go by (docs/reference/events.md), text a clause for people.
    Units: at is seconds since the epoch, UTC.
    """

    id: str
    at: float
    project_id: str
    load_balancer_id: str
    name: str
    text: str
