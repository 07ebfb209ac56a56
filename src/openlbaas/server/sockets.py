"""The sockets that the server listens on: its own, or those that whoever started it has opened."""

import ipaddress
import os
import socket
from collections.abc import MutableMapping

_FIRST_FD = 3
_BACKLOG = 2048


class NotAddressed(ValueError):
    """The server can't listen where it should; the text says where and why."""


def inherited(environment: MutableMapping[str, str]) -> list[socket.socket]:
    """Take over the sockets that socket activation hands down; none when there are none.

    Source: the sd_listen_fds protocol. LISTEN_PID, where it is set, must name this process.
    Raises: NotAddressed.
    """
    count, pid = environment.pop("LISTEN_FDS", "0"), environment.pop("LISTEN_PID", "")
    if pid and pid != str(os.getpid()):
        return []
    try:
        return [socket.socket(fileno=_FIRST_FD + place) for place in range(int(count))]
    except (ValueError, OSError) as error:
        raise NotAddressed(f"LISTEN_FDS={count} names no open sockets: {error}") from error


def opened(host: str, port: int) -> socket.socket:
    """Open a socket of our own.

    Raises: NotAddressed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise NotAddressed(f"can't listen on {host} port {port}: {error.strerror or error}") from error


def only_this_machine(listening: socket.socket) -> bool:
    """Tell whether nobody but this machine can reach a socket."""
    if listening.family == socket.AF_UNIX:
        return True
    return ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


def address(listening: socket.socket) -> str:
    """Spell where a socket listens."""
    if listening.family == socket.AF_UNIX:
        return f"unix:{listening.getsockname()}"
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
