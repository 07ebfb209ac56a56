"""Whether a server answers: one line in the log per outage, however many threads notice it."""

import threading
import time
from collections.abc import Callable
from random import Random

import structlog

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 5.0
_LOG = structlog.get_logger()


class Contact:
    """What the threads that talk to servers know of them together."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Expect servers to answer."""
        self._clock = clock
        self._moved = threading.Condition()
        self._lost_at: float | None = None
        self._outages = 0
        self.closed = False

    def answered(self) -> None:
        """Note an answer; whoever pauses tries again now."""
        with self._moved:
            if self._lost_at is None:
                return
            lost_s = self._clock() - self._lost_at
            self._lost_at = None
            self._outages += 1
            self._moved.notify_all()
        _LOG.info("a server answers again", after_s=round(lost_s, 1))

    def failed(self, problem: Exception) -> None:
        """Note that no server answered."""
        with self._moved:
            if self._lost_at is not None or self.closed:
                return
            self._lost_at = self._clock()
        _LOG.warning("no server answers; what runs is left alone and asking goes on", reason=str(problem))

    def pause(self, pause_s: float) -> None:
        """Wait before the next try, unless somebody else gets an answer meanwhile."""
        with self._moved:
            before = self._outages
            self._moved.wait_for(lambda: self.closed or self._outages > before, pause_s)

    def close(self) -> None:
        """Let everybody who pauses go."""
        with self._moved:
            self.closed = True
            self._moved.notify_all()


class Pauses:
    """How long to wait between tries: ever longer, never twice the same."""

    def __init__(self, random: Random, longest_s: float = LONGEST_PAUSE_S) -> None:
        """Begin short, and never wait longer than that."""
        self._random = random
        self._longest_s = max(longest_s, FIRST_PAUSE_S)
        self._tries = 0

    def next_s(self) -> float:
        """Name the next pause, in seconds."""
        longest = min(FIRST_PAUSE_S * 2.0 ** min(self._tries, 16), self._longest_s)
        self._tries += 1
        return max(FIRST_PAUSE_S, longest * self._random.uniform(0.5, 1.0))

    def reset(self) -> None:
        """Begin short again."""
        self._tries = 0
