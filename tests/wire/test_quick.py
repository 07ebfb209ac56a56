"""The short way for reports that say nothing new: answered as on the long one, and nothing else takes it."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http.client import parse_headers

import msgspec
import pytest
import uvicorn
from waits import eventually

from openlbaas.client.host import HostClient
from openlbaas.dialects.host_v1 import Report
from openlbaas.server.asgi import Application
from openlbaas.server.quick import Heads, quick
from world import World

DEADLINE_S = 20.0
KEEP_ALIVE_S = 1
SEGMENTS_IN = 152
"""Where struct tcp_info has tcpi_data_segs_in (linux/tcp.h)."""
BODY = msgspec.json.encode(Report(host="host1"))
HEAD = b"POST /host/v1/report HTTP/1.1\r\nHost: x\r\nX-Host-Token: host-secret\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(BODY)
KNOWN = HEAD + LENGTH + b"\r\n" + BODY
ASKED = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


class Line:
    """One connection."""

    def __init__(self, connected: socket.socket) -> None:
        """Take its socket."""
        self.connected = connected
        self.answers = connected.makefile("rb")

    def say(self, *parts: bytes) -> tuple[int, bytes, bool]:
        """Send a request, in parts with an answer on another connection between them; what :meth:`answer` names."""
        for part in parts:
            self.connected.sendall(part)
            if part is not parts[-1]:
                with socket.create_connection(self.connected.getpeername(), DEADLINE_S) as other:
                    Line(other).say(ASKED)
        return self.answer()

    def answer(self) -> tuple[int, bytes, bool]:
        """Read an answer: its status, its body, and whether it came the short way."""
        status = int(self.answers.readline().split()[1])
        headers = parse_headers(self.answers)
        assert headers["date"]
        return status, self.answers.read(int(headers["content-length"])), "x-openstack-request-id" not in headers

    def ended(self) -> bool:
        """Wait until the server has hung up."""
        return self.answers.read(1) == b""


@pytest.fixture
def port(app: Application) -> Iterator[int]:
    """A server of HTTP, and where it listens."""
    config = uvicorn.Config(
        app,
        http=quick("host-secret", app.hosts.heartbeats.answer),
        lifespan="off",
        log_config=None,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = threading.Thread(target=server.run, args=([listening],), daemon=True)
        running.start()
        try:
            yield listening.getsockname()[1]
        finally:
            server.should_exit = True
            running.join(DEADLINE_S)


@pytest.fixture
def line(port: int) -> Iterator[Line]:
    """A connection on which the report was understood already."""
    with socket.create_connection(("127.0.0.1", port), DEADLINE_S) as connected:
        made = Line(connected)
        made.say(KNOWN)
        yield made


def test_the_same_report_is_answered_alike_and_is_in_the_database_soon(line: Line, plane: World) -> None:
    first = line.say(KNOWN)
    plane.clock.now += 5
    assert [line.say(KNOWN) for _ in range(3)] == [first] * 3
    status, _, short = first
    assert (status, short) == (200, True)
    agents = plane.services.store
    eventually(
        lambda: agents.read(lambda transaction: transaction.hosts.agents())[0].heartbeat_at == plane.clock.now,
        "the heartbeat in the database",
    )


SAID = {
    "a wrong token": (HEAD.replace(b"host-secret", b"host-secreT") + LENGTH + b"\r\n" + BODY, 401),
    "no token": (b"POST /host/v1/report HTTP/1.1\r\nHost: x\r\n" + LENGTH + b"\r\n" + BODY, 401),
    "two tokens": (HEAD + b"X-Host-Token: wrong\r\n" + LENGTH + b"\r\n" + BODY, None),
    "another host": (KNOWN.replace(b"host1", b"host2"), 200),
    "no report": (HEAD + b"Content-Length: 2\r\n\r\n{}", 400),
    "no body": (HEAD + b"Content-Length: 0\r\n\r\n", 400),
    "a field of its own": (HEAD + b"X-More: 1\r\n" + LENGTH + b"\r\n" + BODY, 200),
    "in chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY), 200),
    "two lengths": (HEAD + LENGTH + b"Content-Length: 1\r\n\r\n" + BODY, 400),
    "a length that is none": (HEAD + b"Content-Length: +%d\r\n\r\n" % len(BODY) + BODY, 400),
    "the last request": (HEAD + b"Connection: close\r\n" + LENGTH + b"\r\n" + BODY, 200),
    "of HTTP 1.0": (KNOWN.replace(b"HTTP/1.1", b"HTTP/1.0"), 200),
    "another method": (KNOWN.replace(b"POST", b"PUT"), 405),
}


@pytest.mark.parametrize("name", SAID)
def test_whatever_is_not_plain_at_sight_goes_the_long_way(line: Line, name: str) -> None:
    said, expected = SAID[name]
    status, _, short = line.say(said)
    assert status == expected or expected is None
    assert not short or status == 400


@pytest.mark.parametrize("at", [1, 20, len(HEAD), len(KNOWN) - len(BODY), len(KNOWN) - 1])
def test_a_report_in_two_pieces_is_whole(line: Line, at: int) -> None:
    assert line.say(KNOWN[:at], KNOWN[at:])[0] == 200
    assert line.say(KNOWN)[2]


def test_what_looks_like_a_report_inside_of_another_body_is_none(line: Line) -> None:
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(KNOWN)
    status, body, short = line.say(head, KNOWN)
    assert (status, short) == (400, False), body
    assert line.say(KNOWN)[2]


def test_what_looks_like_a_report_inside_of_another_head_is_none(line: Line) -> None:
    status, body, short = line.say(b"GET /healthz HTTP/1.1\r\nX-Said: ", KNOWN)
    assert (status, short) == (200, False)
    assert b"agent_id" not in body
    assert line.say(KNOWN)[2]


def test_a_report_that_is_longer_than_what_has_come_is_waited_for(line: Line) -> None:
    head = HEAD + b"Content-Length: %d\r\n\r\n" % (len(BODY) + 1)
    status, _, short = line.say(head + BODY, b" ")
    assert (status, short) == (200, False)
    assert line.say(KNOWN)[0] == 200


def test_several_in_one_piece_are_answered_in_turn(line: Line) -> None:
    line.connected.sendall(KNOWN + ASKED + KNOWN)
    answers = [line.answer() for _ in range(3)]
    assert [status for status, _, _ in answers] == [200, 200, 200]
    assert answers[0][1] == answers[2][1] != answers[1][1]


def test_a_report_before_the_answer_to_another_request_waits_its_turn(line: Line) -> None:
    line.connected.sendall(b"GET /v2.0/lbaas/loadbalancers HTTP/1.1\r\nHost: x\r\nX-Auth-Token: admin\r\n\r\n")
    line.connected.sendall(KNOWN)
    assert b"loadbalancers" in line.answer()[1]
    assert b"agent_id" in line.answer()[1]


def test_who_says_nothing_any_more_is_hung_up_on_and_who_reports_is_not(line: Line) -> None:
    beats: list[bool] = []
    began = time.monotonic()

    def beaten() -> bool:
        beats.append(line.say(KNOWN)[2])
        return time.monotonic() - began > 2 * KEEP_ALIVE_S

    eventually(beaten, "twice the time after which the silent are hung up on")
    assert all(beats)
    assert line.ended()


def test_what_an_agent_sends_is_plain_and_in_one_piece() -> None:
    answer = b'{"agent_id": "1"}'
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = HostClient((f"http://127.0.0.1:{listening.getsockname()[1]}",), "host-secret", "host1")
        telling = threading.Thread(target=client.report, args=(Report(host="host1"),))
        telling.start()
        connected, _ = listening.accept()
        with connected, connected.makefile("rb") as told:
            head = b"".join(iter(told.readline, b"\r\n")).removesuffix(b"\r\n")
            body = told.read(len(BODY))
            pieces = struct.unpack_from(
                "I", connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256), SEGMENTS_IN
            )
            connected.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(answer), answer))
            telling.join(DEADLINE_S)
        client.close()
    assert (Heads("host-secret").length(head), body, pieces) == (len(BODY), BODY, (1,))


def test_without_a_token_nothing_is_plain() -> None:
    head = HEAD.replace(b"host-secret", b"") + LENGTH.rstrip()
    assert Heads("").length(head) is None
    assert Heads("host-secret").length(HEAD + LENGTH.rstrip()) == len(BODY)


@pytest.mark.parametrize(
    "change",
    [
        lambda head: head + b"\r\n folded",
        lambda head: head.replace(b"Host: x", b"Host: x\nContent-Length: 1"),
        lambda head: head.replace(b"Host: x", b"Host : x"),
        lambda head: head.replace(b"Host: x", b"Host"),
        lambda head: head + b"\r\nTransfer-Encoding: chunked",
        lambda head: head + b"\r\nExpect: 100-continue",
        lambda head: head + b"9" * 12,
    ],
)
def test_a_head_that_others_might_read_otherwise_is_not_plain(change: Callable[[bytes], bytes]) -> None:
    assert Heads("host-secret").length(change(HEAD + LENGTH.rstrip())) is None
