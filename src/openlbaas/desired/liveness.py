"""Which hosts are heard of, and when their silence is the fault of the control plane.

Each server judges by what it has heard itself, on a clock of its own that only goes forward: a host is as old as the
moment at which its heartbeat was last seen to move. So nobody is judged in the first down time of a server, time that a
server missed counts for nobody, and clocks that jump or differ between servers kill nobody.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from openlbaas.domain.agents import Agent

_INTERVALS = 2.5
"""So many of its own intervals a host may be silent at least, as in the original: 30 and 75 seconds."""

_FEWEST_FOR_THE_BRAKE = 3


def down_time_s(agent: Agent, agent_down_time_s: float) -> float:
    """Say after how much silence a host is down: one that reports rarely has more time."""
    told = agent.configurations.get("report_interval", 0.0)
    interval_s = float(told) if isinstance(told, int | float) else 0.0
    return max(agent_down_time_s, _INTERVALS * interval_s)


def failed(agent: Agent) -> bool:
    """Tell whether an administrator has said that the host is dead, and it has not reported since."""
    return agent.failed_at is not None and agent.heartbeat_at <= agent.failed_at


def alive(agent: Agent, *, now: float, agent_down_time_s: float) -> bool:
    """Tell whether a host's last heartbeat is young enough by the clock on the wall.

    Units: now is seconds since the epoch, UTC; agent_down_time_s is seconds.
    """
    return not failed(agent) and now - agent.heartbeat_at <= down_time_s(agent, agent_down_time_s)


@dataclass(frozen=True, slots=True)
class Heard:
    """The heartbeat that a server read last of a host, and when it was news, on the server's steady clock.

    Shape: heard_at leaves out time for which the host is not to blame, beaten_at does not; it is None while the server
    has read one heartbeat only, as that tells nothing of when it came.
    """

    heartbeat_at: float
    heard_at: float
    beaten_at: float | None = None


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a server has heard so far.

    Shape: hosts by the agent's id; held are those that the brake held at the last look, awaited those that may be about
    to return together with others.
    Units: looked_at is the last look and due_at when the next was meant to be, both on the steady clock.
    """

    looked_at: float = 0.0
    due_at: float = 0.0
    hosts: Mapping[str, Heard] = field(default_factory=dict)
    held: frozenset[str] = frozenset()
    awaited: frozenset[str] = frozenset()


def lives(hearing: Hearing, agent: Agent, *, now: float, steady: float, agent_down_time_s: float) -> bool:
    """Tell whether a host is heard of: as the server itself has heard, or by the wall clock where it can't know.

    Shape: a server whose clock is wrong by more than a down time would else give nothing to any host, or give something
    to the dead.
    Units: now is seconds since the epoch, UTC; steady is seconds on a clock that only goes forward.
    """
    heard = hearing.hosts.get(agent.id)
    limit_s = down_time_s(agent, agent_down_time_s)
    if heard is None or heard.beaten_at is None or steady - hearing.looked_at > limit_s:
        return alive(agent, now=now, agent_down_time_s=agent_down_time_s)
    news = heard.heartbeat_at != agent.heartbeat_at
    return not failed(agent) and (news or steady - heard.beaten_at <= limit_s)


