"""What must be done so that HAProxy runs a wanted configuration, from what is there.

Order: the file first, then members that go are taken out of the process that runs, then the new process takes over.
Each step leaves a file that differs from the last good one until the whole is done, so a crash anywhere is seen.
"""

from dataclasses import dataclass

from openlbaas.haproxy.backends import servers


@dataclass(frozen=True, slots=True)
class Running:
    """What there is of HAProxy for one load balancer.

    Shape: serving is the process that has the listeners, None when there is none; others are finishing what they
    carry; text is the file, good is the file that the serving process is known to have loaded; reachable says whether
    the stats socket is there.
    """

    serving: int | None = None
    others: tuple[int, ...] = ()
    text: str | None = None
    good: str | None = None
    reachable: bool = False


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
class Stop:
    """End these processes now."""

    processes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Clear:
    """Remove the configuration and everything that belongs to it."""


Step = Write | Retire | Load | Stop | Clear


def plan(running: Running, wanted: str | None) -> tuple[Step, ...]:
    """Say how to get from what runs to what is wanted; nothing when they are the same.

    Shape: wanted None means that nothing should run.
    """
    there = (running.serving, *running.others) if running.serving is not None else running.others
    if wanted is None:
        stop = (Stop(there),) if there else ()
        rest = running.text is not None or running.good is not None or running.reachable
        return (*stop, Clear()) if rest else stop
    if running.serving is not None and running.reachable and running.text == running.good == wanted:
        return ()
    steps: list[Step] = []
    if running.text != wanted:
        steps.append(Write(wanted))
    handover = running.serving is not None and running.reachable
    gone = retired(running.good, wanted) if handover else ()
    if gone:
        steps.append(Retire(gone))
    steps.append(Load(there, handover))
    return tuple(steps)


def retired(running: str | None, wanted: str) -> tuple[tuple[str, str], ...]:
    """Name the servers of a running configuration that the wanted one no longer has."""
    if running is None:
        return ()
    return tuple(sorted(servers(running) - servers(wanted)))
