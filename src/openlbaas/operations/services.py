"""What every operation is given, put together once by the process that runs them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from openlbaas.desired.liveness import Hearing, lives
from openlbaas.desired.placement import CHANCE
from openlbaas.domain.agents import Agent
from openlbaas.domain.quota import Limits
from openlbaas.operations.ports import NetworkSource, SecretStore, Store
from openlbaas.operations.tunnels import Ends


@dataclass(frozen=True, slots=True)
class Provider:
    """A name that tenants choose by, and the driver that hosts run for it."""

    name: str
    driver: str
    default: bool = False


@dataclass(slots=True)
class Ears:
    """What this server has heard of hosts so far; its upkeep listens, every operation may ask."""

    hearing: Hearing = field(default_factory=Hearing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that an operation needs.

    Shape: clock answers seconds since the epoch, UTC, steady seconds of a clock that only goes forward; new_id answers
    a fresh UUID; changed takes the names of the hosts whose feed has moved and is called after the commit; providers
    has one default at most; quotas are the limits of a project for which nothing was set; host_secret is what only
    servers and hosts know.
    Units: patience_s, agent_down_time_s and brake_timeout_s are seconds.
    """

    store: Store
    network: NetworkSource
    secrets: SecretStore
    clock: Callable[[], float]
    steady: Callable[[], float]
    new_id: Callable[[], str]
    random: Random
    changed: Callable[[frozenset[str]], None]
    providers: tuple[Provider, ...]
    patience_s: float = 60.0
    agent_down_time_s: float = 10.0
    brake_timeout_s: float = 30.0
    scheduler: str = CHANCE
    refuse_while_pending: bool = False
    enable_new_agents: bool = True
    failover: bool = False
    failback: bool = False
    host_secret: str = ""
    quotas: Limits = field(default_factory=dict)
    ends: Ends = field(default_factory=Ends)
    ears: Ears = field(default_factory=Ears)

    def lives(self, agent: Agent) -> bool:
        """Tell whether a host is heard of, whatever the clocks of servers say of one another."""
        limit_s = self.agent_down_time_s
        return lives(self.ears.hearing, agent, now=self.clock(), steady=self.steady(), agent_down_time_s=limit_s)
