"""Which host runs a new load balancer, and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openlbaas.desired.liveness import alive
from openlbaas.domain.agents import Agent


@dataclass(frozen=True, slots=True)
class Placed:
    """The host chosen, with one sentence for the event list."""

    agent: Agent
    why: str


@dataclass(frozen=True, slots=True)
class Nowhere:
    """No host is eligible, with one sentence that says what to look at."""

    why: str


def placement(
    agents: Sequence[Agent],
    driver: str,
    choose: Callable[[Sequence[Agent]], Agent],
    *,
    now: float,
    agent_down_time_s: float,
) -> Placed | Nowhere:
    """Choose among live, enabled agents that have the driver.

    Shape: choose is only called with at least one agent.
    Units: now is seconds since the epoch, UTC; agent_down_time_s is seconds.
    """
    enabled = [a for a in agents if a.admin_state_up]
    live = [a for a in enabled if alive(a.heartbeat_at, now=now, agent_down_time_s=agent_down_time_s)]
    able = [a for a in live if driver in a.configurations.get("device_drivers", ())]
    if able:
        chosen = choose(able)
        return Placed(chosen, f"{chosen.host}, chosen from {len(able)} live and enabled hosts with driver {driver}")
    return Nowhere(
        f"of {len(agents)} hosts {len(enabled)} are enabled, {len(live)} of these were heard of within "
        f"{agent_down_time_s:g} s, and none of these has driver {driver}"
    )
