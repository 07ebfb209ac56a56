"""Servers that get no new request and finish what they have, in the processes of every load balancer of this host.

HAProxy keeps a server that is switched off for as long as connections to it last. Here is remembered which ones there
are and until when they may last; an agent that starts learns both from the process that runs.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from openlbaas.drivers.haproxy_netns import control, records
from openlbaas.drivers.haproxy_netns.names import Files
from openlbaas.haproxy.answers import servers_state
from openlbaas.haproxy.runtime import Server, deleted, deletion, wanted_servers


@dataclass(frozen=True, slots=True)
class Drain:
    """One server that drains.

    Shape: server None where nobody remembers its line; stays says that it is only switched off.
    Units: until is an instant of the monotonic clock, in seconds.
    """

    path: str
    server: Server | None
    stays: bool
    until: float


class Draining:
    """What drains on this host.

    Order: a load balancer is changed and tidied by several threads; who takes an entry out has it alone.
    """

    def __init__(self, timeout_s: float) -> None:
        """Take for how long connections may last."""
        self._timeout_s = timeout_s
        self._guard = threading.Lock()
        self._drains: dict[str, dict[str, Drain]] = {}

    def begin(self, load_balancer_id: str, servers: Iterable[Server], *, stay: bool) -> None:
        """Note that these were switched off now."""
        until = time.monotonic() + self._timeout_s
        self._put(load_balancer_id, [Drain(server.path, server, stay, until) for server in servers])

    def forget(self, load_balancer_id: str) -> None:
        """Forget everything of a load balancer: another process serves, which never had any of it."""
        with self._guard:
            self._drains[load_balancer_id] = {}

    def leave(self, load_balancer_id: str) -> None:
        """Forget a load balancer that is no more."""
        with self._guard:
            self._drains.pop(load_balancer_id, None)

    def take(self, load_balancer_id: str, path: str) -> Drain | None:
        """Take an entry out, for the server is wanted again."""
        with self._guard:
            return self._drains.get(load_balancer_id, {}).pop(path, None)

    def adopt(self, load_balancer_id: str, files: Files) -> None:
        """Learn what drains in the process that an agent before this one told so; once is enough.

        Raises: OSError, ValueError when the process does not say.
        """
        if load_balancer_id in self._drains:
            return
        wanted = wanted_servers(records.read_text(files.good) or "")
        now = time.monotonic()
        found = [
            Drain(path, wanted.get(path), path in wanted, now + max(self._timeout_s - state.since_s, 0))
            for state in servers_state(control.ask(files.socket, "show servers state"))
            if state.off and (path := f"{state.backend}/{state.name}")
        ]
        self._put(load_balancer_id, found)

    def tidy(self, load_balancer_id: str, socket: Path) -> None:
        """Delete what has no connection any more, and end the connections of what had its time.

        Raises: OSError.
        """
        if not self._drains.get(load_balancer_id):
            return
        with self._guard:
            drains = self._drains[load_balancer_id]
            self._drains[load_balancer_id] = {}
        left = list(drains.values())
        try:
            left = [drain for drain in left if not _ended(drain, socket)]
        finally:
            self._put(load_balancer_id, left)

    def _put(self, load_balancer_id: str, drains: Iterable[Drain]) -> None:
        with self._guard:
            known = self._drains.setdefault(load_balancer_id, {})
            for drain in drains:
                known.setdefault(drain.path, drain)


def _ended(drain: Drain, socket: Path) -> bool:
    """Tell whether nothing is left to do for a server."""
    late = drain.until <= time.monotonic()
    if late:
        control.ask(socket, f"shutdown sessions server {drain.path}")
    return late if drain.stays else deleted(control.ask(socket, deletion(drain.path)))
