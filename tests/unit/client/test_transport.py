"""The connection: kept open, opened again when it was lost, silent servers named."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from openlbaas.client.transport import ClientError, Reply, Transport, Unreachable, endpoint, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Openstack-Request-Id: req-1\r\n\r\nok"
CLOSING = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
# In place of an answer: hang up before the next request comes, read it and hang up, read it and stay silent.
HANG_UP, DROP, SILENT = b"hang up", b"drop", b"silent"


class Script:
    """A server that says exactly this on each connection in turn, and remembers what it was asked."""

    def __init__(self, *connections: list[bytes]) -> None:
        """Listen on a free port of the loopback."""
        self.connections = connections
        self.requests: list[tuple[int, bytes]] = []
        self.hung_up = threading.Event()
        self.done = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        """Play the script, then accept nobody."""
        for number, answers in enumerate(self.connections):
            connection, _ = self.listener.accept()
            with connection:
                for answer in answers:
                    if answer == HANG_UP:
                        break
                    self.requests.append((number, _read(connection)))
                    if answer == DROP:
                        break
                    if answer == SILENT:
                        self.done.wait(10)
                        break
                    connection.sendall(answer)
            self.hung_up.set()


def _read(connection: socket.socket) -> bytes:
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = connection.recv(65536)
        if not piece:
            return raw
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    while lengths and len(body) < int(lengths[0].split(b":")[1]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def _served(*connections: list[bytes]) -> Iterator[tuple[Script, Transport]]:
    script = Script(*connections)
    thread = threading.Thread(target=script.serve, daemon=True)
    thread.start()
    transport = Transport(endpoint(script.url), {"X-Auth-Token": "t"}, timeout_s=10)
    try:
        yield script, transport
    finally:
        script.done.set()
        transport.close()
        thread.join(10)
        script.listener.close()
    assert not thread.is_alive()


def test_connection_is_kept() -> None:
    """Two requests, one connection."""
    with _served([OK, OK]) as (script, transport):
        assert transport.request("GET", "/a").body == b"ok"
        assert transport.request("POST", "/b", body=b"{}", query=[("x", "1 2")]).request_ids == ("req-1",)
        transport.close()
    assert [number for number, _ in script.requests] == [0, 0]
    assert script.requests[1][1].startswith(b"POST /b?x=1+2 HTTP/1.1\r\n")
    assert b"Content-Type: application/json" in script.requests[1][1]
    assert b"Content-Type" not in script.requests[0][1]


def test_server_that_closes_is_believed() -> None:
    """Connection: close in the answer."""
    with _served([CLOSING], [OK]) as (script, transport):
        transport.request("GET", "/a")
        transport.request("POST", "/b", body=b"{}")
    assert [number for number, _ in script.requests] == [0, 1]


def test_idle_connection_that_was_closed_is_opened_again() -> None:
    """A POST too: nothing of it was sent yet."""
    with _served([OK, HANG_UP], [OK]) as (script, transport):
        transport.request("GET", "/a")
        assert script.hung_up.wait(10)
        transport.request("POST", "/b", body=b"{}")
    assert [number for number, _ in script.requests] == [0, 1]


def test_repeatable_request_is_asked_again() -> None:
    """The server hung up while it was read."""
    with _served([OK, DROP], [OK]) as (script, transport):
        transport.request("GET", "/a")
        assert transport.request("DELETE", "/b").status == 200
    assert [number for number, _ in script.requests] == [0, 0, 1]


def test_post_is_never_sent_twice() -> None:
    """The first may have been done."""
    with _served([OK, DROP]) as (script, transport):
        transport.request("GET", "/a")
        with pytest.raises(Unreachable):
            transport.request("POST", "/b", body=b"{}")
    assert len(script.requests) == 2


def test_first_request_is_not_asked_again() -> None:
    """Only a kept connection may have been lost without anybody's fault."""
    with _served([DROP]) as (_, transport), pytest.raises(Unreachable):
        transport.request("GET", "/a")


def test_silence() -> None:
    """The endpoint and the reason, no second try."""
    with _served([SILENT]) as (script, transport):
        with pytest.raises(Unreachable, match="timed out") as caught:
            transport.request("GET", "/a", timeout_s=0.05)
        assert caught.value.endpoint == script.url


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("http://h", "http://h:80"),
        ("h:9696/", "http://h:9696"),
        ("https://h/network/", "https://h:443/network"),
        ("http://[fd00::1]:9696", "http://[fd00::1]:9696"),
    ],
)
def test_endpoint(url: str, written: str) -> None:
    """As people write it."""
    assert endpoint(url).url == written


@pytest.mark.parametrize("url", ["", "ftp://h", "http://", "http://h:port", "http://h:99999"])
def test_no_endpoint(url: str) -> None:
    """As nobody should."""
    with pytest.raises(ValueError, match=r"."):
        endpoint(url)


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (409, '{"NeutronError": {"type": "InUse", "message": "used", "detail": ""}}', "InUse", "used"),
        (409, '{"NeutronError": {"type": "InUse", "message": "used", "detail": "by x"}}', "InUse", "used\nby x"),
        (400, '{"NeutronError": "bad"}', "NeutronError", "bad"),
        (501, '{"NotImplementedError": {"message": "not yet"}}', "NotImplementedError", "not yet"),
        (400, '{"message": "plain"}', "", "plain"),
        (400, '{"faultcode": "Client", "faultstring": "octavia", "debuginfo": null}', "Client", "octavia"),
        (400, '{"odd": 1, "even": 2}', "", "400-{'odd': 1, 'even': 2}"),
        (400, "[1]", "", "400-[1]"),
        (401, "Authentication required", "", "401-Authentication required"),
        (503, "", "", "Service Unavailable"),
        (599, "", "", "HTTP status 599"),
        (500, "\xff", "", "500-\xff"),
    ],
)
def test_refusal(status: int, body: str, kind: str, message: str) -> None:
    """Every shape a refusal comes in."""
    problem = refusal(Reply(status, {"x-openstack-request-id": "req-1"}, body.encode()))
    assert (problem.status, problem.kind, problem.message) == (status, kind, message)
    assert problem.request_ids == ("req-1",)


def test_refusal_is_raised() -> None:
    """Whatever is not 2xx."""
    answer = b'HTTP/1.1 404 Not Found\r\nContent-Length: 17\r\n\r\n{"message": "no"}'
    with _served([answer]) as (_, transport), pytest.raises(ClientError, match="no"):
        transport.request("GET", "/a")


def test_import_is_cheap() -> None:
    """Whoever only prints a help text does not pay for the network."""
    heavy = "{'http.client', 'ssl', 'email', 'msgspec'}"
    code = f"import sys, openlbaas.client.lbaas; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == "[]\n"


def test_the_next_server_is_asked_when_one_is_gone() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        gone = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with _served([OK, OK]) as (script, _):
        transport = Transport(endpoint(gone), {}, others=[endpoint(script.url)])
        assert transport.request("POST", "/a", body=b"{}").body == b"ok"
        assert transport.server.url == script.url
        assert transport.request("GET", "/b").body == b"ok"
        transport.close()


def test_a_change_that_may_have_been_made_is_not_asked_of_another() -> None:
    with _served([DROP]) as (first, _), _served([OK]) as (second, _):
        transport = Transport(endpoint(first.url), {}, others=[endpoint(second.url)])
        with pytest.raises(Unreachable):
            transport.request("POST", "/a", body=b"{}")
        assert second.requests == []
        first.listener.close()
        assert transport.request("GET", "/a").body == b"ok"
        transport.close()
