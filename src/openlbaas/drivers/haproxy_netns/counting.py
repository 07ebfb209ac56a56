"""What the processes of each load balancer have counted: of the one that serves, and of those it replaced.

A process that is gone is told once more, as ended, with the last that was heard of it.
"""

import functools
import socket
import threading
from collections.abc import Mapping
from pathlib import Path

import msgspec

from openlbaas.dialects.host_v1 import Counters, Sample
from openlbaas.drivers.haproxy_netns.records import read_process, read_start
from openlbaas.haproxy.counting import Counts, counts

_BOOT = Path("/proc/sys/kernel/random/boot_id")
_LONGEST_STAT = 4096
_STARTED = 19
"""Where the instant of its start stands in a process's stat file, behind its name."""


def named(process: int) -> str | None:
    """Name a process as no other ever is: by host, number, start and what the host was booted as; None when it ended.

    Shape: start counts from the boot, and a host that boots again may give the same number at the same instant.
    """
    said = read_start(f"/proc/{process}/stat", _LONGEST_STAT)
    if not said:
        return None
    return f"{socket.gethostname()}/{process}/{said.rpartition(b')')[2].split()[_STARTED].decode()}/{_boot()}"


def named_in(file: Path) -> str | None:
    """Name the process of a pid file; None where there is none."""
    process = read_process(file)
    return None if process is None else named(process)


@functools.cache
def _boot() -> str:
    return _BOOT.read_text().partition("-")[0].strip()


def sample(process: str, found: Counts) -> Sample:
    """Say what a process has counted in the words of the host protocol."""
    return Sample(
        process=process,
        listeners={name: Counters(**numbers) for name, numbers in found.frontends.items()},
        pools={name: Counters(**numbers) for name, numbers in found.backends.items()},
        members={name: Counters(**numbers) for name, numbers in found.servers.items()},
    )


def ended(last: Sample) -> Sample:
    """Say that this is all: nobody is connected any more."""

    def idle(each: Mapping[str, Counters]) -> dict[str, Counters]:
        return {id_: msgspec.structs.replace(found, active_connections=0) for id_, found in each.items()}

    return Sample(
        process=last.process,
        ended=True,
        listeners=idle(last.listeners),
        pools=idle(last.pools),
        members=idle(last.members),
    )


class Counting:
    """The last sample of each process, by load balancer."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._guard = threading.Lock()
        self._last: dict[str, dict[str, Sample]] = {}
        self._gone: dict[str, dict[str, Sample]] = {}

    def note(self, load_balancer_id: str, process: str, answer: str) -> None:
        """Take in what a process answered to ``show stat``; nothing when it is no answer to that."""
        try:
            found = sample(process, counts(answer))
        except ValueError:
            return
        with self._guard:
            self._last.setdefault(load_balancer_id, {})[process] = found

    def end(self, load_balancer_id: str, *others: str) -> None:
        """Take every process but these for gone."""
        with self._guard:
            known = self._last.get(load_balancer_id, {})
            for process in [each for each in known if each not in others]:
                self._gone.setdefault(load_balancer_id, {})[process] = ended(known.pop(process))

    def take(self, load_balancer_id: str) -> tuple[Sample, ...]:
        """Name all there is to tell; what is gone is told once."""
        with self._guard:
            gone = self._gone.pop(load_balancer_id, {})
            return (*gone.values(), *self._last.get(load_balancer_id, {}).values())

    def forget(self, load_balancer_id: str) -> None:
        """Know nothing of a load balancer any more."""
        with self._guard:
            self._last.pop(load_balancer_id, None)
            self._gone.pop(load_balancer_id, None)
