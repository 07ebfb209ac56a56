"""Waiting on conditions, with a deadline."""

import time
from collections.abc import Callable
from pathlib import Path

DEADLINE_S = 20.0
PAUSE_S = 0.02


def eventually(condition: Callable[[], object], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Wait until a condition holds; fail, saying what was waited for, when it does not in time."""
    ends = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < ends, f"waited {deadline_s:g} s for {what}"
        time.sleep(PAUSE_S)


def ended(pid: int) -> bool:
    """Tell whether a process does nothing any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True
