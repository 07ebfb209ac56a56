"""One agent per host: two would undo each other's work."""

import fcntl
import os
import time
from pathlib import Path

_LOCK = "agent.lock"
LAST_THREADS_S = 3.0
_PAUSE_S = 0.02


class CannotStart(Exception):
    """Something that a person must put right; the text says what in one line."""


def _take(descriptor: int, patience_s: float) -> None:
    """Take the lock; one that was killed has it until the last of its threads has ended.

    Raises: BlockingIOError when somebody else keeps it.
    """
    until = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def lock(state_path: str, *, patience_s: float = LAST_THREADS_S) -> int:
    """Be the only agent of this state path, for as long as the process lives, and name the descriptor that says so.

    Units: patience_s is how many seconds another agent has that may be about to end.
    Raises: CannotStart.
    """
    path = Path(state_path) / _LOCK
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise CannotStart(f"[agent] state_path {state_path} can't be used: {error.strerror}") from error
    try:
        _take(descriptor, patience_s)
    except BlockingIOError as error:
        other = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        os.close(descriptor)
        who = f" (process {other})" if other else ""
        raise CannotStart(
            f"another agent{who} already runs on {state_path}; each agent needs its own state_path"
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