@dataclass(frozen=True, slots=True)
class Patience:
    """How much silence is borne; both in seconds."""

    agent_down_time_s: float
    brake_timeout_s: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is to be thought of the hosts.

    Shape: down and held are agents' ids and share none; next_s None when nothing will change by itself.
    Units: next_s is the seconds until somebody could be down, or the brake is over.
    """

    down: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()
    next_s: float | None = None


def listened(
    before: Hearing, agents: Sequence[Agent], *, now: float, steady: float, patience: Patience
) -> tuple[Hearing, Judgement]:
    """Take in what the database says of the hosts now, and judge.

    Shape: the due_at of the hearing is left to whoever knows when it will look again.
    Units: now is seconds since the epoch, UTC; steady is seconds on a clock that only goes forward.
    """
    missed_s = max(0.0, steady - before.due_at)
    known = {
        id_: Heard(heard.heartbeat_at, heard.heard_at + missed_s, heard.beaten_at)
        for id_, heard in before.hosts.items()
    }
    news = frozenset(a.id for a in agents if a.id in known and known[a.id].heartbeat_at != a.heartbeat_at)
    hosts: dict[str, Heard] = {}
    for agent in agents:
        came_at = min(max(steady - (now - agent.heartbeat_at), before.looked_at), steady)
        hosts[agent.id] = _heard(agent, known.get(agent.id), came_at=came_at, missed_s=missed_s, steady=steady)
    awaited = before.awaited - news
    alone = bool(news) and not any(_up(agent, known, steady, patience) for agent in agents)
    if alone:
        # All were silent, and some are heard again: the others get the time to be heard, too.
        awaited = frozenset(known) - news
    if alone or news & before.awaited:
        hosts = _pardoned(hosts, awaited, steady)
    verdict = judgement(agents, hosts, steady=steady, patience=patience)
    if news & before.held:
        # Those whom the brake held are coming back: the rest may be just behind.
        behind = (before.held - news) & verdict.down
        awaited |= behind
        hosts = _pardoned(hosts, behind, steady)
        verdict = judgement(agents, hosts, steady=steady, patience=patience)
    return Hearing(steady, steady, hosts, verdict.held, awaited - verdict.down), verdict


def _heard(agent: Agent, known: Heard | None, *, came_at: float, missed_s: float, steady: float) -> Heard:
    if known is None:
        return Heard(agent.heartbeat_at, steady)
    if known.heartbeat_at == agent.heartbeat_at:
        return known
    return Heard(agent.heartbeat_at, min(came_at + missed_s, steady), came_at)


def _up(agent: Agent, known: Mapping[str, Heard], steady: float, patience: Patience) -> bool:
    heard = known.get(agent.id)
    limit_s = down_time_s(agent, patience.agent_down_time_s)
    return agent.admin_state_up and heard is not None and steady - heard.heard_at <= limit_s


def _pardoned(hosts: Mapping[str, Heard], ids: Iterable[str], steady: float) -> dict[str, Heard]:
    return {**hosts, **{id_: replace(hosts[id_], heard_at=steady) for id_ in ids if id_ in hosts}}


@dataclass(frozen=True, slots=True)
class _Standing:
    """One host that counts: when it was heard, when it is down, and whether it is late already."""

    id: str
    heard_at: float
    limit_s: float
    age_s: float

    @property
    def late(self) -> bool:
        return self.age_s > self.limit_s / 2

    @property
    def down(self) -> bool:
        return self.age_s > self.limit_s


def judgement(agents: Sequence[Agent], hosts: Mapping[str, Heard], *, steady: float, patience: Patience) -> Judgement:
    """Say who is down, and whom the brake holds.

    The brake: when more than half of at least three hosts fall silent within one down time, the control plane is
    suspected and none of these is down, until brake_timeout_s after the last of them fell silent. Those who are late
    count as falling. Hosts that are switched off or were said to be dead do not count.
    """
    standings = [_standing(agent, hosts, steady, patience) for agent in agents]
    counted = [s for a, s in zip(agents, standings, strict=True) if a.admin_state_up and not failed(a)]
    gone = frozenset(s.id for a, s in zip(agents, standings, strict=True) if s.down or failed(a))
    ends = {each.id: _brake_ends_at(each, counted, patience) for each in counted if each.down}
    held = frozenset(id_ for id_, ends_at in ends.items() if ends_at is not None and steady < ends_at)
    moments = [each.heard_at + each.limit_s for each in counted if not each.down]
    moments += [ends_at for id_, ends_at in ends.items() if ends_at is not None and id_ in held]
    next_s = max(min(moments) - steady, 0.0) if moments else None
    return Judgement(gone - held, held, next_s)


def _standing(agent: Agent, hosts: Mapping[str, Heard], steady: float, patience: Patience) -> _Standing:
    heard_at = hosts[agent.id].heard_at
    return _Standing(agent.id, heard_at, down_time_s(agent, patience.agent_down_time_s), steady - heard_at)


def _brake_ends_at(one: _Standing, counted: Sequence[_Standing], patience: Patience) -> float | None:
    """Say until when the brake holds a host that is down; None when it fell silent alone."""
    together = [other for other in counted if other.late and abs(other.heard_at - one.heard_at) <= one.limit_s]
    up = sum(not other.late for other in counted)
    before = len(together) + up
    if before < _FEWEST_FOR_THE_BRAKE or 2 * len(together) <= before:
        return None
    return max(other.heard_at for other in together) + one.limit_s + patience.brake_timeout_s
