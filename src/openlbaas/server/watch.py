"""Hosts that wait for something new: who waits, and who wakes them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Watch:
    """Wakes the long-polls of hosts whose feed has moved.

    A wake is only a hint; the feed's rows are the truth, and a waiter looks at them again every few seconds anyway.
    """

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[str, set[asyncio.Event]] = {}
        self.closing = False

    def changed(self, hosts: frozenset[str]) -> None:
        """Wake the waiters of some hosts; called by any thread, after a commit."""
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._wake, hosts)

    def close(self) -> None:
        """Let every waiter go, now and from now on; called on the event loop."""
        self.closing = True
        self._wake(frozenset(self._waiting))

    def everybody(self) -> frozenset[str]:
        """Name the hosts whose feeds are waited for; called by any thread, and exact only on the event loop."""
        return frozenset(tuple(self._waiting))

    def waiting(self, host: str) -> bool:
        """Tell whether anybody waits for a host's feed."""
        return host in self._waiting

    @contextmanager
    def waiter(self, host: str) -> Iterator[asyncio.Event]:
        """Wait for a host's feed inside this context; called on the event loop.

        Order: whoever enters before looking at the feed misses no change after the look.
        """
        self._loop = asyncio.get_running_loop()
        event = asyncio.Event()
        self._waiting.setdefault(host, set()).add(event)
        try:
            yield event
        finally:
            waiting = self._waiting[host]
            waiting.discard(event)
            if not waiting:
                del self._waiting[host]

    def _wake(self, hosts: frozenset[str]) -> None:
        for host in hosts:
            for event in self._waiting.get(host, ()):
                event.set()
