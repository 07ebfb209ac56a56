"""A thread that goes into namespaces for others and comes back: one for each errand costs more than a whole look."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, TypeVar

from openlbaas.drivers.haproxy_netns import kernel

_HOME = "/proc/thread-self/ns/net"
_PAUSE_S = 0.1

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Errand:
    """What is to be done where; the answer is what came of it, or what went wrong."""

    namespace: int
    work: Callable[[], Any]
    answer: "SimpleQueue[tuple[Any, BaseException | None]]"


class Envoy:
    """The thread, which does nothing else, so no mistake can leave another one in the wrong place.

    Order: an errand takes no time, for all others wait for it.
    """

    def __init__(self) -> None:
        """Wait to be sent."""
        self._guard = threading.Lock()
        self._errands: SimpleQueue[_Errand] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def send(self, namespace: int, work: Callable[[], Result]) -> Result:
        """Do something in a namespace, of which this is a descriptor.

        Raises: OSError when it can't be entered; whatever the work raises.
        """
        answer: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        with self._guard:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="envoy", daemon=True)
                self._thread.start()
        self._errands.put(_Errand(namespace, work, answer))
        result, fault = answer.get()
        if fault is not None:
            raise fault
        found: Result = result
        return found

    def _run(self) -> None:
        home = os.open(_HOME, os.O_RDONLY | os.O_CLOEXEC)
        while True:
            errand = self._errands.get()
            told: tuple[Any, BaseException | None]
            try:
                kernel.setns(errand.namespace, kernel.CLONE_NEWNET)
                told = (errand.work(), None)
            except BaseException as fault:  # noqa: BLE001 - handed to the thread that waits
                told = (None, fault)
            _come_back(home)
            errand.answer.put(told)


def _come_back(home: int) -> None:
    """Leave for home: whoever stays in a namespace keeps it alive."""
    while True:
        with suppress(OSError):
            kernel.setns(home, kernel.CLONE_NEWNET)
            return
        time.sleep(_PAUSE_S)
