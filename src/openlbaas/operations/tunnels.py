"""Where the tunnels between hosts end: what hosts report, and what each is told of all others."""

import hashlib
from dataclasses import dataclass

from openlbaas.dialects.host_v1 import TUNNEL_ADDRESS, Tunnels
from openlbaas.domain.agents import Agent
from openlbaas.operations.ports import Transaction

_RECENT_S = 1.0


@dataclass
class Ends:
    """Which version this server read last: hundreds of hosts wait, and each looks again every few seconds.

    Order: any thread. What is known here only ever spares a read; who differs from it reads.
    """

    generation: int = 0
    _read_at: float = 0.0
    _version: str = ""

    def known(self, version: str, now: float) -> bool:
        """Tell whether a version is the one that was read a moment ago."""
        return version == self._version and 0 <= now - self._read_at < _RECENT_S

    def note(self, version: str, now: float, generation: int) -> None:
        """Remember what was read, unless something changed since the reading began."""
        if generation == self.generation:
            self._version, self._read_at = version, now

    def forget(self) -> None:
        """Read again at the next question: something changed."""
        self.generation += 1
        self._version = ""


def end_of(agent: Agent) -> str | None:
    """Name the address at which the tunnels of a host end, if it has any."""
    told = agent.configurations.get(TUNNEL_ADDRESS)
    return told if isinstance(told, str) and told else None


def everybody(transaction: Transaction) -> frozenset[str]:
    """Name every host, whose feed moves on, as tunnels end elsewhere now."""
    transaction.hosts.advance_all()
    return frozenset(agent.host for agent in transaction.hosts.agents())


def news(ends: Ends, transaction: Transaction, version: str | None, now: float, *, moved: bool) -> Tunnels | None:
    """Name where tunnels end; None to a host that has none, or that knows it already.

    Shape: version is what the host knows, None when it does not ask; moved says that its feed has moved on, maybe on
    account of tunnels and at another server.
    """
    if version is None or (not moved and ends.known(version, now)):
        return None
    generation = ends.generation
    addresses = tuple(sorted({end for agent in transaction.hosts.agents() if (end := end_of(agent)) is not None}))
    found = Tunnels(version=hashlib.sha256(",".join(addresses).encode()).hexdigest()[:16], addresses=addresses)
    ends.note(found.version, now, generation)
    return None if found.version == version else found
