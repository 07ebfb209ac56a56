"""Reports that say nothing but that a host lives: answered from memory, and written many at a time.

With hundreds of hosts these are nearly all there is. A report that is, byte for byte, one that was taken in before and
said nothing then, says nothing now; it is answered alike, and the moment is noted. What is noted is in the database
within :data:`AT_LATEST_S`, in one transaction for all hosts.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from openlbaas.dialects.host_v1 import Report
from openlbaas.domain.errors import OpenLBaaSError
from openlbaas.server.exchange import Reply

AT_LATEST_S = 0.2
_LOG = logging.getLogger("openlbaas.server")

Write = Callable[[Mapping[str, float]], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class _Known:
    """A report that says nothing, whom it is from, and what it was answered."""

    host: str
    agent_id: str
    reply: Reply


class Heartbeats:
    """Knows every host by its last report that said nothing.

    Order: on the event loop alone.
    """

    def __init__(self, write: Write, clock: Callable[[], float]) -> None:
        """Write by a function that takes the instants of heartbeats by agent and tells whether all agents are known."""
        self._write = write
        self._clock = clock
        self._known: dict[bytes, _Known] = {}
        self._bodies: dict[str, bytes] = {}
        self._heard: dict[str, float] = {}
        self._writing: asyncio.Task[None] | None = None

    def answer(self, body: bytes) -> Reply | None:
        """Answer a report that is known to say nothing."""
        known = self._known.get(body)
        if known is None:
            return None
        self._heard[known.agent_id] = self._clock()
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write_soon())
        return known.reply

    def took(self, told: Report, body: bytes, agent_id: str, reply: Reply) -> None:
        """Remember a report that was taken in and written, if it said nothing; forget the host's earlier ones."""
        self._known.pop(self._bodies.pop(told.host, b""), None)
        self._heard.pop(agent_id, None)
        if told.only_lives:
            self._bodies[told.host] = body
            self._known[body] = _Known(told.host, agent_id, reply)

    async def _write_soon(self) -> None:
        await asyncio.sleep(AT_LATEST_S)
        heard, self._heard = self._heard, {}
        if not heard:
            return
        try:
            complete = await self._write(heard)
        except OpenLBaaSError as error:
            _LOG.warning("the heartbeats of %d hosts were not written: %s", len(heard), error)
            complete = False
        if not complete:
            # An agent was forgotten, or may have been: its next report registers it.
            self._known.clear()
            self._bodies.clear()
