"""Which of several hosts may answer for a load balancer, decided by what each was told and what it hears of others.

A host is told a claim with each load balancer: the number of its binding, which only grows. Of two hosts that were both
told to serve, the one with the higher claim was told last. No host asks a server to find that out, so it holds while
none can be reached; and a host that hears nobody serves on.
"""

from dataclasses import dataclass
from enum import Enum

UNNUMBERED = 0
"""The claim of a host that was told of no bindings: it gives up to nobody, and nobody to it."""


class State(Enum):
    """What a host does with a load balancer.

    Shape: WAITING has everything ready and does not answer; YIELDED answered until it heard of a better claim.
    """

    WAITING = 0
    SERVING = 1
    YIELDED = 2


class Reaction(Enum):
    """What to do about what another host says.

    Shape: INSIST says at once who serves, to that host and to the neighbours of both; YIELD gives up, or sees to it
        that what was given up is.
    """

    NOTHING = "nothing"
    INSIST = "insist"
    YIELD = "yield"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a host says of one load balancer.

    Shape: host is anything that differs from host to host and can be ordered.
    """

    number: int
    host: bytes
    state: State


def may_serve(number: int, yielded_to: int | None, *, assured: bool) -> bool:
    """Tell whether a host may answer for a load balancer whose claim it was told.

    Shape: yielded_to is the best claim of others that this host gave it up to, None when it never did. It says no until
        this host is told a higher one, whatever became of the host that had it: only a server knows whose turn it is.
        assured says that a server told it, or that this host served by it before and nobody claimed better since, or
        that it listened for long enough to know.
    """
    if number == UNNUMBERED:
        return True
    return assured and (yielded_to is None or number > yielded_to)


def reaction(own: Claim, heard: Claim) -> Reaction:
    """Say what to do about another host's claim of the same load balancer.

    Shape: of two equal claims, which no server gives out, the lower host stands: both must come to the same end.
    """
    if UNNUMBERED in (own.number, heard.number) or own.host == heard.host:
        return Reaction.NOTHING
    if _better(heard, own):
        return Reaction.YIELD if heard.state is State.SERVING else Reaction.NOTHING
    return Reaction.INSIST if own.state is State.SERVING else Reaction.NOTHING


def _better(one: Claim, other: Claim) -> bool:
    return (one.number, other.host) > (other.number, one.host)
