"""Which host runs a load balancer, and why."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from openlbaas.domain.agents import Agent
from openlbaas.domain.vocabulary import Topology

CHANCE: Final = "chance"
LEAST_LOADED: Final = "least_loaded"
ZONE_SPREAD: Final = "zone_spread"


@dataclass(frozen=True, slots=True)
class Placed:
    """The host chosen, with one sentence for the event list."""

    agent: Agent
    why: str


@dataclass(frozen=True, slots=True)
class Nowhere:
    """No host is eligible, with one sentence that says what to look at and names no host."""

    why: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A host as placement sees it.

    Shape: total counts the load balancers that are bound to it, of_project those of the project in question; live says
    that it is heard of, reaches that it has the network.
    """

    agent: Agent
    live: bool = True
    reaches: bool = True
    total: int = 0
    of_project: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a host must have and how one is chosen.

    Shape: spare names agents that are not to be taken, by id; paired says that the host is to be one of two; apart are
    zones that are taken only when there is no host in another, None when zones are all the same.
    """

    driver: str
    scheduler: str = CHANCE
    spare: frozenset[str] = field(default_factory=frozenset)
    paired: bool = False
    apart: frozenset[str] | None = None


Choose = Callable[[Sequence[Candidate]], Candidate]


def capacity(agent: Agent) -> int:
    """Say how many load balancers a host takes; 0 is any number."""
    told = agent.configurations.get("capacity", 0)
    return told if isinstance(told, int) and told > 0 else 0


def able_to_pair(agent: Agent) -> bool:
    """Tell whether a host can be one of two that serve a load balancer."""
    return Topology.ACTIVE_STANDBY.value in agent.configurations.get("topologies", ())


_STEPS: Final[tuple[tuple[str, Callable[[Candidate, Wanted], bool]], ...]] = (
    ("enabled", lambda one, _: one.agent.admin_state_up and not one.agent.draining),
    ("heard of", lambda one, _: one.live),
    ("have its driver", lambda one, wanted: wanted.driver in one.agent.configurations.get("device_drivers", ())),
    ("can be one of two", lambda one, wanted: not wanted.paired or able_to_pair(one.agent)),
    ("have its network", lambda one, _: one.reaches),
    ("have room", lambda one, _: not capacity(one.agent) or one.total < capacity(one.agent)),
    ("another one", lambda one, wanted: one.agent.id not in wanted.spare),
)
"""What makes a host eligible, in the order in which it is asked and told."""


def placement(candidates: Sequence[Candidate], wanted: Wanted, choose: Choose) -> Placed | Nowhere:
    """Choose among the hosts that are eligible.

    Shape: choose picks one of several that are equally good; it is only called with at least one.
    """
    left, counts = list(candidates), []
    for name, eligible in _STEPS:
        if name == "can be one of two" and not wanted.paired:
            continue
        left = [one for one in left if eligible(one, wanted)]
        counts.append(f"{len(left)} {name}")
        if not left:
            return Nowhere(f"of {_hosts(len(candidates))} {', of these '.join(counts)}")
    able, zone = len(left), ""
    if wanted.apart is not None:
        elsewhere = [one for one in left if one.agent.availability_zone not in wanted.apart]
        zone = " in another zone" if elsewhere else ", there being none in another zone"
        left = elsewhere or left
    best, how = _SCHEDULERS[wanted.scheduler](left)
    chosen = choose(best).agent
    return Placed(chosen, f"{chosen.host}, {how} of {_hosts(able)} that can have it{zone}")


def _hosts(number: int) -> str:
    return "1 host" if number == 1 else f"{number} hosts"


def _any(left: Sequence[Candidate]) -> tuple[Sequence[Candidate], str]:
    return left, "one by chance"


def _emptiest(left: Sequence[Candidate]) -> tuple[Sequence[Candidate], str]:
    fewest = min(one.total for one in left)
    return [one for one in left if one.total == fewest], f"with {fewest} load balancers the least loaded"


def _apart(left: Sequence[Candidate]) -> tuple[Sequence[Candidate], str]:
    """Take the zone with the fewest load balancers of the project, then of the cloud, and its least loaded hosts."""
    zones: dict[str, list[Candidate]] = defaultdict(list)
    for one in left:
        zones[one.agent.availability_zone or ""].append(one)
    loads = {name: (sum(h.of_project for h in hosts), sum(h.total for h in hosts)) for name, hosts in zones.items()}
    least = min(loads.values())
    best, _ = _emptiest([one for name, load in loads.items() if load == least for one in zones[name]])
    return best, f"in a zone with {least[0]} load balancers of its project and {least[1]} in all, the least loaded"


_SCHEDULERS: Final[Mapping[str, Callable[[Sequence[Candidate]], tuple[Sequence[Candidate], str]]]] = {
    CHANCE: _any,
    LEAST_LOADED: _emptiest,
    ZONE_SPREAD: _apart,
}
SCHEDULERS: Final = tuple(_SCHEDULERS)
"""Every way of choosing, by the word of the option."""
