"""A web server that answers its own name, for the members of a lab.

Run as a program of its own: ``python -I -S web.py NAME PORT LOG``. It imports little because it must be there at once.
Any path answers the name and a newline; ``/headers`` answers the request's headers as JSON. Every request becomes one
line of JSON in LOG. HTTP/1.1 with connections that stay open, one thread each.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time

_BACKLOG = 1024
_CHUNK = 65536
_MOST_HEAD = 1 << 20


class Web:
    """One server: its name and its log."""

    def __init__(self, name: str, log: int) -> None:
        """Take a name and a file descriptor opened for appending."""
        self.body = f"{name}\n".encode()
        self._log = log

    def serve(self, listening: socket.socket) -> None:
        """Take connections for ever."""
        while True:
            connection, caller = listening.accept()
            threading.Thread(target=self._converse, args=(connection, caller), daemon=True).start()

    def _converse(self, connection: socket.socket, caller: tuple[str, int]) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            try:
                waiting = b""
                stays = True
                while stays and (read := _head(connection, waiting)):
                    head, waiting = read
                    stays, waiting = self._answer(connection, caller, head, waiting)
            except (OSError, ValueError):
                return  # The caller hung up, or does not speak HTTP.

    def _answer(
        self, connection: socket.socket, caller: tuple[str, int], head: bytes, waiting: bytes
    ) -> tuple[bool, bytes]:
        request, headers = parsed(head)
        method, path, version = request
        waiting = _skip_body(connection, headers, waiting)
        body = self.body
        kind = "text/plain"
        if path.partition("?")[0] == "/headers":
            body, kind = json.dumps(headers).encode() + b"\n", "application/json"
        stays = _stays(version, headers)
        self._note(caller, request, headers)
        answer = (
            f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            f"Connection: {'keep-alive' if stays else 'close'}\r\n\r\n"
        ).encode()
        connection.sendall(answer if method == "HEAD" else answer + body)
        return stays, waiting

    def _note(self, caller: tuple[str, int], request: tuple[str, str, str], headers: dict[str, str]) -> None:
        line = {"at": time.time(), "from": caller[0], "method": request[0], "path": request[1], "headers": headers}
        os.write(self._log, json.dumps(line).encode() + b"\n")


def parsed(head: bytes) -> tuple[tuple[str, str, str], dict[str, str]]:
    """Read a request's first line and its headers, under the names that they were sent with.

    Raises: ValueError when this is not HTTP.
    """
    first, *rest = head.decode("latin-1").split("\r\n")
    method, path, version = first.split(" ")
    headers: dict[str, str] = {}
    for line in rest:
        name, colon, value = line.partition(":")
        if not colon:
            message = f"{line!r} is no header"
            raise ValueError(message)
        headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
    return (method, path, version), headers


def _head(connection: socket.socket, waiting: bytes) -> tuple[bytes, bytes] | None:
    """Read up to the empty line; None when the caller is done."""
    while b"\r\n\r\n" not in waiting:
        more = connection.recv(_CHUNK)
        if not more or len(waiting) > _MOST_HEAD:
            return None
        waiting += more
    head, _, rest = waiting.partition(b"\r\n\r\n")
    return head, rest


def _skip_body(connection: socket.socket, headers: dict[str, str], waiting: bytes) -> bytes:
    """Read past the body of a request, and hand back what came after it."""
    lowered = {name.lower(): value for name, value in headers.items()}
    if lowered.get("transfer-encoding", "").lower() == "chunked":
        return _skip_chunks(connection, waiting)
    length = int(lowered.get("content-length", "0"))
    if length and lowered.get("expect", "").lower() == "100-continue":
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    return _skip(connection, waiting, length)


def _skip(connection: socket.socket, waiting: bytes, length: int) -> bytes:
    while len(waiting) < length:
        length -= len(waiting)
        waiting = connection.recv(_CHUNK)
        if not waiting:
            message = "the caller hung up"
            raise ValueError(message)
    return waiting[length:]


def _skip_chunks(connection: socket.socket, waiting: bytes) -> bytes:
    while True:
        while b"\r\n" not in waiting:
            waiting = waiting + _more(connection)
        size, _, waiting = waiting.partition(b"\r\n")
        length = int(size.partition(b";")[0], 16)
        waiting = _skip(connection, waiting, length + 2)
        if length == 0:
            return waiting


def _more(connection: socket.socket) -> bytes:
    more = connection.recv(_CHUNK)
    if not more:
        message = "the caller hung up"
        raise ValueError(message)
    return more


def _stays(version: str, headers: dict[str, str]) -> bool:
    wish = next((value.lower() for name, value in headers.items() if name.lower() == "connection"), "")
    return wish == "keep-alive" if version == "HTTP/1.0" else wish != "close"


def main() -> None:
    """Serve until killed."""
    name, port, log = sys.argv[1:]
    listening = socket.create_server(("0.0.0.0", int(port)), backlog=_BACKLOG)  # noqa: S104 - a namespace of its own
    Web(name, os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)).serve(listening)


if __name__ == "__main__":
    main()
