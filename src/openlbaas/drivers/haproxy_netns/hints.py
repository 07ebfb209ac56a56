"""Hearing from each HAProxy that one of its servers came or went.

HAProxy sends its log to a socket of ours, too. A line is a hint and no more: whoever hears it asks that HAProxy itself,
so nobody can lie about another's members, and a line that is lost is made up for by the next measurement in turn.

Datagrams, since they cost HAProxy nothing while no agent listens: a ring that is to be forwarded to a stream keeps its
lines, but HAProxy 2.6 connects again without a pause and burns a core while it can't (measured).
"""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from openlbaas.haproxy.news import told

_LONGEST_LINE = 4096
_WAITING = 4096
_MOST_WAITING = Path("/proc/sys/net/unix/max_dgram_qlen")
_LOG = structlog.get_logger()


class Hints:
    """Listens on one socket for every HAProxy of this host."""

    def __init__(self, path: Path, group: int, changed: Callable[[str], None]) -> None:
        """Take where, who else may speak, and whom to call with the id of the load balancer that had news.

        Raises: OSError when the socket can't be made.
        """
        self._changed = changed
        self._socket = _made(path, group)
        threading.Thread(target=self._run, name="hints", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                load_balancer_id = told(self._socket.recv(_LONGEST_LINE))
                if load_balancer_id is not None:
                    self._changed(load_balancer_id)
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("a hint could not be heard; the next ones are")


def _made(path: Path, group: int) -> socket.socket:
    """Make the socket beside its name and rename it, so that there is never a moment without."""
    # Ten lines, the kernel's own limit, are not enough where many members go at once. It holds for sockets made later.
    with suppress(OSError):
        if int(_MOST_WAITING.read_text()) < _WAITING:
            _MOST_WAITING.write_text(str(_WAITING))
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    made.bind(str(new))
    os.chown(new, 0, group)
    new.chmod(0o660)
    new.rename(path)
    return made
