"""The host's side of the host protocol: its feed and its reports, from whichever server answers.

Shape:   a HostClient is used by one thread at a time, except for close
Units:   every timeout is in seconds
"""

import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from openlbaas.client.transport import Endpoint, endpoint
from openlbaas.dialects.host_v1 import (
    FEED_PATH,
    REPORT_PATH,
    TOKEN_HEADER,
    Feed,
    HostError,
    Report,
    ReportAnswer,
)

_CONNECT_S = 1.0
_ANSWER_S = 10.0
_HEARTBEAT_S = 1.5
"""For a report that says nothing, when there is another server: a host that is silent for long is taken for dead."""
_UNHEARD_S = 1.5
"""How long a server's machine may leave what was sent to it without an acknowledgement."""
_GRANTED, _NOT_FOUND = 200, 404
_UNKNOWN_HOST = "unknown_host"
_Answer = TypeVar("_Answer", Feed, ReportAnswer)


class UnknownHost(Exception):
    """The server has never heard of this host: it must report first."""


class Unreachable(Exception):
    """No server granted the request; the text says of each what it did instead."""


class HostClient:
    """Asks one of several servers, the one that answered last first."""

    def __init__(self, servers: Sequence[str], token: str, host: str) -> None:
        """Remember whom to ask; nothing is opened before the first request.

        Raises:  ValueError when a server's address can't be read
        """
        self.host = host
        self._lines = [_Line(endpoint(server), token) for server in servers]
        self._best = 0
        self._closed = False

    def feed(self, after: int, wait_s: float, tunnels: str | None = None) -> Feed:
        """Ask for what is newer than a position; answered at the latest after the wait.

        Shape:   tunnels is the version of those that the host knows, None when it has none
        Raises:  UnknownHost; Unreachable
        """
        asked = {"host": self.host, "after": after, "wait": wait_s}
        query = urlencode(asked if tunnels is None else {**asked, "tunnels": tunnels})
        return self._ask("GET", f"{FEED_PATH}?{query}", None, wait_s + _ANSWER_S, Feed)

    def report(self, report: Report) -> ReportAnswer:
        """Tell what there is to say; when this returns, the server has taken it in.

        Raises:  UnknownHost; Unreachable
        """
        timeout_s = _HEARTBEAT_S if report.only_lives and len(self._lines) > 1 else _ANSWER_S
        return self._ask("POST", REPORT_PATH, msgspec.json.encode(report), timeout_s, ReportAnswer)

    def close(self) -> None:
        """End the request under way, from any thread, and take no more."""
        self._closed = True
        for line in self._lines:
            line.abort()

    def _ask(self, method: str, target: str, body: bytes | None, timeout_s: float, kind: type[_Answer]) -> _Answer:
        troubles = []
        for step in range(len(self._lines)):
            number = (self._best + step) % len(self._lines)
            line = self._lines[number]
            if self._closed:
                break
            try:
                answer = _read(*line.exchange(method, target, body, timeout_s), kind)
            except (OSError, HTTPException, msgspec.MsgspecError, _Refused) as problem:
                line.close()
                troubles.append(f"{line.server.url}: {_reason(problem)}")
            else:
                self._best = number
                return answer
        raise Unreachable("; ".join(troubles) or "this client is closed")


class _Refused(Exception):
    """A server answered, but not with what was asked for."""


class _Whole(HTTPConnection):
    """Sends a request in one piece, where HTTPConnection sends the head and the body by one call each.

    A server that was given half of it wakes twice, and has no short way for it (server/quick.py).
    """

    _held: list[bytes] | None = None

    def ask(self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]) -> None:
        """Send a request on a connection that is open.

        Raises:  OSError; HTTPException
        """
        held: list[bytes] = []
        self._held = held
        try:
            self.request(method, target, body=body, headers=headers)
        finally:
            self._held = None
        self.send(b"".join(held))

    def send(self, data: Any) -> None:
        """Send, or keep until the request is whole."""
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)


class _WholeOverTls(HTTPSConnection, _Whole):
    """The same over TLS."""


class _Line:
    """A connection to one server that stays open between requests."""

    def __init__(self, server: Endpoint, token: str) -> None:
        self.server = server
        self._headers = {TOKEN_HEADER: token, "Content-Type": "application/json"}
        self._connection: _Whole | None = None
        self._guard = threading.Lock()
        self._aborted = False

    def exchange(self, method: str, target: str, body: bytes | None, timeout_s: float) -> tuple[int, bytes]:
        """Send one request and read its status and body.

        Order:   what is asked may be asked twice: the first time on a connection that the server gave up meanwhile
        Raises:  OSError; HTTPException
        """
        reused = self._connection is not None
        try:
            return self._attempt(method, target, body, timeout_s)
        except (OSError, HTTPException) as problem:
            self.close()
            if not reused or isinstance(problem, TimeoutError):
                raise
            return self._attempt(method, target, body, timeout_s)

    def close(self) -> None:
        """Give the connection up; the next request opens another."""
        with self._guard:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def abort(self) -> None:
        """Cut the connection under whoever waits on it, and open no other."""
        with self._guard:
            self._aborted = True
            if self._connection is not None and self._connection.sock is not None:
                with suppress(OSError):
                    self._connection.sock.shutdown(socket.SHUT_RDWR)

    def _attempt(self, method: str, target: str, body: bytes | None, timeout_s: float) -> tuple[int, bytes]:
        connection = self._connection or self._open()
        connection.sock.settimeout(timeout_s)
        connection.ask(method, self.server.prefix + target, body, self._headers)
        response = connection.getresponse()
        content = response.read()
        if response.will_close:
            self.close()
        return response.status, content

    def _open(self) -> _Whole:
        host, port = self.server.host, self.server.port
        if self.server.scheme == "https":
            context = ssl.create_default_context()
            connection: _Whole = _WholeOverTls(host, port, timeout=_CONNECT_S, context=context)
        else:
            connection = _Whole(host, port, timeout=_CONNECT_S)
        connection.connect()
        _be_wary(connection.sock)
        with self._guard:
            if self._aborted:
                connection.close()
                raise ConnectionAbortedError("this client is closed")
            self._connection = connection
        return connection


def _be_wary(line: socket.socket) -> None:
    """Notice within seconds that the machine at the other end is gone, also while only waiting for it."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(_UNHEARD_S * 1000))


def _read(status: int, content: bytes, kind: type[_Answer]) -> _Answer:
    if status == _GRANTED:
        return msgspec.json.decode(content, type=kind)
    try:
        told = msgspec.json.decode(content, type=HostError)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise _Refused(f"HTTP status {status}") from None
    if status == _NOT_FOUND and told.code == _UNKNOWN_HOST:
        raise UnknownHost(told.message)
    raise _Refused(f"{status} {told.message}")


def _reason(problem: Exception) -> str:
    if isinstance(problem, TimeoutError):
        return "timed out"
    return str(getattr(problem, "strerror", None) or problem or type(problem).__name__)
