"""One HTTP connection to a server, the next of several when one does not answer; every refusal is one kind of error.

Shape:   a Transport is used by one thread at a time; it keeps its connection open between requests
Units:   every timeout is in seconds
Source:  the error envelope of the Neutron API and the fall-backs of its client when the body is something else

The HTTP machinery is imported when the first request is made: help texts, completion and usage errors
of the command line do not pay for it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from http.client import HTTPConnection, HTTPResponse

UNAUTHORIZED, NOT_FOUND = 401, 404
_GRANTED = range(200, 300)
_CONNECT_S = 3.0
"""For one of several servers."""
_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})


class ClientError(Exception):
    """A request that was not granted.

    Shape:   status is the HTTP status, 0 when no answer came; kind is the server's name for the refusal, or ""
    """

    def __init__(self, status: int, kind: str, message: str, request_ids: tuple[str, ...] = ()) -> None:
        """Keep what the server said, in parts."""
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.message = message
        self.request_ids = request_ids


class Unreachable(ClientError):
    """No answer: refused, reset, timed out, or a name that does not resolve."""

    def __init__(self, endpoint: str, reason: str) -> None:
        """Name the endpoint, because the reader must know which one did not answer."""
        super().__init__(0, "Unreachable", f"No answer from {endpoint}: {reason}")
        self.endpoint = endpoint


class Reply(NamedTuple):
    """A granted request. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def request_ids(self) -> tuple[str, ...]:
        """The id the server gave to this request, as a tuple of none or one."""
        found = self.headers.get("x-openstack-request-id")
        return (found,) if found else ()


class Endpoint(NamedTuple):
    """Where the server listens.

    Shape:   prefix is "" or begins with a slash and ends without one
    """

    scheme: str
    host: str
    port: int
    prefix: str

    @property
    def url(self) -> str:
        """The endpoint as a person would write it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.prefix}"


def endpoint(url: str) -> Endpoint:
    """The parts of an endpoint's address.

    Raises:  ValueError when the scheme is neither http nor https, or there is no host or no valid port
    """
    from urllib.parse import urlsplit

    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        message = f"{url!r} is not the address of a server; expected something like http://127.0.0.1:9696"
        raise ValueError(message)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Endpoint(parts.scheme, parts.hostname, port, parts.path.rstrip("/"))


class Transport:
    """A connection that stays open, reconnects by itself, and turns refusals into ClientError."""

    def __init__(  # noqa: PLR0913 - each has a default that fits nearly everybody
        self,
        server: Endpoint,
        headers: Mapping[str, str],
        *,
        timeout_s: float = 60.0,
        ca_file: str = "",
        insecure: bool = False,
        trace: Callable[[str], None] | None = None,
        others: Sequence[Endpoint] = (),
    ) -> None:
        """Remember where to go; nothing is opened before the first request.

        Shape:   others are asked in turn when the server does not answer; who answered last is asked first
        """
        self.server = server
        self._others = list(others)
        self._sent = False
        self.headers = dict(headers)
        self.timeout_s = timeout_s
        self._ca_file = ca_file
        self._insecure = insecure
        self._trace = trace
        self._connection: HTTPConnection | None = None

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        body: bytes | None = None,
        timeout_s: float | None = None,
    ) -> Reply:
        """Send one request and read its whole answer.

        Units:   timeout_s holds for each wait on the socket, not for the request as a whole
        Raises:  ClientError when the status is not 2xx; Unreachable when there was no answer
        """
        reply = self.exchange(method, _target(self.server.prefix + path, query), body, timeout_s)
        if reply.status in _GRANTED:
            return reply
        raise refusal(reply)

    def exchange(self, method: str, target: str, body: bytes | None, timeout_s: float | None) -> Reply:
        """Send one request and hand back whatever a server answered, refusals too.

        Order:   a request that changes something goes to another server only if it can't have reached the first
        Raises:  Unreachable when there was no answer
        """
        for _ in self._others:
            try:
                return self._exchange(method, target, body, timeout_s)
            except Unreachable:
                if self._sent and method not in _REPEATABLE:
                    raise
                self._others.append(self.server)
                self.server = self._others.pop(0)
        return self._exchange(method, target, body, timeout_s)

    def _exchange(self, method: str, target: str, body: bytes | None, timeout_s: float | None) -> Reply:
        from http.client import HTTPException

        if self._trace:
            address = self.server.url.removesuffix(self.server.prefix)
            self._trace(f"> {method} {address}{target} {_shown(body)}".rstrip())
        reused = self._reusable()
        try:
            reply = self._attempt(method, target, body, timeout_s)
        except (OSError, HTTPException) as problem:
            self.close()
            # A server may close an idle connection just as it is used again: the request was not read, ask once more.
            if not (reused and method in _REPEATABLE and not isinstance(problem, TimeoutError)):
                raise Unreachable(self.server.url, _reason(problem)) from problem
            try:
                reply = self._attempt(method, target, body, timeout_s)
            except (OSError, HTTPException) as again:
                self.close()
                raise Unreachable(self.server.url, _reason(again)) from again
        if self._trace:
            self._trace(f"< {reply.status} {' '.join(reply.request_ids)} {_shown(reply.body)}".rstrip())
        return reply

    def close(self) -> None:
        """Give the connection back to the system; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _attempt(self, method: str, target: str, body: bytes | None, timeout_s: float | None) -> Reply:
        self._sent = False
        connection = self._connection
        if connection is None:
            connection = self._connection = self._open()
            if self._others:
                connection.timeout = min(self.timeout_s, _CONNECT_S)
                connection.connect()
        self._sent = True
        wait_s = self.timeout_s if timeout_s is None else timeout_s
        connection.timeout = wait_s
        if connection.sock is not None:
            connection.sock.settimeout(wait_s)
        headers = dict(self.headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, target, body=body, headers=headers)
        return self._read(connection.getresponse())

    def _read(self, response: HTTPResponse) -> Reply:
        body = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        if response.will_close:
            self.close()
        return Reply(response.status, headers, body)

    def _open(self) -> HTTPConnection:
        from http.client import HTTPConnection, HTTPSConnection

        if self.server.scheme == "http":
            return HTTPConnection(self.server.host, self.server.port, timeout=self.timeout_s)
        import ssl

        context = ssl.create_default_context(cafile=self._ca_file or None)
        if self._insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return HTTPSConnection(self.server.host, self.server.port, timeout=self.timeout_s, context=context)

    def _reusable(self) -> bool:
        """Whether an open connection waits, after closing one on which the server has already hung up."""
        if self._connection is None or self._connection.sock is None:
            return False
        from select import select

        # Nothing was asked, so anything to read is the end of the stream.
        if select([self._connection.sock], [], [], 0)[0]:
            self.close()
            return False
        return True


