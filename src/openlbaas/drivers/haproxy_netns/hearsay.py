"""Load balancers that this host knows from its own records alone, and how long others have been listened to."""

import threading
import time
from collections.abc import Callable, Iterable

LISTEN_S = 2.0
"""Whoever serves says so each second, and at once to whom he hears waiting."""


class Hearsay:
    """What no server has confirmed since this host started."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take everything for confirmed."""
        self._clock = clock
        self._guard = threading.Lock()
        self._listened_from: dict[str, float | None] = {}

    def begin(self, load_balancer_ids: Iterable[str]) -> None:
        """Take these for not confirmed."""
        with self._guard:
            self._listened_from.update(dict.fromkeys(load_balancer_ids))

    def end(self) -> None:
        """Take everything for confirmed."""
        with self._guard:
            self._listened_from.clear()

    def listened_from_now(self, load_balancer_id: str) -> None:
        """Note that others on its network can be heard now."""
        with self._guard:
            if self._listened_from.get(load_balancer_id, 0.0) is None:
                self._listened_from[load_balancer_id] = self._clock()

    def assured(self, load_balancer_id: str) -> bool:
        """Tell whether a load balancer is confirmed, or others were listened to for long enough."""
        with self._guard:
            if load_balancer_id not in self._listened_from:
                return True
            since = self._listened_from[load_balancer_id]
            return since is not None and self._clock() - since >= LISTEN_S
