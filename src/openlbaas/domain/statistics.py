"""What a load balancer has carried, from counters that begin at nothing with every process of a host.

A host tells what each of its processes has counted since that began. What is new of it is added to totals, so they
survive reloads, restarts and moves, and a report that comes twice adds nothing the second time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

COUNTERS: Final = (
    "bytes_in",
    "bytes_out",
    "active_connections",
    "total_connections",
    "requests",
    "responses_1xx",
    "responses_2xx",
    "responses_3xx",
    "responses_4xx",
    "responses_5xx",
    "responses_other",
    "request_errors",
    "connection_errors",
    "response_errors",
)
"""Everything that is counted, in the order of :data:`Numbers`."""

ACTIVE: Final = COUNTERS.index("active_connections")
"""The one number that is of this moment; all others only grow."""

Numbers = tuple[int, ...]
NOTHING: Final[Numbers] = (0,) * len(COUNTERS)
_MOST_PROCESSES = 64
_MOST_SILENT = 4
_MOST_ENDED = 512


@dataclass(frozen=True, slots=True)
class Counted:
    """Numbers of each listener, pool and member, by id."""

    listeners: Mapping[str, Numbers] = field(default_factory=dict)
    pools: Mapping[str, Numbers] = field(default_factory=dict)
    members: Mapping[str, Numbers] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What a host told of one process; ended says that this is all that it ever counted."""

    process: str
    counted: Counted
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Statistics:
    """All that is known of one load balancer.

    Shape: whole is the sum over all listeners there ever were; seen is what was told last of each process that may
    still count, the latest told last; ended names processes that count no more, in the same order.
    """

    whole: Numbers = NOTHING
    counted: Counted = field(default_factory=Counted)
    seen: Mapping[str, Counted] = field(default_factory=dict)
    ended: tuple[str, ...] = ()


def merged(known: Statistics, told: Iterable[Told]) -> Statistics:
    """Add what is new.

    Shape: the value given when nothing is.
    """
    for each in told:
        if each.process not in known.ended:
            known = _merged(known, each)
    return known


def _merged(known: Statistics, told: Told) -> Statistics:
    before = known.seen.get(told.process, Counted())
    if before == told.counted and told.process in known.seen and not told.ended:
        return known
    now = Counted(
        listeners=_latest(before.listeners, told.counted.listeners),
        pools=_latest(before.pools, told.counted.pools),
        members=_latest(before.members, told.counted.members),
    )
    others = {process: counted for process, counted in known.seen.items() if process != told.process}
    seen = others if told.ended else {**others, told.process: now}
    ended = (*known.ended, told.process) if told.ended else known.ended
    lost = tuple(seen)[: max(len(seen) - _MOST_PROCESSES, 0)]
    seen = {process: counted for process, counted in seen.items() if process not in lost}
    counted = Counted(
        listeners=_added(known.counted.listeners, before.listeners, now.listeners),
        pools=_added(known.counted.pools, before.pools, now.pools),
        members=_added(known.counted.members, before.members, now.members),
    )
    whole = known.whole
    for id_, numbers in now.listeners.items():
        whole = _plus(whole, before.listeners.get(id_, NOTHING), numbers)
    after = replace(known, whole=whole, counted=counted, seen=seen, ended=(*ended, *lost)[-_MOST_ENDED:])
    return _momentary(after)


def _latest(before: Mapping[str, Numbers], told: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Take what was told where it is more: an older report that comes late takes nothing back."""
    return {**before, **{id_: _larger(before.get(id_, NOTHING), numbers) for id_, numbers in told.items()}}


def _larger(before: Numbers, told: Numbers) -> Numbers:
    most = [max(pair) for pair in zip(before, told, strict=True)]
    most[ACTIVE] = told[ACTIVE]
    return tuple(most)


def _added(
    totals: Mapping[str, Numbers], before: Mapping[str, Numbers], now: Mapping[str, Numbers]
) -> dict[str, Numbers]:
    sums = dict(totals)
    for id_, numbers in now.items():
        sums[id_] = _plus(sums.get(id_, NOTHING), before.get(id_, NOTHING), numbers)
    return sums


def _plus(total: Numbers, before: Numbers, now: Numbers) -> Numbers:
    return tuple(sum_ + new - old for sum_, old, new in zip(total, before, now, strict=True))


def _momentary(found: Statistics) -> Statistics:
    """Work out what is of this moment: what the processes that still count have."""

    def active(kind: str, id_: str) -> int:
        return sum(getattr(counted, kind).get(id_, NOTHING)[ACTIVE] for counted in found.seen.values())

    def corrected(kind: str) -> dict[str, Numbers]:
        totals: Mapping[str, Numbers] = getattr(found.counted, kind)
        return {id_: _with_active(numbers, active(kind, id_)) for id_, numbers in totals.items()}

    counted = Counted(**{kind: corrected(kind) for kind in ("listeners", "pools", "members")})
    whole = sum(numbers[ACTIVE] for numbers in counted.listeners.values())
    return replace(found, counted=counted, whole=_with_active(found.whole, whole))


def _with_active(numbers: Numbers, active: int) -> Numbers:
    return (*numbers[:ACTIVE], active, *numbers[ACTIVE + 1 :])


def only(found: Statistics, processes: Iterable[str]) -> Statistics:
    """Take nobody for connected to any process but these: a host tells of all that still count, or of none.

    Shape: the value given when that changes nothing. The others stay known, a few of them: a report that was overtaken
        by another names fewer than there are, and what they count later must count.
    """
    kept = frozenset(processes)
    silent = tuple(process for process in found.seen if process not in kept)
    lost = silent[: max(len(silent) - _MOST_SILENT, 0)]
    left = ((process, counted) for process, counted in found.seen.items() if process not in lost)
    seen = {process: counted if process in kept else _idle(counted) for process, counted in left}
    if seen == found.seen:
        return found
    return _momentary(replace(found, seen=seen, ended=(*found.ended, *lost)[-_MOST_ENDED:]))


def _idle(counted: Counted) -> Counted:
    def idle(totals: Mapping[str, Numbers]) -> dict[str, Numbers]:
        return {id_: _with_active(numbers, 0) for id_, numbers in totals.items()}

    return Counted(idle(counted.listeners), idle(counted.pools), idle(counted.members))


def living(found: Statistics, ids: Iterable[str]) -> Statistics:
    """Leave out of the single numbers what the load balancer no longer has; the whole keeps what it did."""
    kept = frozenset(ids)

    def left(totals: Mapping[str, Numbers]) -> dict[str, Numbers]:
        return {id_: numbers for id_, numbers in totals.items() if id_ in kept}

    counted = Counted(left(found.counted.listeners), left(found.counted.pools), left(found.counted.members))
    return replace(found, counted=counted)
