"""The keepalived of one load balancer: it says which of two hosts has the VIP, and gives and takes the addresses.

Its files are in a folder of root's own below that of the load balancer. It runs in the load balancer's namespace and
goes on when the agent ends.
"""

import os
import select
import shutil
import signal
import socket
import stat
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from openlbaas.domain.errors import StepFailed
from openlbaas.drivers.haproxy_netns import processes, records, wellness
from openlbaas.drivers.haproxy_netns.processes import Identity
from openlbaas.drivers.haproxy_netns.reading import Reading
from openlbaas.drivers.haproxy_netns.seen import Turns

_ROOT = Identity(0, 0)
_FOLDER = 0o700
_LONGEST_START_S = 5.0
_LAST_WORD_S = 0.1
_PAUSE_S = 0.002
_ADDRESSES = 0x10 | 0x100
_NEW_ADDRESS = 20
_LARGEST = 4096


@dataclass(frozen=True, slots=True)
class TurnFiles:
    """The files of one keepalived."""

    folder: Path

    @property
    def conf(self) -> Path:
        """What it reads."""
        return self.folder / "keepalived.conf"

    @property
    def good(self) -> Path:
        """What it is known to have read."""
        return self.folder / "keepalived.conf.good"

    @property
    def process(self) -> Path:
        """The id of the process that sees to the other."""
        return self.folder / "keepalived.pid"

    @property
    def speaker(self) -> Path:
        """The id of the process that talks with the other host."""
        return self.folder / "vrrp.pid"

    @property
    def track(self) -> Path:
        """Whether HAProxy is well; both the agent and the keeper write it."""
        return self.folder / "haproxy_is_unwell"


class Keepalived:
    """One load balancer's keepalived, by its program and its folder."""

    def __init__(self, binary: str, folder: Path) -> None:
        """Take the program and the folder."""
        self.files = TurnFiles(folder)
        self._beginning = (binary, "-P", "-f", str(self.files.conf))

    def see(self, namespace: int | None, reading: Reading) -> Turns | None:
        """See what there is; None when there is no trace.

        Shape: namespace is the number of the one that it should be in.
        """
        files = self.files
        if not os.path.lexists(files.folder):
            return None
        process = self.process(namespace)
        return Turns(
            process=process,
            others=() if process is not None else processes.running(self._beginning),
            good=reading.of(files.good, records.read_text),
            well=reading.of(files.track, lambda path: records.read_start(path, len(wellness.WELL))) == wellness.WELL,
        )

    def process(self, namespace: int | None) -> int | None:
        """Name the process that sees to the other, if it runs in this namespace."""
        process = records.read_process(self.files.process)
        if process is None or namespace is None or processes.namespace(process) != namespace:
            return None
        return process if processes.runs(process, self._beginning) else None

    def start(self, text: str) -> None:
        """Start it on a configuration, in the calling thread's namespace.

        Order:  nothing is known to be read until it is known to hear signals
        Raises: OSError; StepFailed.
        """
        self._start(text)
        records.write(self.files.good, text.encode(), 0o600)

    def start_at_once(self, at_once: str, text: str) -> None:
        """Start it as the one that serves, and let it be as any other when it does, in the calling thread's namespace.

        Raises: OSError; StepFailed.
        """
        with address_news() as news:
            self._start(at_once)
            ear = select.poll()
            ear.register(news, select.POLLIN)
            until = time.monotonic() + _LONGEST_START_S
            # First it takes the addresses away that it finds, then it serves.
            while not (ear.poll(_PAUSE_S * 1000) and added(news)):
                if time.monotonic() > until:
                    raise StepFailed("keepalived does not take the VIP")
        self.load(text, records.read_process(self.files.process) or 0)

    def _start(self, text: str) -> None:
        files = self.files
        _have(files.folder)
        records.remove(files.good, files.process, files.speaker)
        self.note(well=True)
        records.write(files.conf, text.encode(), 0o600)
        code, said = processes.run((*self._beginning, "-p", str(files.process), "-r", str(files.speaker)), _ROOT, "/")
        if code:
            raise StepFailed(f"keepalived can't be started: {said.strip()[-200:]}")
        self._until(lambda: self._runs(files.process) and self._runs(files.speaker), "keepalived does not start")

    def load(self, text: str, process: int) -> None:
        """Have it read another configuration; who has the VIP keeps it.

        Raises: OSError.
        """
        records.write(self.files.conf, text.encode(), 0o600)
        _signal((process,), signal.SIGHUP)
        records.write(self.files.good, text.encode(), 0o600)

    def note(self, *, well: bool) -> None:
        """Say whether HAProxy is well.

        Raises: OSError.
        """
        wellness.note(self.files.track, well=well)

    def end(self, known: Sequence[int]) -> None:
        """End what is left of it where it was; the addresses stay as they are.

        Raises: StepFailed.
        """
        there = self._there(known)
        # It would end what it started, and that would take the addresses away; or start another.
        _signal(there, signal.SIGSTOP)
        # Its child is the last that was started: it must not see its parent end.
        processes.end(tuple(reversed(there)))

    def leave(self, known: Sequence[int], *, keeps: bool) -> None:
        """End it, and have none of its files.

        Shape:  keeps leaves the addresses where they are; else the other host hears that it is its turn
        Raises: StepFailed; OSError.
        """
        if not keeps and self._there(known):
            _signal(self._there(known), signal.SIGTERM)
            time.sleep(_LAST_WORD_S)
        self.end(known)
        with suppress(FileNotFoundError):
            shutil.rmtree(self.files.folder)

    def _there(self, known: Sequence[int]) -> tuple[int, ...]:
        """Name what runs, parents first."""
        named = (records.read_process(path) for path in (self.files.process, self.files.speaker))
        every = dict.fromkeys((*(process for process in named if process is not None), *known))
        return tuple(process for process in every if processes.runs(process, self._beginning))

    def _runs(self, file: Path) -> bool:
        process = records.read_process(file)
        return process is not None and processes.runs(process, self._beginning)

    @staticmethod
    def _until(true: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + _LONGEST_START_S
        while not true():
            if time.monotonic() > until:
                raise StepFailed(what)
            time.sleep(_PAUSE_S)


def address_news() -> socket.socket:
    """Hear of addresses that come and go in the calling thread's namespace.

    Raises: OSError.
    Source: rtnetlink(7), RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR.
    """
    made = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, socket.NETLINK_ROUTE)
    made.bind((0, _ADDRESSES))
    return made


def added(news: socket.socket) -> bool:
    """Tell whether the next news is of an address that came."""
    message = news.recv(_LARGEST)
    return int.from_bytes(message[4:6], sys.byteorder) == _NEW_ADDRESS


def _signal(to: Sequence[int], number: signal.Signals) -> None:
    for process in to:
        with suppress(ProcessLookupError):
            os.kill(process, number)


def _have(folder: Path) -> None:
    """Have a folder of our own; the one around it is open to HAProxy's group, so what is there may be another's."""
    with suppress(FileNotFoundError):
        there = folder.lstat()
        if not stat.S_ISDIR(there.st_mode):
            folder.unlink()
        elif there.st_uid != os.geteuid():
            shutil.rmtree(folder)
    with suppress(FileExistsError):
        folder.mkdir(mode=_FOLDER)
    folder.chmod(_FOLDER)
