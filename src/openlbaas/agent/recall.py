"""A host that starts and reaches no server: what its own records say is better than nothing, but not at once.

What still runs needs none of this; it is not touched. What does not run may have been given to another host while this
one was down, so it is made ready first, and served when nobody on its network says so within a while.
"""

import threading
from typing import Any

import structlog

from openlbaas.agent.observe import Watchdog
from openlbaas.agent.queue import Queue
from openlbaas.drivers.interface import InstanceDriver

PATIENCE_S = 3.0
"""A server that runs answers long before: what it says comes first."""
_LOG = structlog.get_logger()


class Recall:
    """Works from the records once, when no server says anything."""

    def __init__(
        self, driver: InstanceDriver[Any, Any], queue: Queue, watchdog: Watchdog, patience_s: float = PATIENCE_S
    ) -> None:
        """Take what is to be done with what is known."""
        self._driver = driver
        self._queue = queue
        self._watchdog = watchdog
        self._patience_s = patience_s
        self._guard = threading.Lock()
        self._told = threading.Event()

    def told(self) -> None:
        """Know that a server has said what this host should run; records are of no use from then on."""
        with self._guard:
            self._told.set()
            self._driver.reassure()

    def run(self) -> None:
        """Wait for a server, then do without."""
        if self._told.wait(self._patience_s):
            return
        running = {spec.id for spec in self._watchdog.followed()}
        ids = sorted(spec.id for spec in self._queue.specs() if spec.present and spec.id not in running)
        if not ids:
            return
        with self._guard:
            if self._told.is_set():
                return
            listens_s = self._driver.recall(ids)
        _LOG.warning("no server answers, and not everything runs: records are followed", load_balancers=len(ids))
        self._look(ids)
        if not self._told.wait(listens_s):
            self._look(ids)

    def close(self) -> None:
        """Wait no longer."""
        self._told.set()

    def _look(self, ids: list[str]) -> None:
        for load_balancer_id in ids:
            self._queue.look(load_balancer_id)
