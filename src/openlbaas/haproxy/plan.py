"""What must be done so that HAProxy runs a wanted configuration, from what is there.

Order: the files first, then members that go are taken out of the process that runs, then the new process takes over,
and last what no process reads any more is removed. Each step leaves files that differ from those that are known to be
loaded until the whole is done, so a crash anywhere is seen.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from openlbaas.haproxy.backends import servers
from openlbaas.haproxy.rendered import Content, Rendered, Secret

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
    sockets come from the serving one, so that no connection is refused in between.
    """

    old: tuple[int, ...] = ()
    handover: bool = False


@dataclass(frozen=True, slots=True)
class Renew:
    """Have the serving process take certificates from their files as it runs, or else load everything anew.

    Shape: names of files, sorted; load is what is done otherwise.
    """

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


Step = Put | Write | Retire | Load | Renew | Sweep | Stop | Clear


def plan(running: Running, wanted: Rendered | None) -> tuple[Step, ...]:
    """Say how to get from what runs to what is wanted; nothing when they are the same.

    Shape: wanted None means that nothing should run.
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
    steps.extend(_change(running, wanted, there))
    if stale:
        steps.append(Sweep(stale))
    return tuple(steps)


def _remains(running: Running) -> bool:
    """Tell whether there are files."""
    known = running.text is not None or running.good is not None
    return known or bool(running.files or running.loaded) or running.reachable


def _change(running: Running, wanted: Rendered, there: tuple[int, ...]) -> tuple[Step, ...]:
    """Say what must be done to processes."""
    handover = running.serving is not None and running.reachable
    load = Load(there, handover)
    if not handover or not running.text == running.good == wanted.text:
        gone = retired(running.good, wanted.text) if handover else ()
        return (Retire(gone), load) if gone else (load,)
    marks = wanted.marks
    other = tuple(sorted(name for name, mark in marks.items() if running.loaded.get(name) != mark))
    if not other:
        return ()
    renewable = all(name in running.loaded and isinstance(wanted.files[name], Secret) for name in other)
    return (Renew(other, load),) if renewable else (load,)


def retired(running: str | None, wanted: str) -> tuple[tuple[str, str], ...]:
    """Name the servers of a running configuration that the wanted one no longer has."""
    if running is None:
        return ()
    return tuple(sorted(servers(running) - servers(wanted)))
