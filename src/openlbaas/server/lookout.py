"""Waking hosts that wait here for what was changed at another server."""

import logging
import threading
from collections.abc import Callable, Iterable

from openlbaas.domain.errors import StoreBusy

EVERY_S = 0.04
_AFTER_TROUBLE_S = 1.0
_LOG = logging.getLogger("openlbaas.server")


def look_out(
    moved: Callable[[], frozenset[str]],
    changed: Callable[[frozenset[str]], None],
    waited_for: Callable[[], Iterable[str]],
    ending: threading.Event,
) -> None:
    """Wake hosts whose feed moved, until told to end; nobody is asked while nobody waits.

    Shape: moved names them, changed wakes them, waited_for names those that wait here.
    """
    pause_s, troubled = EVERY_S, False
    while not ending.wait(pause_s):
        pause_s = EVERY_S
        if not waited_for():
            continue
        try:
            hosts = moved()
        except StoreBusy as error:
            if not troubled:
                _LOG.warning("what other servers change is not seen at once: %s", error)
            pause_s, troubled = _AFTER_TROUBLE_S, True
            continue
        troubled = False
        if hosts:
            changed(hosts)
