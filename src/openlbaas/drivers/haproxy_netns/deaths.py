"""The keeper's watch over each HAProxy that another host must stand in for when it ends, should no agent do that.

An agent that lives notices first, and knows which process is only replaced; it is given a second. Nothing here needs
more than the standard library.
"""

import os
import select
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from openlbaas.drivers.haproxy_netns import wellness
from openlbaas.drivers.haproxy_netns.holdings import Holding

GRACE_S = 1.0
_LONGEST_PID = 32


@dataclass(slots=True)
class _Watched:
    """One HAProxy.

    Shape: descriptor None while none is known; told says that keepalived knows.
    """

    holding: Holding
    descriptor: int | None = None
    missed_at: float | None = None
    told: bool = False


class Deaths:
    """Every HAProxy of one host that another host stands in for.

    Units: instants are seconds on one clock, which the caller has.
    """

    def __init__(self, poll: "select.epoll") -> None:
        """Take what descriptors are waited for with."""
        self._poll = poll
        self._watched: dict[str, _Watched] = {}

    def put(self, holding: Holding | None, load_balancer_id: str) -> None:
        """Watch what is held, if it must be."""
        known = self._watched.get(load_balancer_id)
        if holding is None or not holding.track:
            if known is not None:
                self._leave(self._watched.pop(load_balancer_id))
        elif known is None:
            self._watched[load_balancer_id] = _Watched(holding)
        else:
            known.holding = holding

    def ended(self, descriptor: int) -> None:
        """Take in that a descriptor says that a process ended; it may be another's."""
        for each in self._watched.values():
            if each.descriptor == descriptor:
                self._leave(each)

    def due(self, now: float, *, agent: bool) -> tuple[str, ...]:
        """Look at those that are not followed; tell keepalived of those that ended, and name them.

        Shape: agent says that there is one, which has a moment to do it.
        """
        return tuple(id_ for id_, each in self._watched.items() if self._fell(each, now, agent=agent))

    def _fell(self, each: _Watched, now: float, *, agent: bool) -> bool:
        if each.descriptor is not None or self._follow(each):
            return False
        if each.missed_at is None:
            each.missed_at = now
        if each.told or (agent and now - each.missed_at < GRACE_S):
            return False
        with suppress(OSError):
            wellness.note(each.holding.track, well=False)
            each.told = True
        return each.told

    def _follow(self, each: _Watched) -> bool:
        process = _process(each.holding.process)
        if process is None:
            return False
        with suppress(OSError):
            descriptor = os.pidfd_open(process)
            if _process(each.holding.process) != process:
                os.close(descriptor)
                return False
            self._poll.register(descriptor, select.EPOLLIN)
            each.descriptor, each.missed_at, each.told = descriptor, None, False
            return True
        return False

    def _leave(self, each: _Watched) -> None:
        if each.descriptor is not None:
            self._poll.unregister(each.descriptor)
            os.close(each.descriptor)
            each.descriptor = None


def _process(file: str) -> int | None:
    """Name the process of a pid file that was started with this very file; None when there is none."""
    with suppress(OSError, ValueError):
        process = int(Path(file).read_bytes()[:_LONGEST_PID].split(b"\n", 1)[0])
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        return process if os.fsencode(file) in words else None
    return None
