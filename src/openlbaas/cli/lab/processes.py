"""Processes of a lab: started so that they can be found again whatever happens, told apart from everybody else's.

A process is ours when it carries our marker in its environment, runs in one of our network namespaces, or sees the
mount that marks our hosts. A pid alone is never believed: it counts together with the process's start time.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from openlbaas.cli.lab.names import MARKER, Names

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable, Sequence

DEADLINE_S = 20.0
_PAUSE_S = 0.003
_LOG_LINES = 12
_START_TIME = 19
"""Place of the start time in /proc/PID/stat, counted after the closing bracket of the name."""

# The shell writes down its own pid and start time, which exec keeps, before it becomes the program: no moment is left
# in which the program runs and no record of it exists.
_BIRTH = 'read -r line </proc/$$/stat && printf "%s\\n" "$line" >"$0" && exec "$@"'
_FIRST_FD = 3
_HIGH_FD = 64


class LabError(Exception):
    """Something a person must know; the text is whole sentences."""


class Born(NamedTuple):
    """A process, by what the kernel never gives to two."""

    pid: int
    started: str


def start(
    lab: Names,
    name: str,
    command: Sequence[str],
    *,
    log: Path | None = None,
    sockets: Sequence[socket.socket] = (),
) -> int:
    """Start a process in a session of its own, its output in its log, and name its pid.

    Shape: sockets become the file descriptors 3, 4, ... and are announced as socket activation does
    """
    record = lab.birth(name)
    record.unlink(missing_ok=True)
    environment = {**os.environ, MARKER: lab.prefix}
    environment.pop("LISTEN_PID", None)
    environment["LISTEN_FDS"] = str(len(sockets))
    high = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD_CLOEXEC, _HIGH_FD) for one in sockets]
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log or lab.log(name)), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644),
        (os.POSIX_SPAWN_DUP2, 1, 2),
        *[(os.POSIX_SPAWN_DUP2, descriptor, _FIRST_FD + place) for place, descriptor in enumerate(high)],
    ]
    try:
        return os.posix_spawn(
            "/bin/sh",
            ["/bin/sh", "-c", _BIRTH, str(record), *command],
            environment,
            file_actions=actions,
            setsid=True,
            setsigdef=[signal.SIGPIPE, signal.SIGINT],
        )
    finally:
        for descriptor in high:
            os.close(descriptor)


def born(lab: Names, name: str) -> Born | None:
    """Read who a process said it is; None when it was never started."""
    try:
        line = lab.birth(name).read_text()
    except OSError:
        return None
    pid, _, _ = line.partition(" ")
    fields = _after_name(line)
    return Born(int(pid), fields[_START_TIME]) if len(fields) > _START_TIME else None


def alive(lab: Names, name: str) -> int | None:
    """Name the pid of a process that runs; None when it has ended or was never started."""
    known = born(lab, name)
    if known is None:
        return None
    fields = _stat(known.pid)
    if len(fields) <= _START_TIME or fields[_START_TIME] != known.started or fields[0] in "ZX":
        return None
    return known.pid


def until(condition: Callable[[], bool], what: str, *, lab: Names, name: str = "", pid: int = 0) -> None:
    """Wait for a condition that the process of this name brings about.

    Raises: LabError with the end of the process's log when it ends first or takes too long
    """
    give_up = time.monotonic() + DEADLINE_S
    while not condition():
        if pid and _ended(pid):
            message = f"{name} ended instead of {what}.{log_tail(lab, name)}"
            raise LabError(message)
        if time.monotonic() > give_up:
            message = f"{name or 'The lab'}: waited {DEADLINE_S:g} s for {what}.{log_tail(lab, name)}"
            raise LabError(message)
        time.sleep(_PAUSE_S)


def log_tail(lab: Names, name: str) -> str:
    """Quote the end of a log, as the end of a sentence about its process."""
    try:
        lines = lab.log(name).read_text(errors="replace").splitlines()[-_LOG_LINES:]
    except OSError:
        return ""
    quoted = "".join(f"\n    {line}" for line in lines)
    return f" The end of {lab.log(name)}:{quoted}" if lines else f" {lab.log(name)} is empty."


def stop(lab: Names, name: str, how: signal.Signals) -> bool:
    """End one process, also a paused one, by its record and wait until it is gone; tell whether there was one."""
    pid = alive(lab, name)
    if pid is None:
        return False
    with suppress(ProcessLookupError):
        os.kill(pid, how)
        os.kill(pid, signal.SIGCONT)
    until(lambda: alive(lab, name) is None, f"the end of process {pid}", lab=lab)
    return True


def end(lab: Names, found: Callable[[], Iterable[int]]) -> None:
    """Kill whatever is found, again and again until nothing is: what dies may have been starting something else."""
    give_up = time.monotonic() + DEADLINE_S
    while pids := sorted(found()):
        if time.monotonic() > give_up:
            message = f"Processes {pids} of the lab in {lab.folder} do not end."
            raise LabError(message)
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(_PAUSE_S)


def ours(lab: Names) -> set[int]:
    """Find every process of a lab; never the caller or what the caller runs in."""
    spaces = _network_namespaces(lab)
    marked: dict[int, bool] = {}
    found = {
        known.pid
        for record in (lab.folder / "run").glob("*.born")
        if (known := born(lab, record.stem)) and alive(lab, record.stem)
    }
    for pid in _all_processes():
        if pid not in found and _is_ours(pid, lab, spaces, marked):
            found.add(pid)
    return found - _callers()


def inside(lab: Names, host: str) -> set[int]:
    """Find every process of one host.

    It is in the host's network namespace, or in its mount namespace and so perhaps in a load balancer's.
    """
    try:
        network = Path(lab.namespace_path(host)).stat().st_ino
    except OSError:
        return set()
    processes = {pid: _spaces(pid) for pid in _all_processes()}
    mine = _space(os.getpid(), "mnt")
    mounts = {mnt for net, mnt in processes.values() if net == network and mnt != mine}
    return {pid for pid, (net, mnt) in processes.items() if net == network or mnt in mounts} - _callers()


def _is_ours(pid: int, lab: Names, spaces: frozenset[int], marked: dict[int, bool]) -> bool:
    network, mounts = _spaces(pid)
    if not network:
        return False
    if network in spaces:
        return True
    if mounts not in marked:
        marked[mounts] = f" {lab.mark} " in _text(f"/proc/{pid}/mountinfo")
    return marked[mounts] or f"{MARKER}={lab.prefix}" in _text(f"/proc/{pid}/environ").split("\0")


def _spaces(pid: int) -> tuple[int, int]:
    return _space(pid, "net"), _space(pid, "mnt")


def _space(pid: int, kind: str) -> int:
    """Name the number of a process's namespace; 0 when the process is gone."""
    try:
        return os.stat(f"/proc/{pid}/ns/{kind}").st_ino  # noqa: PTH116 - hundreds of these in a row, Path takes twice as long
    except OSError:
        return 0


def _network_namespaces(lab: Names) -> frozenset[int]:
    return frozenset(path.stat().st_ino for path in Path("/run/netns").glob(f"{lab.prefix}-*"))


def _all_processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - names alone are wanted


def _callers() -> set[int]:
    """List this process and all it was started by."""
    found: set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in found:
        found.add(pid)
        fields = _stat(pid)
        pid = int(fields[1]) if fields else 0
    return found


def _ended(pid: int) -> bool:
    """Tell whether a child of ours, or anybody, has ended."""
    fields = _stat(pid)
    return not fields or fields[0] in "ZX"


def _stat(pid: int) -> list[str]:
    return _after_name(_text(f"/proc/{pid}/stat"))


def _after_name(line: str) -> list[str]:
    """Split a line of /proc/PID/stat after the name, which may hold anything."""
    return line.rpartition(")")[2].split()


def _text(path: str) -> str:
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return ""
