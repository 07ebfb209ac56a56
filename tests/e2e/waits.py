"""Waiting on conditions, with a deadline."""

import time
from collections.abc import Callable

DEADLINE_S = 20.0
PAUSE_S = 0.02


def eventually(condition: Callable[[], object], what: str, deadline_s: float = DEADLINE_S) -> None:
    """Wait until a condition holds; fail, saying what was waited for, when it does not in time."""
    ends = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < ends, f"waited {deadline_s:g} s for {what}"
        time.sleep(PAUSE_S)
