"""A HAProxy that is there and answers nobody: woken when somebody stopped it, ended when it stays silent."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from openlbaas.drivers.haproxy_netns import processes

LONGEST_S = 8.0
"""So long that no load alone does it: whoever has to wait for an answer for longer has none."""
_STOPPED = "T"
_LOG = structlog.get_logger()


class Silence:
    """Since when each process has been silent."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Expect answers."""
        self._clock = clock
        self._since: dict[str, tuple[int, float]] = {}

    def broken(self, load_balancer_id: str) -> None:
        """Note an answer."""
        self._since.pop(load_balancer_id, None)

    def note(self, load_balancer_id: str, process: int) -> None:
        """Note that the process that serves a load balancer did not answer in time, and do what helps.

        Order:  it goes on where it stood if it was stopped, with all its connections; it ends if that does not help,
                and whoever watches it starts another
        Raises: StepFailed when it does not end.
        """
        now = self._clock()
        known, since = self._since.get(load_balancer_id, (0, now))
        if known != process:
            since = now
        self._since[load_balancer_id] = process, since
        if now - since >= LONGEST_S:
            _LOG.error("HAProxy answers nobody and is ended", load_balancer=load_balancer_id, process=process)
            processes.end((process,))
        elif _state(process) == _STOPPED:
            _LOG.warning("HAProxy was stopped and is to go on", load_balancer=load_balancer_id, process=process)
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)


def _state(process: int) -> str:
    """Name the state of a process as the kernel does; nothing when it has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
