"""A client that asks a VIP all the time, on new connections, and never waits for an answer before it asks again.

What it finds is the longest time without a right answer: the gap that users of a service see.
"""

from __future__ import annotations

import selectors
import socket
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Self

from openlbaas.cli.lab import wiring
from openlbaas.cli.lab.state import WEB_PORT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openlbaas.cli.lab.names import Names

INTERVAL_S = 0.01
_PATIENCE_S = 3.0
_LONGEST_ANSWER = 4096


class Gap(NamedTuple):
    """A time without right answers, between the last one before and the first one after.

    Units: seconds since the epoch, UTC
    """

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.ended - self.began


class Miss(NamedTuple):
    """A question that got no right answer.

    Units: asked is seconds since the epoch, UTC
    """

    asked: float
    why: str


@dataclass
class _Question:
    """One question on its way."""

    connection: socket.socket
    asked: float
    sent: bool = False
    answer: bytes = b""


@dataclass
class Polling:
    """Asks from the client's place, from the start of a context to its end.

    Shape: answered are the instants of right answers, in order; failed the questions that got none
    Units: seconds since the epoch, UTC
    """

    lab: Names
    vip: str
    answered: list[float] = field(default_factory=list)
    failed: list[Miss] = field(default_factory=list)

    def __enter__(self) -> Self:
        """Begin."""
        self._ending = threading.Event()
        self._waiting = selectors.DefaultSelector()
        self._faults: list[OSError] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End; questions that are on their way count for nothing.

        Raises: OSError when it could not even ask
        """
        self._ending.set()
        self._thread.join()
        for key in list(self._waiting.get_map().values()):
            key.data.connection.close()
        self._waiting.close()
        if self._faults:
            raise self._faults[0]

    def failed_since(self, instant: float) -> int:
        """Count the questions that were asked after an instant and got no right answer."""
        return sum(miss.asked > instant for miss in self.failed)

    def gap(self) -> Gap:
        """Find the longest gap so far."""
        return longest(self.answered)

    def _run(self) -> None:
        try:
            wiring.enter(self.lab.namespace_path("client"))
        except OSError as problem:
            self._faults.append(problem)
            return
        due = time.monotonic()
        while not self._ending.is_set():
            now = time.monotonic()
            if now >= due:
                self._ask()
                due = max(due + INTERVAL_S, now)
            for key, _ in self._waiting.select(max(0.0, due - time.monotonic())):
                self._go_on(key.data)
            self._give_up(time.time() - _PATIENCE_S)

    def _ask(self) -> None:
        connection = socket.socket()
        connection.settimeout(0)
        connection.connect_ex((self.vip, WEB_PORT))  # What is wrong with it is said again when it is written to.
        self._waiting.register(connection, selectors.EVENT_WRITE, _Question(connection, time.time()))

    def _go_on(self, question: _Question) -> None:
        try:
            if not question.sent:
                question.connection.sendall(f"GET / HTTP/1.0\r\nHost: {self.vip}\r\n\r\n".encode())
                question.sent = True
                self._waiting.modify(question.connection, selectors.EVENT_READ, question)
            elif more := question.connection.recv(_LONGEST_ANSWER):
                question.answer += more
            else:
                line = question.answer.partition(b"\r\n")[0]
                self._end(question, "" if b" 200 " in line else f"answered {line!r}")
        except OSError as fault:
            self._end(question, f"{'waiting for an answer' if question.sent else 'connecting'}: {fault}")

    def _give_up(self, before: float) -> None:
        """Give up questions that were asked before an instant."""
        late = [key.data for key in self._waiting.get_map().values() if key.data.asked < before]
        for question in late:
            self._end(question, f"no answer in {_PATIENCE_S:g} s")

    def _end(self, question: _Question, why: str) -> None:
        """End a question that was answered well, or say why not."""
        self._waiting.unregister(question.connection)
        question.connection.close()
        if why:
            self.failed.append(Miss(question.asked, why))
        else:
            self.answered.append(time.time())


def longest(instants: Sequence[float]) -> Gap:
    """Find the longest time between two instants that follow one another; none between fewer than two."""
    return max((Gap(*pair) for pair in pairwise(instants)), key=lambda gap: gap.seconds, default=Gap(0.0, 0.0))
