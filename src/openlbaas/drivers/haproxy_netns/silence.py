"""A HAProxy that is there and answers nobody: woken when somebody stopped it, ended when it stays silent."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from openlbaas.domain.errors import StepFailed
from openlbaas.drivers.haproxy_netns import control, processes

LONGEST_S = 8.0
"""So long that no load alone does it: whoever has to wait for an answer for longer has none."""
_SHORT_S = 0.5
"""How long everybody waits for one that is not known to be slow."""
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


class Attendance:
    """Waits for what is silent, for each in a thread of its own: all that answer are asked on meanwhile.

    Shape: serving names the process that serves a load balancer, and socket the place that it is asked at.
    """

    def __init__(self, serving: Callable[[str], int | None], socket: Callable[[str], Path]) -> None:
        """Wait for nothing yet."""
        self._serving = serving
        self._socket = socket
        self._silence = Silence()
        self._guard = threading.Lock()
        self._silent: set[str] = set()
        self._slow: set[str] = set()

    def waits(self, load_balancer_id: str) -> bool:
        """Tell whether a process is being waited for: nobody else needs to ask it."""
        return load_balancer_id in self._silent

    def patience_s(self, load_balancer_id: str) -> float:
        """Say how long to wait for an answer: one that was late must not be late for ever."""
        return control.LONGEST_S if load_balancer_id in self._slow else _SHORT_S

    def answered(self, load_balancer_id: str) -> None:
        """Note an answer."""
        self._slow.discard(load_balancer_id)
        self._silence.broken(load_balancer_id)

    def attend(self, load_balancer_id: str, ended: Callable[[str], None]) -> None:
        """Wait for a process that did not answer in time, and call this when it answers or is gone."""
        with self._guard:
            if load_balancer_id in self._silent:
                return
            self._silent.add(load_balancer_id)
        threading.Thread(target=self._attend, args=(load_balancer_id, ended), daemon=True).start()

    def _attend(self, load_balancer_id: str, ended: Callable[[str], None]) -> None:
        try:
            while self._mute(load_balancer_id):
                pass
        except StepFailed as failed:
            _LOG.warning("what answers nobody stays", load_balancer=load_balancer_id, reason=str(failed))
        finally:
            self._silent.discard(load_balancer_id)
            ended(load_balancer_id)

    def _mute(self, load_balancer_id: str) -> bool:
        """Do what helps, ask once more, and tell whether there still is no answer."""
        process = self._serving(load_balancer_id)
        if process is None:
            return False
        self._silence.note(load_balancer_id, process)
        try:
            control.ask(self._socket(load_balancer_id), "show info")
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._slow.add(load_balancer_id)
        self._silence.broken(load_balancer_id)
        return False


def _state(process: int) -> str:
    """Name the state of a process as the kernel does; nothing when it has ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
