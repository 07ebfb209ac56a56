"""Where agent and keeper meet: who the keeper is, and two sockets for hints.

A hint only saves time: what it is about is in the files of the holdings.
"""

import fcntl
import os
import socket
from contextlib import suppress
from pathlib import Path

EAR = "keeper.sock"
AGENT_EAR = "agent.sock"
_LOCK = "keeper.lock"
_LONGEST = 256


def lock(folder: Path, mark: str) -> int | None:
    """Be the only keeper of a folder for as long as the process lives; None when there is another.

    Shape:  mark names the version and the settings of this keeper
    Raises: OSError.
    """
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()} {mark}".encode(), 0)
    return descriptor


def keeper(folder: Path) -> tuple[int, str] | None:
    """Name the process that keeps a folder and its mark; None when none does.

    Raises: OSError.
    """
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        process, _, mark = os.pread(descriptor, _LONGEST, 0).decode(errors="replace").partition(" ")
        return (int(process), mark) if process.isdigit() else None
    finally:
        os.close(descriptor)
    return None


def listen(path: Path) -> socket.socket:
    """Listen for hints, instead of whoever did before.

    Raises: OSError.
    """
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    with suppress(FileNotFoundError):
        path.unlink()
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        # By way of the folder: the name of a socket may have 107 letters only.
        made.bind(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
    return made


def hint(path: Path, words: str) -> None:
    """Give a hint, and never wait.

    Raises: OSError when nobody listens, or whoever does has too many hints already.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
            out.sendto(words.encode(), socket.MSG_DONTWAIT, f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
