"""What this host is for load balancers that two serve by turns: heard, never asked for at intervals.

The kernel says when an address comes or goes, and when keepalived ends; what that means is looked up then.
"""

import os
import select
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from openlbaas.domain.vocabulary import Role
from openlbaas.drivers.haproxy_netns.namespaces import Namespaces
from openlbaas.drivers.haproxy_netns.processes import follow
from openlbaas.drivers.haproxy_netns.seen import Link, Turns
from openlbaas.drivers.haproxy_netns.turns import address_news

_ROOM = 65536
_LOG = structlog.get_logger()


def role(turns: Turns | None, links: Iterable[Link], vip: frozenset[tuple[str, int]], *, serves: bool) -> Role:
    """Say what a host is.

    Shape: vip are its addresses as an interface has them; serves says whether all that should run does.
    """
    if turns is None or turns.process is None or not turns.well or not serves:
        return Role.FAULT
    there = [link for link in links if link.up]
    if not there:
        return Role.FAULT
    return Role.ACTIVE if any(vip <= link.addresses for link in there) else Role.STANDBY


@dataclass(frozen=True, slots=True)
class _Heard:
    """One load balancer.

    Shape: what names the namespace and the keepalived that are heard.
    """

    what: tuple[int, int]
    news: socket.socket
    process: int | None


class Roles:
    """The load balancers of a host that two serve by turns.

    Order: hear and leave are called by one thread at a time for the same load balancer.
    """

    def __init__(self, namespaces: Namespaces) -> None:
        """Hear of none."""
        self._namespaces = namespaces
        self._guard = threading.Lock()
        self._heard: dict[str, _Heard] = {}
        self._of: dict[int, str] = {}
        self._epoll = select.epoll()
        self._changed: Callable[[str], None] | None = None

    def notify(self, changed: Callable[[str], None]) -> None:
        """Call this with the id of a load balancer whose role may be another, from a thread of its own."""
        self._changed = changed
        threading.Thread(target=self._run, name="roles", daemon=True).start()

    def hear(self, load_balancer_id: str, namespace: str, inode: int, process: int) -> None:
        """Hear of a load balancer from now on, by the name and the number of its namespace and by its keepalived."""
        known = self._heard.get(load_balancer_id)
        if self._changed is None or (known is not None and known.what == (inode, process)):
            return
        self.leave(load_balancer_id)
        with suppress(OSError):
            made = _Heard((inode, process), self._namespaces.opened(namespace, address_news), follow(process))
            with self._guard:
                self._heard[load_balancer_id] = made
                for descriptor in _descriptors(made):
                    self._of[descriptor] = load_balancer_id
                    self._epoll.register(descriptor, select.EPOLLIN)

    def leave(self, load_balancer_id: str) -> None:
        """Hear of a load balancer no more: its namespace would stay as long as it is heard."""
        with self._guard:
            known = self._heard.pop(load_balancer_id, None)
            if known is None:
                return
            for descriptor in _descriptors(known):
                if self._of.pop(descriptor, None) is not None:
                    self._epoll.unregister(descriptor)
            known.news.close()
            if known.process is not None:
                os.close(known.process)

    def _run(self) -> None:
        while True:
            try:
                for descriptor, _ in self._epoll.poll():
                    self._notice(descriptor)
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("a role could not be told; the next ones are")

    def _notice(self, descriptor: int) -> None:
        with self._guard:
            load_balancer_id = self._of.get(descriptor)
            if load_balancer_id is None:
                return
            known = self._heard[load_balancer_id]
            if descriptor == known.process:
                # It ended, and says so for ever.
                del self._of[descriptor]
                self._epoll.unregister(descriptor)
            else:
                with suppress(OSError):
                    while known.news.recv(_ROOM, socket.MSG_DONTWAIT):
                        pass
        if self._changed is not None:
            self._changed(load_balancer_id)


def _descriptors(heard: _Heard) -> tuple[int, ...]:
    return (heard.news.fileno(), *(() if heard.process is None else (heard.process,)))
