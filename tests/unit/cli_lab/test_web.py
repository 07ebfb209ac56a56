import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlbaas.cli.lab.web import Web, parsed


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "web1.log"


@pytest.fixture
def caller(log: Path) -> Iterator[socket.socket]:
    listening = socket.create_server(("127.0.0.1", 0))
    web = Web("web1", os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND))
    threading.Thread(target=web.serve, args=(listening,), daemon=True).start()
    with socket.create_connection(listening.getsockname(), timeout=5) as connection:
        yield connection


def answer(connection: socket.socket) -> tuple[str, str]:
    """One answer: its head and its body."""
    read = b""
    while b"\r\n\r\n" not in read:
        read += connection.recv(4096)
    head, _, body = read.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(4096)
    return head.decode(), body.decode()


def test_any_path_answers_the_name_on_a_connection_that_stays(caller: socket.socket) -> None:
    for path in ("/", "/any/thing?x=1"):
        caller.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        head, body = answer(caller)
        assert head.startswith("HTTP/1.1 200 ")
        assert body == "web1\n"


def test_requests_in_a_row_are_answered_in_a_row(caller: socket.socket) -> None:
    caller.sendall(b"GET /headers HTTP/1.1\r\nX-One: 1\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    whole = b""
    while more := caller.recv(4096):
        whole += more
    assert whole.count(b"HTTP/1.1 200 OK") == 2
    assert whole.endswith(b"\r\n\r\nweb1\n")


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Length: 5\r\n\r\nhello",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
    ],
)
def test_bodies_are_read_past(caller: socket.socket, body: bytes) -> None:
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    caller.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + body + last)
    whole = b""
    while more := caller.recv(4096):
        whole += more
    assert whole.count(b"HTTP/1.1 200 OK") == whole.count(b"\r\n\r\nweb1\n") == 2


def test_the_old_protocol_closes(caller: socket.socket) -> None:
    caller.sendall(b"GET / HTTP/1.0\r\n\r\n")
    assert "Connection: close" in answer(caller)[0]
    assert caller.recv(1) == b""


def test_what_is_not_http_is_hung_up_on(caller: socket.socket) -> None:
    caller.sendall(b"\x16\x03\x01 hello\r\n\r\n")
    assert caller.recv(1) == b""


def test_headers_are_shown_and_logged(caller: socket.socket, log: Path) -> None:
    caller.sendall(b"GET /headers HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n\r\n")
    assert json.loads(answer(caller)[1]) == {"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}
    line = json.loads(log.read_text())
    assert (line["method"], line["path"], line["from"]) == ("GET", "/headers", "127.0.0.1")
    assert line["headers"]["X-Forwarded-For"] == "192.0.2.1, 192.0.2.2"


def test_a_head_without_colons_is_refused() -> None:
    with pytest.raises(ValueError, match="no header"):
        parsed(b"GET / HTTP/1.1\r\nnonsense")
