"""A quick look whether servers answer, before they are given requests for the first time."""

import errno
import select
import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack

from openlbaas.haproxy.runtime import Server

_LONGEST_S = 0.15
_MOST = 500


def answering(servers: Iterable[Server]) -> frozenset[str]:
    """Name those that answer, by their paths; all are asked at once, from the namespace of the calling thread.

    Shape: one that HAProxy checks has to take the connection; of one that is pinged, a refusal will do: its machine
    lives. More than can be asked in one go count as silent, which lasts until their first good check.
    """
    found: set[str] = set()
    asked: dict[int, tuple[socket.socket, Server]] = {}
    with ExitStack() as opened:
        ready = select.poll()
        for server in list(servers)[:_MOST]:
            talk = opened.enter_context(_socket(server))
            code = _connect(talk, server)
            if code == errno.EINPROGRESS:
                asked[talk.fileno()] = (talk, server)
                ready.register(talk, select.POLLOUT)
            elif _lives(code, server):
                found.add(server.path)
        until = time.monotonic() + _LONGEST_S
        while asked and (left_s := until - time.monotonic()) > 0:
            for descriptor, _ in ready.poll(left_s * 1000):
                talk, server = asked.pop(descriptor)
                ready.unregister(descriptor)
                if _lives(talk.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), server):
                    found.add(server.path)
    return frozenset(found)


def _socket(server: Server) -> socket.socket:
    family = socket.AF_INET6 if server.address.startswith("[") else socket.AF_INET
    return socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)


def _connect(talk: socket.socket, server: Server) -> int:
    address, _, port = server.address.rpartition(":")
    return talk.connect_ex((address.strip("[]"), int(port)))


def _lives(code: int, server: Server) -> bool:
    return code == 0 or (code == errno.ECONNREFUSED and not server.checked)
