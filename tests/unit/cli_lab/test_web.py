"""The web server of a lab speaks enough HTTP to be a member."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from openlbaas.cli.lab.web import Web, parsed


class Server:
    def __init__(self, folder: Path) -> None:
        self.log = folder / "log"
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        with suppress(OSError):
            Web("web1", self.descriptor).serve(self.listening)

    def says(self, request: bytes) -> bytes:
        """Send bytes, say that there are no more, and read until the server hangs up."""
        with socket.create_connection(self.listening.getsockname(), timeout=5) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            with connection.makefile("rb") as reading:
                return reading.read()

    def close(self) -> None:
        self.listening.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.listening.close()
        os.close(self.descriptor)

    @property
    def logged(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    yield made
    made.close()


def test_any_path_answers_the_name(server: Server) -> None:
    said = server.says(b"GET /any?x=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 200 OK\r\n")
    assert said.endswith(b"\r\n\r\nweb1\n")
    assert b"Connection: close" in said


def test_headers_come_back_as_they_were_sent(server: Server) -> None:
    said = server.says(b"GET /headers HTTP/1.0\r\nX-Forwarded-For: 172.20.0.200\r\nx-two: a\r\nx-two: b\r\n\r\n")
    assert json.loads(said.partition(b"\r\n\r\n")[2]) == {"X-Forwarded-For": "172.20.0.200", "x-two": "a, b"}


def test_head_has_no_body(server: Server) -> None:
    said = server.says(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"Content-Length: 5" in said
    assert said.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
    ],
)
def test_a_connection_stays_open_past_a_body(server: Server, body: bytes) -> None:
    said = server.says(b"POST / HTTP/1.1\r\nHost: a\r\n" + body + b"GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
    assert said.count(b"HTTP/1.1 200 OK") == 2
    assert [line["path"] for line in server.logged] == ["/", "/second"]


def test_every_request_is_one_line_of_the_log(server: Server) -> None:
    server.says(b"GET /who HTTP/1.1\r\nX-Forwarded-For: 172.20.0.200\r\n\r\n")
    (line,) = server.logged
    assert (line["method"], line["path"], line["from"]) == ("GET", "/who", "127.0.0.1")
    assert line["headers"] == {"X-Forwarded-For": "172.20.0.200"}


@pytest.mark.parametrize(
    "request_", [b"", b"\r\n\r\n", b"hello\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n", b"GET /"]
)
def test_what_is_not_http_ends_only_its_own_connection(server: Server, request_: bytes) -> None:
    assert server.says(request_) == b""
    assert server.says(b"GET / HTTP/1.0\r\n\r\n").endswith(b"web1\n")


def test_a_request_in_parts() -> None:
    request, headers = parsed(b"GET / HTTP/1.1\r\nHost: a\r\nAccept:  */* ")
    assert request == ("GET", "/", "HTTP/1.1")
    assert headers == {"Host": "a", "Accept": "*/*"}
