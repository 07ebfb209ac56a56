"""Processes of HAProxy: starting, finding, following and ending them."""

import grp
import os
import pwd
import resource
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from openlbaas.domain.errors import StepFailed
from openlbaas.drivers.haproxy_netns import records

_PROC = Path("/proc")
_LONGEST_START_S = 30.0
_LONGEST_END_S = 5.0
_PAUSE_S = 0.002
_LISTENING = "0A"
_STATE, _INODE = 3, 9
_OPEN_FILES = 1_048_576
_OWN_OPEN_FILES = 65_536
_LAST_WORDS = 8192
_LONGEST_COMMAND = 1 << 16
# Memory is taken as it is needed, not 128 KiB ahead: 90 KiB less for each process, and no more CPU (measured).
_ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "MALLOC_TOP_PAD_": "0"}


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a process runs as."""

    user: int
    group: int


def identity(user: str, group: str) -> Identity:
    """Look a user and a group up.

    Raises: ValueError when there is none of the name.
    """
    try:
        return Identity(pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid)
    except KeyError as error:
        raise ValueError(f"[haproxy] user {user} or group {group} does not exist on this host") from error


def allow_open_files() -> int:
    """Let what this process starts open as many files as a large load balancer needs and can't ask for.

    Shape: how many that is: fewer, where this process may not allow more. It takes leave for many itself: it holds some
        for every load balancer, and the usual limit is 1,024.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < _OPEN_FILES:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, _OPEN_FILES))
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    own = _OWN_OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OWN_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < own:
        resource.setrlimit(resource.RLIMIT_NOFILE, (own, hard))
    return _OPEN_FILES if hard == resource.RLIM_INFINITY else hard


def namespace(process: int) -> int | None:
    """Name the network namespace that a process is in; None when it has ended."""
    try:
        return os.stat(f"/proc/{process}/ns/net").st_ino  # noqa: PTH116 - a thousand times
    except OSError:
        return None


def runs(process: int, command: Sequence[str]) -> bool:
    """Tell whether a process runs a command that begins with these words; its number may be another's by now."""
    said = records.read_start(f"/proc/{process}/cmdline", _LONGEST_COMMAND)
    return said is not None and said.startswith("".join(f"{word}\0" for word in command).encode())


def running(command: Sequence[str], inside: int | None = None) -> tuple[int, ...]:
    """List every process that runs a command that begins with these words, of one network namespace or of all."""
    there = (int(name) for name in os.listdir(_PROC) if name.isdecimal())  # noqa: PTH208 - names are cheaper than paths
    here = (process for process in there if inside is None or namespace(process) == inside)
    return tuple(sorted(process for process in here if runs(process, command)))


def follow(process: int) -> int | None:
    """Open a descriptor that becomes readable when a process ends; None when it has ended."""
    try:
        return os.pidfd_open(process)
    except ProcessLookupError:
        return None


def end(processes: Sequence[int]) -> None:
    """End processes now, and wait until they have.

    Raises: StepFailed.
    """
    for process in processes:
        descriptor = follow(process)
        if descriptor is None:
            continue
        try:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            ending = select.poll()
            ending.register(descriptor, select.POLLIN)
            if not ending.poll(_LONGEST_END_S * 1000):
                raise StepFailed(f"process {process} does not end")
        finally:
            os.close(descriptor)


def version(binary: str) -> str:
    """Ask a program for its version; nothing where it can't say."""
    try:
        said = subprocess.run([binary, "-v"], capture_output=True, timeout=_LONGEST_START_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.decode(errors="replace")


def run(words: Sequence[str], who: Identity, folder: str) -> tuple[int, str]:
    """Run a program in the calling thread's namespace and say how it ended and what it said.

    Raises: StepFailed when it can't be started or does not end in time.
    """
    # A file, no pipe: what the program leaves running keeps it open.
    said = os.memfd_create("said")
    try:
        try:
            process = subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                cwd=folder,
                user=who.user,
                group=who.group,
                extra_groups=[],
                start_new_session=True,
                close_fds=True,
                env=_ENVIRONMENT,
            )
        except OSError as error:
            named = "" if error.filename is None else f" {error.filename}"
            raise StepFailed(f"HAProxy can't be started, see [haproxy] binary:{named} {error.strerror}") from error
        try:
            code = process.wait(_LONGEST_START_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise StepFailed(f"HAProxy did not start within {_LONGEST_START_S:.0f} s") from None
        return code, os.pread(said, _LAST_WORDS, 0).decode(errors="replace")
    finally:
        os.close(said)


def until_deaf(processes: Sequence[int]) -> None:
    """Wait until processes that were replaced listen no more.

    Raises: StepFailed.
    """
    until = time.monotonic() + _LONGEST_END_S
    for process in processes:
        ears = _listening(process)
        while ears & _sockets(process):
            if time.monotonic() > until:
                raise StepFailed(f"process {process} was replaced and listens on")
            time.sleep(_PAUSE_S)


def _listening(process: int) -> frozenset[str]:
    """Name the sockets that anyone in the namespace of a process listens on."""
    found = set()
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for line in (_PROC / str(process) / "net" / table).read_text().splitlines()[1:]:
                parts = line.split()
                if parts[_STATE] == _LISTENING:
                    found.add(f"socket:[{parts[_INODE]}]")
    return frozenset(found)


def _sockets(process: int) -> frozenset[str]:
    found = set()
    folder = f"/proc/{process}/fd"
    with suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 - names are cheaper than paths
            with suppress(OSError):
                found.add(os.readlink(f"{folder}/{name}"))  # noqa: PTH115 - hundreds of times
    return frozenset(found)
