"""What waits to be reconciled: the newest spec of each load balancer, one worker per load balancer at a time.

:class:`Backlog` decides and knows neither clock nor threads; :class:`Queue` lets workers wait for what it says.
"""

import heapq
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from openlbaas.desired.spec import Spec

FIRST_RETRY_S = 0.5
LONGEST_RETRY_S = 30.0
# What fell, stood longer than this and fell again is raised at once; what falls more often has to wait.
STEADY_S = 60.0
# The next look at what is in order comes somewhere in this part of the interval, so that looks spread out.
_HEAL_PART = (0.5, 1.0)
# Looks come in so many handfuls, for a host that sleeps in between spends a third of what it spends awake at each.
_HANDFULS = 30


class Verdict(Enum):
    """How a turn ended: DONE as wanted, FAILED and to be tried again."""

    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class _Entry:
    """One load balancer.

    Shape: due None when nobody should look; later is what becomes due when the turn under way ends; fails and falls
        count in a row.
    """

    spec: Spec
    due: float | None = None
    later: float | None = None
    working: bool = False
    fails: int = 0
    falls: int = 0
    fell_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with one load balancer.

    Shape: fails counts in a row; working says that somebody works on it now.
    Units: due_in_s is how long until it is looked at again, in seconds; None when nobody will by himself.
    """

    spec: Spec
    working: bool
    fails: int
    due_in_s: float | None


class Backlog:
    """Whose turn it is.

    Units: instants and intervals are seconds on one clock, which the caller has.
    """

    def __init__(self, heal_interval_s: float, random: Callable[[], float]) -> None:
        """Begin empty; random answers 0 <= x < 1."""
        self._heal_interval_s = heal_interval_s
        self._random = random
        self._entries: dict[str, _Entry] = {}
        self._heap: list[tuple[float, str]] = []

    def specs(self) -> tuple[Spec, ...]:
        """List the newest spec of each load balancer known."""
        return tuple(entry.spec for entry in self._entries.values())

    def standing(self, load_balancer_id: str, now: float) -> Standing | None:
        """Say how it stands with one; None when it is not known."""
        entry = self._entries.get(load_balancer_id)
        if entry is None:
            return None
        due_in_s = None if entry.due is None else max(entry.due - now, 0.0)
        return Standing(entry.spec, entry.working, entry.fails, due_in_s)

    def adopt(self, spec: Spec) -> None:
        """Know what runs already, without looking at it."""
        self._entries.setdefault(spec.id, _Entry(spec))

    def put(self, spec: Spec, now: float) -> None:
        """Want this spec instead of whatever was wanted; it is due at once."""
        entry = self._entries.setdefault(spec.id, _Entry(spec))
        entry.spec = spec
        entry.fails = entry.falls = 0
        self._due(entry, now)

    def fell(self, load_balancer_id: str, now: float) -> None:
        """Look again at one whose process ended: at once, unless it keeps falling."""
        entry = self._entries.get(load_balancer_id)
        if entry is None:
            return
        if now - entry.fell_at > STEADY_S:
            entry.falls = 0
        self._due(entry, now + _pause_s(entry.falls))
        entry.falls += 1
        entry.fell_at = now

    def look(self, load_balancer_id: str, now: float) -> None:
        """Look at one now, whatever became of it before."""
        entry = self._entries.get(load_balancer_id)
        if entry is not None:
            self._due(entry, now)

    def take(self, now: float) -> Spec | None:
        """Hand out a spec that is due, the longest due first; None when none is.

        Order: end must follow for each.
        """
        while self._heap and self._heap[0][0] <= now:
            due, id_ = heapq.heappop(self._heap)
            entry = self._entries.get(id_)
            if entry is not None and entry.due == due and not entry.working:
                entry.due, entry.later, entry.working = None, None, True
                return entry.spec
        return None

    def end(self, spec: Spec, verdict: Verdict, now: float) -> None:
        """End the turn of a spec that was taken; whatever came meanwhile is due at once."""
        entry = self._entries[spec.id]
        entry.working = False
        entry.fails = 0 if verdict is Verdict.DONE else entry.fails + 1
        if entry.later is not None:
            self._due(entry, max(entry.later, now))
        elif verdict is Verdict.FAILED:
            self._due(entry, now + _pause_s(entry.fails))
        elif spec.present:
            self._due(entry, self._heal_at(now))
        else:
            del self._entries[spec.id]

    def _heal_at(self, now: float) -> float:
        low, high = _HEAL_PART
        due = now + self._heal_interval_s * (low + (high - low) * self._random())
        apart_s = self._heal_interval_s / _HANDFULS
        return due // apart_s * apart_s

    def next_due(self) -> float | None:
        """Name the instant at which something is due; None when nothing is."""
        while self._heap:
            due, id_ = self._heap[0]
            entry = self._entries.get(id_)
            if entry is not None and entry.due == due and not entry.working:
                return due
            heapq.heappop(self._heap)
        return None

    def _due(self, entry: _Entry, due: float) -> None:
        if entry.working:
            entry.later = due if entry.later is None else min(entry.later, due)
        elif entry.due is None or due < entry.due:
            entry.due = due
            heapq.heappush(self._heap, (due, entry.spec.id))


def _pause_s(times: int) -> float:
    """Say how long to wait after so many failures in a row."""
    return 0.0 if times == 0 else min(FIRST_RETRY_S * 2.0 ** min(times - 1, 16), LONGEST_RETRY_S)


class Queue:
    """A backlog that several threads share."""

    def __init__(self, backlog: Backlog, clock: Callable[[], float] = time.monotonic) -> None:
        """Share a backlog on a clock."""
        self._backlog = backlog
        self._clock = clock
        self._moved = threading.Condition()
        self._closed = False
        self._waits_until: float | None = None

    def specs(self) -> tuple[Spec, ...]:
        """List the newest spec of each load balancer known."""
        with self._moved:
            return self._backlog.specs()

    def standing(self, load_balancer_id: str) -> Standing | None:
        """Say how it stands with one; None when it is not known."""
        with self._moved:
            return self._backlog.standing(load_balancer_id, self._clock())

    def adopt(self, spec: Spec) -> None:
        """Know what runs already, without looking at it."""
        with self._moved:
            self._backlog.adopt(spec)

    def put(self, spec: Spec) -> None:
        """Want this spec; it is due at once."""
        with self._moved:
            self._backlog.put(spec, self._clock())
            self._moved.notify()

    def fell(self, load_balancer_id: str) -> None:
        """Look again at one whose process ended."""
        with self._moved:
            self._backlog.fell(load_balancer_id, self._clock())
            self._moved.notify()

    def look(self, load_balancer_id: str) -> None:
        """Look at one now."""
        with self._moved:
            self._backlog.look(load_balancer_id, self._clock())
            self._moved.notify()

    def take(self) -> Spec | None:
        """Wait for a spec that is due; None when the queue is closed."""
        with self._moved:
            while not self._closed:
                now = self._clock()
                spec = self._backlog.take(now)
                due = self._backlog.next_due()
                if spec is not None:
                    self._call(due)
                    return spec
                self._wait(due, now)
            return None

    def end(self, spec: Spec, verdict: Verdict) -> None:
        """End the turn of a spec that was taken.

        Order: who ends a turn takes the next one, or waits for it.
        """
        with self._moved:
            self._backlog.end(spec, verdict, self._clock())

    def _call(self, due: float | None) -> None:
        """Have somebody who idles take what is due next, or wait until it is, unless somebody does already."""
        if due is not None and (self._waits_until is None or due < self._waits_until):
            self._moved.notify()

    def _wait(self, due: float | None, now: float) -> None:
        """Wait until something is due, or to be called: one of all who idle looks at the clock."""
        if due is None or (self._waits_until is not None and self._waits_until <= due):
            self._moved.wait()
            return
        self._waits_until = due
        self._moved.wait(due - now)
        if self._waits_until == due:
            self._waits_until = None

    def close(self) -> None:
        """Let every worker go."""
        with self._moved:
            self._closed = True
            self._moved.notify_all()
