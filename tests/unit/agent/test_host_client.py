"""The client of the host protocol: which server it asks, what it makes of answers, how it ends."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from scene import LONGEST_S, TOKEN, Server, serving, until

from openlbaas.client.host import HostClient, UnknownHost, Unreachable
from openlbaas.dialects.host_v1 import Report
from world import World, world

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture
def lab(tmp_path: Path) -> World:
    return world(tmp_path)


@pytest.fixture
def server(lab: World) -> Iterator[Server]:
    with serving(lab) as made:
        yield made


def client(*servers: str, token: str = TOKEN) -> HostClient:
    return HostClient(servers, token, "host1")


def test_a_host_must_report_before_it_asks(server: Server) -> None:
    asking = client(server.url)
    with pytest.raises(UnknownHost):
        asking.feed(0, 0)
    agent_id = asking.report(Report(host="host1", started=True)).agent_id
    told = asking.feed(0, 0)
    assert (told.full, told.agent_id) == (True, agent_id)
    asking.close()


def test_the_connection_stays_open(server: Server) -> None:
    asking = client(server.url)
    for _ in range(3):
        asking.report(Report(host="host1"))
    assert len(server.sockets) == 1
    asking.close()


def test_a_connection_that_the_server_gave_up_is_replaced(lab: World, server: Server) -> None:
    asking = client(server.url)
    asking.report(Report(host="host1"))
    server.end()
    with serving(lab, server.server_address[1]):
        assert asking.report(Report(host="host1")).agent_id
        asking.close()


def test_the_server_that_answered_last_is_asked_first(server: Server) -> None:
    asking = client(NOWHERE, server.url)
    asking.report(Report(host="host1"))
    assert asking._best == 1
    asking.close()


def test_a_heartbeat_does_not_wait_long_for_a_server_that_stands_still(server: Server) -> None:
    with socket.create_server(("127.0.0.1", 0)) as still:
        asking = client(f"http://127.0.0.1:{still.getsockname()[1]}", server.url)
        assert asking.report(Report(host="host1")).agent_id
        assert asking._best == 1
        asking.close()


def test_when_nobody_answers_it_says_of_each_why(server: Server) -> None:
    asking = client(NOWHERE, server.url, token="wrong")
    with pytest.raises(Unreachable, match=rf"{NOWHERE}: .*refused; {server.url}: 401 wrong token"):
        asking.report(Report(host="host1"))
    asking.close()


def test_what_is_no_server_of_ours_is_told_apart(server: Server) -> None:
    asking = client(f"{server.url}/elsewhere")
    with pytest.raises(Unreachable, match="HTTP status 404"):
        asking.report(Report(host="host1"))
    asking.close()


def test_an_address_that_is_none() -> None:
    with pytest.raises(ValueError, match="ftp://x"):
        client("ftp://x")


def test_closing_ends_a_question_that_waits(server: Server) -> None:
    asking = client(server.url)
    asking.report(Report(host="host1"))
    position = asking.feed(0, 0).position
    ended: list[Exception] = []

    def ask() -> None:
        try:
            asking.feed(position, 20)
        except Unreachable as problem:
            ended.append(problem)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    until(lambda: position in server.told.feeds, "the question")
    asking.close()
    thread.join(LONGEST_S)
    assert len(ended) == 1
    with pytest.raises(Unreachable):
        asking.feed(0, 0)
