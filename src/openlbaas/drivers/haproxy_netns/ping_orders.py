"""Telling each HAProxy how the servers are that it does not check itself."""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import structlog

from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.haproxy_netns import control
from openlbaas.drivers.haproxy_netns.ping_targets import orders

_MOST_IN_ONE = 100
"""Orders in one line: HAProxy takes no line that is longer than its buffer."""

_LOG = structlog.get_logger()

Health = Mapping[tuple[str, str], MemberHealth]


class Orders:
    """A thread that tells, so that an HAProxy that hangs holds up no ping.

    Order: what is given later counts; what can't be told is not kept, for everything is told again with every load and
    every measurement.
    """

    def __init__(self, socket_of: Callable[[str], Path]) -> None:
        """Take where an HAProxy answers."""
        self._socket_of = socket_of
        self._changed: list[Callable[[str], None]] = []
        self._guard = threading.Condition()
        self._waiting: dict[str, dict[tuple[str, str], MemberHealth]] = {}
        self._news: set[str] = set()
        self._thread: threading.Thread | None = None

    def notify(self, changed: Callable[[str], None]) -> None:
        """Call this with the id of a load balancer whenever its HAProxy was told news."""
        self._changed.append(changed)

    def give(self, load_balancer_id: str, health: Health, *, news: bool) -> None:
        """Have the HAProxy of a load balancer told how these servers are, by backend and name."""
        if not health:
            return
        with self._guard:
            self._waiting.setdefault(load_balancer_id, {}).update(health)
            if news:
                self._news.add(load_balancer_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ping-orders", daemon=True)
                self._thread.start()
            self._guard.notify()

    def forget(self, load_balancer_id: str) -> None:
        """Tell the HAProxy of a load balancer nothing more."""
        with self._guard:
            self._waiting.pop(load_balancer_id, None)
            self._news.discard(load_balancer_id)

    def _run(self) -> None:
        while True:
            try:
                self._carry_out()
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("an order could not be given; the next ones are")

    def _carry_out(self) -> None:
        """Wait for orders to one HAProxy and give them."""
        with self._guard:
            self._guard.wait_for(lambda: self._waiting)
            load_balancer_id = next(iter(self._waiting))
            health = self._waiting.pop(load_balancer_id)
            news = load_balancer_id in self._news
            self._news.discard(load_balancer_id)
        self._tell(load_balancer_id, orders(health))
        if news:
            down = sorted(server for (_, server), is_ in health.items() if is_ == MemberHealth.DOWN)
            _LOG.info("pinged", load_balancer=load_balancer_id, members=len(health), down=down)
            for changed in self._changed:
                changed(load_balancer_id)

    def _tell(self, load_balancer_id: str, words: tuple[str, ...]) -> None:
        socket = self._socket_of(load_balancer_id)
        with suppress(OSError):
            for first in range(0, len(words), _MOST_IN_ONE):
                control.ask(socket, "; ".join(words[first : first + _MOST_IN_ONE]))
