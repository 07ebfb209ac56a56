"""The hosts' agents, as the API shows them."""

from dataclasses import dataclass, field
from typing import Any

from openlbaas.domain.commands import UNSET, Unset

AGENT_TYPE = "Loadbalancerv2 agent"
AGENT_BINARY = "neutron-lbaasv2-agent"
AGENT_TOPIC = "n-lbaasv2_agent"


@dataclass(frozen=True, slots=True)
class Agent:
    """One host's agent.

    Shape: draining says that it gets nothing new and that all it has is moved away; failed_at is when an administrator
    said that its host is dead, which holds until its next heartbeat.
    Units: created_at, started_at, heartbeat_at and failed_at are seconds since the epoch, UTC.
    """

    id: str
    host: str
    agent_type: str
    binary: str
    topic: str
    availability_zone: str | None
    description: str
    admin_state_up: bool
    created_at: float
    started_at: float
    heartbeat_at: float
    configurations: dict[str, Any] = field(default_factory=dict)
    draining: bool = False
    failed_at: float | None = None


@dataclass(frozen=True, slots=True)
class AgentView:
    """An agent, and whether it was heard of within agent_down_time."""

    object: Agent
    alive: bool


@dataclass(frozen=True, slots=True)
class HostView:
    """A host as administrators look after it.

    Shape: load_balancers counts those that are bound to it, leaving those that it only serves until another host has
    them.
    """

    agent: Agent
    alive: bool
    load_balancers: int
    leaving: int

    @property
    def state(self) -> str:
        """Say in a word what the host takes part in."""
        if not self.agent.admin_state_up:
            return "off"
        if not self.alive:
            return "down"
        if self.agent.draining:
            return "draining" if self.load_balancers or self.leaving else "drained"
        return "up"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAgent:
    """Change what an administrator may change of an agent."""

    id: str
    admin_state_up: bool | Unset = UNSET
    description: str | Unset = UNSET


@dataclass(frozen=True, slots=True)
class DeleteAgent:
    """Forget an agent that hosts nothing."""

    id: str
