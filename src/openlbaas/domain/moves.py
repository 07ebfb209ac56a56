"""Load balancers on their way from host to host."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leaving:
    """The host that serves a load balancer until the one that it is bound to has it as well.

    Shape: claim is that of its own binding; revision is the first that the other host gets; why is a clause for people.
    Units: began_at is seconds since the epoch, UTC.
    """

    load_balancer_id: str
    agent_id: str
    host: str
    claim: int
    revision: int
    began_at: float
    why: str


@dataclass(frozen=True, slots=True)
class Account:
    """What is remembered of a load balancer that lost its host.

    Shape: home_agent_id is the host it would go back to.
    Units: lost_at is when the host that was lost was last heard of, in seconds since the epoch, UTC; None when no host
    is lost.
    """

    lost_at: float | None = None
    home_agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A load balancer that goes, or would go, from one host to another.

    Shape: hosts by name; from_host None when it had none.
    """

    load_balancer_id: str
    from_host: str | None
    to_host: str
