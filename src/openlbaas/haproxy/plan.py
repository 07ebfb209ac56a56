"""What must be done so that HAProxy runs a wanted configuration, from what is there.

Order: the files first; then the process that runs is told what changed, where it can be; else members that go are taken
out of it and a new process takes over; and last what no process reads any more is removed. Each step leaves files that
differ from those that are known to be loaded until the whole is done, so a crash anywhere is seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from openlbaas.haproxy import runtime
from openlbaas.haproxy.backends import serving
from openlbaas.haproxy.policies import PATTERNS
from openlbaas.haproxy.rendered import Content, Rendered, Secret
from openlbaas.haproxy.versions import NONE, Ability

_NO_MARKS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Running:
    """What there is of HAProxy for one load balancer.

    Shape: serving is the process that has the listeners, None when there is none; others are finishing what they
    carry; text is the configuration, good the one that the serving process is known to have loaded; files and loaded
    are the marks of the files that it names, in the same way; reachable says whether the stats socket is there.
    """

    serving: int | None = None
    others: tuple[int, ...] = ()
    text: str | None = None
    good: str | None = None
    files: Mapping[str, str] = field(default_factory=lambda: _NO_MARKS)
    loaded: Mapping[str, str] = field(default_factory=lambda: _NO_MARKS)
    reachable: bool = False


@dataclass(frozen=True, slots=True)
class Put:
    """Put files in place that the configuration names."""

    files: Mapping[str, Content]


@dataclass(frozen=True, slots=True)
class Write:
    """Put the configuration in place."""

    text: str


@dataclass(frozen=True, slots=True)
class Retire:
    """Let the serving process give these members no further request.

    Shape: pairs of backend and server, sorted.
    """

    servers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Load:
    """Start a process on the configuration.

    Shape: it takes over from all of old, which then finish what they carry; handover says whether the listening
    sockets come from the serving one, so that no connection is refused in between; why says for people what makes it
    necessary.
    """

    old: tuple[int, ...] = ()
    handover: bool = False
    why: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Alter:
    """Tell the serving process what changed, as it runs, or else load everything anew.

    Shape: names of files whose content changed, sorted; load is what is done otherwise.
    """

    changes: tuple[runtime.Change, ...]
    names: tuple[str, ...]
    load: Load


@dataclass(frozen=True, slots=True)
class Sweep:
    """Remove files that nothing names any more.

    Shape: names, sorted.
    """

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """End these processes now."""

    processes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Clear:
    """Remove the configuration and everything that belongs to it."""


Step = Put | Write | Retire | Load | Alter | Sweep | Stop | Clear


def plan(running: Running, wanted: Rendered | None, able: frozenset[Ability] = NONE) -> tuple[Step, ...]:
    """Say how to get from what runs to what is wanted; nothing when they are the same.

    Shape: wanted None means that nothing should run; able is what the serving process can be told.
    """
    there = (running.serving, *running.others) if running.serving is not None else running.others
    if wanted is None:
        stop = (Stop(there),) if there else ()
        return (*stop, Clear()) if _remains(running) else stop
    marks = wanted.marks
    fresh = {name: wanted.files[name] for name, mark in marks.items() if running.files.get(name) != mark}
    stale = tuple(sorted((running.files.keys() | running.loaded.keys()) - marks.keys()))
    steps: list[Step] = [Put(fresh)] if fresh else []
    if running.text != wanted.text:
        steps.append(Write(wanted.text))
    steps.extend(_change(running, wanted, there, able))
    if stale:
        steps.append(Sweep(stale))
    return tuple(steps)


def _remains(running: Running) -> bool:
    """Tell whether there are files."""
    known = running.text is not None or running.good is not None
    return known or bool(running.files or running.loaded) or running.reachable


def _change(running: Running, wanted: Rendered, there: tuple[int, ...], able: frozenset[Ability]) -> tuple[Step, ...]:
    """Say what must be done to processes."""
    handover = running.serving is not None and running.reachable
    found = _alteration(running, wanted, able)
    if isinstance(found, runtime.Untold):
        load = Load(there, handover, found.why)
        gone = retired(running.good, wanted.text) if handover else ()
        return (Retire(gone), load) if gone else (load,)
    changes, names = found
    if not changes and not names:
        return ()
    return (Alter(changes, names, Load(there, handover, "HAProxy did not do as it was told")),)


def _alteration(
    running: Running, wanted: Rendered, able: frozenset[Ability]
) -> tuple[tuple[runtime.Change, ...], tuple[str, ...]] | runtime.Untold:
    """Say what the serving process must be told, and which files it must read anew; or why it can't be told."""
    if running.serving is None:
        return runtime.Untold("no process serves")
    if not running.reachable:
        return runtime.Untold("the process that serves has no stats socket any more")
    if running.good is None or running.text != running.good:
        return runtime.Untold("it is not known for sure what the process that serves has loaded")
    changes = runtime.changes(running.good, wanted.text, able)
    if isinstance(changes, runtime.Untold):
        return changes
    other = tuple(sorted(name for name, mark in wanted.marks.items() if running.loaded.get(name) != mark))
    for name in other:
        if name not in running.loaded:
            return runtime.Untold(f"the file {name} is new")
        if _needs(name, wanted.files[name]) not in able:
            return runtime.Untold(f"the file {name} can only be read by a new process")
    return changes, other


def _needs(name: str, content: Content) -> Ability | None:
    """Name what it takes to tell the content of a file; None when it can't be told."""
    if isinstance(content, Secret):
        return Ability.CERTIFICATES
    return Ability.VALUES if name.endswith(PATTERNS) else None


def retired(running: str | None, wanted: str) -> tuple[tuple[str, str], ...]:
    """Name the servers of a running configuration that get requests, and by the wanted one no longer do."""
    if running is None:
        return ()
    return tuple(sorted(serving(running) - serving(wanted)))