def refusal(reply: Reply) -> ClientError:
    """What a reply that is not 2xx says.

    Source:  Neutron's envelope; else a lone envelope of another name, {"message": ...}, Octavia's faultstring;
             else the status and the body as they are; an empty body is the reason phrase of the status
    """
    text = reply.body.decode("utf-8", "replace").strip()
    if not text:
        return ClientError(reply.status, "", _reason_phrase(reply.status), reply.request_ids)
    try:
        answer = json.loads(text)
    except ValueError:
        return ClientError(reply.status, "", f"{reply.status}-{text}", reply.request_ids)
    kind, message = _read_envelope(answer)
    return ClientError(reply.status, kind, message or f"{reply.status}-{answer}", reply.request_ids)


def _read_envelope(answer: Any) -> tuple[str, str]:
    if not isinstance(answer, dict):
        return "", ""
    name, inner = next(iter(answer.items())) if len(answer) == 1 else ("", None)
    if isinstance(inner, dict) and "message" in inner:
        detail = inner.get("detail") or ""
        message = str(inner["message"])
        return str(inner.get("type") or name), f"{message}\n{detail}" if detail else message
    if name == "NeutronError":
        return name, str(inner)
    for key in ("message", "faultstring"):
        if key in answer:
            return str(answer.get("faultcode") or ""), str(answer[key])
    return "", ""


def _reason_phrase(status: int) -> str:
    from http.client import responses

    return responses.get(status, f"HTTP status {status}")


def _reason(problem: Exception) -> str:
    if isinstance(problem, ConnectionRefusedError):
        return "connection refused"
    if isinstance(problem, TimeoutError):
        return "timed out"
    text = getattr(problem, "strerror", None) or str(problem) or type(problem).__name__
    return str(text)


def _target(path: str, query: Sequence[tuple[str, str]]) -> str:
    from urllib.parse import quote, urlencode

    encoded = quote(path, safe="/:@!$&'()*+,;=~-._")
    return f"{encoded}?{urlencode(query)}" if query else encoded


def _shown(body: bytes | None) -> str:
    return body.decode("utf-8", "replace") if body else ""
