"""Whether an address is up, from the echo requests that were sent to it and the answers that came.

Nothing here reads a clock or a socket: instants are given, in seconds of any clock that never goes back.
"""

from collections import deque
from dataclasses import dataclass

from openlbaas.domain.vocabulary import MemberHealth

MOST_WAITING = 64
"""How many requests to one address may wait for an answer at once."""


@dataclass(frozen=True, slots=True)
class Asking:
    """How an address is asked.

    Units: delay_s from one request to the next, timeout_s from a request to its answer; fall and rise are numbers of
    requests in a row.
    """

    delay_s: float
    timeout_s: float
    fall: int
    rise: int

    @property
    def patience_s(self) -> float:
        """The longest wait for an answer: the time-out, as long as no more than so many requests wait meanwhile."""
        return min(self.timeout_s, self.delay_s * MOST_WAITING)


class Judgement:
    """What is known of one address.

    Shape: health None until the first request was judged, which alone decides, as with HAProxy's own checks: what has
    not been seen to live must not get requests for long.
    """

    def __init__(self, asking: Asking, health: MemberHealth | None, now: float, first_delay_s: float) -> None:
        """Begin with what is known; the first request is due at once and the second after the first delay."""
        self.asking = asking
        self.health = health
        self._due = now
        self._first_delay_s: float | None = first_delay_s
        self.number = 0
        self._contradictions = 0
        self._waiting: deque[tuple[int, float]] = deque()

    def alter(self, asking: Asking) -> None:
        """Ask otherwise from the next request on; what is known stays known."""
        self._due = min(self._due, self._due - self.asking.delay_s + asking.delay_s)
        self.asking = asking
        self._contradictions = 0

    def is_due(self, now: float) -> bool:
        """Tell whether a request should be sent."""
        return self._due <= now

    def send(self, now: float) -> None:
        """Note that a request with the next number is sent."""
        self.number += 1
        self._waiting.append((self.number, now + self.asking.patience_s))
        delay_s = self.asking.delay_s if self._first_delay_s is None else self._first_delay_s
        self._first_delay_s = None
        # From when it was due, so that delays don't add up; but what was missed while asleep is not made up for.
        self._due = self._due + delay_s if self._due + delay_s > now else now + delay_s

    def postpone(self, until: float) -> None:
        """Note that a request could not be sent, which says nothing about the address."""
        self._due = until

    def answered(self, number: int) -> bool:
        """Note that a request was answered and tell whether that changes the health.

        Order: answers to earlier requests come no more, for networks don't reorder by whole delays; an answer that
        comes after its time is no answer.
        """
        if not any(number == waiting for waiting, _ in self._waiting):
            return False
        before = self.health
        while self._waiting:
            earliest, _ = self._waiting.popleft()
            self._judge(good=earliest == number)
            if earliest == number:
                break
        return self.health != before

    def expire(self, now: float) -> bool:
        """Note which requests were not answered in time and tell whether that changes the health."""
        before = self.health
        while self._waiting and self._waiting[0][1] <= now:
            self._waiting.popleft()
            self._judge(good=False)
        return self.health != before

    def next_turn(self) -> float:
        """Name the instant at which something is to be sent or judged."""
        return min(self._due, self._waiting[0][1]) if self._waiting else self._due

    def _judge(self, *, good: bool) -> None:
        seen = MemberHealth.UP if good else MemberHealth.DOWN
        if self.health is None:
            self.health = seen
        elif seen == self.health:
            self._contradictions = 0
        else:
            self._contradictions += 1
            if self._contradictions >= (self.asking.rise if good else self.asking.fall):
                self.health = seen
                self._contradictions = 0
