"""Hearing from each HAProxy that one of its servers came or went.

HAProxy sends its log as a stream to a socket of ours, by way of a ring that keeps lines while nobody listens. A line is
a hint and no more: whoever hears it asks that HAProxy itself, so nobody can lie about another's members.

Source: HAProxy 2.6, "ring"; RFC 3164 for the lines.
"""

import os
import re
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

TAG = "qlbaas-"
"""What begins the name that a load balancer's HAProxy has in logs; its id follows."""

_LINE = re.compile(rb"qlbaas-([0-9A-Za-z-]{1,64})\[\d+\]: Server \S+ is (?:UP|DOWN)")
_PIECE = 1 << 16
_LONGEST_LINE = 4096
_WAITING = 512
_LOG = structlog.get_logger()


class Hints:
    """Listens on one socket for every HAProxy of this host."""

    def __init__(self, path: Path, group: int, changed: Callable[[str], None]) -> None:
        """Take where, who else may speak, and whom to call with the id of the load balancer that had news.

        Raises: OSError when the socket can't be made.
        """
        self._changed = changed
        self._epoll = select.epoll()
        self._open: dict[int, tuple[socket.socket, bytes]] = {}
        self._listening = self._made(path, group)
        self._epoll.register(self._listening, select.EPOLLIN)
        threading.Thread(target=self._run, name="hints", daemon=True).start()

    def _made(self, path: Path, group: int) -> socket.socket:
        """Make the socket beside its name and rename it, so that there is never a moment without."""
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{path.name}.new")
        new.unlink(missing_ok=True)
        listening.bind(str(new))
        os.chown(new, 0, group)
        new.chmod(0o660)
        listening.listen(_WAITING)
        new.rename(path)
        return listening

    def _run(self) -> None:
        while True:
            try:
                for descriptor, _ in self._epoll.poll():
                    self._hear(descriptor)
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("a hint could not be heard; the next ones are")

    def _hear(self, descriptor: int) -> None:
        if descriptor == self._listening.fileno():
            with suppress(OSError):
                talk, _ = self._listening.accept()
                talk.setblocking(False)  # noqa: FBT003 - the way it is called
                self._open[talk.fileno()] = (talk, b"")
                self._epoll.register(talk, select.EPOLLIN)
            return
        talk, begun = self._open[descriptor]
        try:
            piece = talk.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if not piece:
            self._epoll.unregister(descriptor)
            del self._open[descriptor]
            talk.close()
            return
        lines, _, rest = (begun + piece).rpartition(b"\n")
        self._open[descriptor] = (talk, rest[-_LONGEST_LINE:])
        for load_balancer_id in dict.fromkeys(match[1].decode() for match in _LINE.finditer(lines)):
            self._changed(load_balancer_id)
