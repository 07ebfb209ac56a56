"""The host protocol over the wire: tokens, long-polls, wakes, reports."""

import asyncio
from typing import Any

import msgspec
import pytest

from openlbaas.dialects.host_v1 import Feed, Report, ReportAnswer
from openlbaas.server.asgi import Application
from openlbaas.server.watch import Watch
from wire.asgi_caller import Answer, call, exchange
from world import World

HOST = {"X-Host-Token": "host-secret"}
LONG_S = 30.0


def report(app: Application, host: str = "host1") -> Answer:
    return call(app, "POST", "/host/v1/report", msgspec.json.encode(Report(host=host, started=True)), HOST)


@pytest.mark.parametrize("headers", [{}, {"X-Host-Token": "wrong"}, {"X-Auth-Token": "admin"}])
@pytest.mark.parametrize(("method", "path"), [("GET", "/host/v1/feed?host=h"), ("POST", "/host/v1/report")])
def test_a_host_needs_its_token(app: Application, method: str, path: str, headers: dict[str, str]) -> None:
    answer = call(app, method, path, b"{}", headers)
    assert answer.status == 401
    assert answer.json["code"] == "unauthorized"


def test_a_server_without_a_token_takes_no_host(app: Application) -> None:
    app.hosts.token = b""
    assert call(app, "GET", "/host/v1/feed?host=h", headers={"X-Host-Token": ""}).status == 401


def test_a_host_that_never_reported_is_unknown(app: Application) -> None:
    answer = call(app, "GET", "/host/v1/feed?host=nobody&after=0&wait=0", headers=HOST)
    assert (answer.status, answer.json["code"]) == (404, "unknown_host")


def test_a_report_registers_a_host(app: Application) -> None:
    told = msgspec.json.decode(report(app).body, type=ReportAnswer)
    first = msgspec.json.decode(
        call(app, "GET", "/host/v1/feed?host=host1&after=0&wait=9", headers=HOST).body, type=Feed
    )
    assert first.full
    assert first.agent_id == told.agent_id


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"host": 5}', b'{"host": "h", "outcomes": [{}]}', b"\xff", b"[" * 9000]
)
def test_a_malformed_report(app: Application, body: bytes) -> None:
    answer = call(app, "POST", "/host/v1/report", body, HOST)
    assert (answer.status, answer.json["code"]) == (400, "malformed")


@pytest.mark.parametrize("query", ["", "host=", "after=1", "host=h&after=x", "host=h&wait=x"])
def test_a_malformed_question(app: Application, query: str) -> None:
    answer = call(app, "GET", f"/host/v1/feed?{query}", headers=HOST)
    assert (answer.status, answer.json["code"]) == (400, "malformed")


def test_a_wrong_method(app: Application) -> None:
    assert call(app, "POST", "/host/v1/feed", headers=HOST).status == 405


async def waiting(app: Application, watch: Watch, after: int, more: str = "") -> "asyncio.Task[Answer]":
    """Begin a long-poll, and return once it waits."""
    path = f"/host/v1/feed?host=host1&after={after}&wait={LONG_S}{more}"
    task = asyncio.ensure_future(exchange(app, "GET", path, headers=HOST))
    async with asyncio.timeout(LONG_S / 3):
        while not watch.waiting("host1"):  # noqa: ASYNC110 - gives way to the loop; the deadline is above
            await asyncio.sleep(0)
    return task


def first_position(app: Application) -> int:
    """Register the host and name where its feed is."""
    report(app)
    answer = call(app, "GET", "/host/v1/feed?host=host1&after=0&wait=0", headers=HOST)
    return int(answer.json["position"])


def test_a_change_wakes_the_host_it_concerns(app: Application, plane: World, player: Any) -> None:
    position = first_position(app)

    async def scene() -> tuple[Answer, Answer]:
        task = await waiting(app, app.watch, position)
        body = msgspec.json.encode({"loadbalancer": {"vip_subnet_id": player.words["subnet"]}})
        made = await exchange(app, "POST", "/v2.0/lbaas/loadbalancers", body, {"X-Auth-Token": "admin"})
        # The operations of this test's world note whom they wake; the server's own would call the watch.
        app.watch.changed(frozenset(plane.woken))
        async with asyncio.timeout(LONG_S / 3):
            return made, await task

    made, answer = asyncio.run(scene())
    told = msgspec.json.decode(answer.body, type=Feed)
    assert [spec.id for spec in told.specs] == [made.json["loadbalancer"]["id"]]
    assert not told.full
    assert told.position > position


def test_a_host_that_has_tunnels_hears_where_those_of_others_end(app: Application, plane: World) -> None:
    position = first_position(app)

    def asked(version: str) -> Feed:
        path = f"/host/v1/feed?host=host1&after={position}&wait=0&tunnels={version}"
        return msgspec.json.decode(call(app, "GET", path, headers=HOST).body, type=Feed)

    first = asked("none").tunnels
    assert first is not None
    assert (first.addresses, asked(first.version).tunnels) == ((), None)
    told = msgspec.json.encode(Report(host="host2", started=True, configurations={"tunneling_ip": "10.0.0.2"}))

    async def scene() -> Answer:
        task = await waiting(app, app.watch, position, f"&tunnels={first.version}")
        await exchange(app, "POST", "/host/v1/report", told, HOST)
        app.watch.changed(frozenset(plane.woken))
        async with asyncio.timeout(LONG_S / 3):
            return await task

    news = msgspec.json.decode(asyncio.run(scene()).body, type=Feed)
    assert news.tunnels is not None
    assert news.tunnels.addresses == ("10.0.0.2",)
    assert (news.position, news.full) == (position + 1, False)


def test_the_end_of_the_server_lets_waiters_go(app: Application) -> None:
    position = first_position(app)

    async def scene() -> Answer:
        task = await waiting(app, app.watch, position)
        app.watch.close()
        async with asyncio.timeout(LONG_S / 3):
            return await task

    told = msgspec.json.decode(asyncio.run(scene()).body, type=Feed)
    assert (told.position, told.full, told.specs) == (position, False, ())


def test_a_wait_of_nothing_is_answered_at_once(app: Application) -> None:
    position = first_position(app)
    answer = call(app, "GET", f"/host/v1/feed?host=host1&after={position}&wait=0", headers=HOST)
    assert answer.json["specs"] == []


def heartbeat_of(plane: World, host: str = "host1") -> float:
    """Name the last heartbeat of a host that is in the database."""

    def work(transaction: Any) -> float:
        agent = transaction.hosts.agent_on(host)
        assert agent is not None
        return float(agent.heartbeat_at)

    return plane.services.store.read(work)


async def written(plane: World, heartbeat_at: float) -> None:
    """Wait until a heartbeat is in the database."""
    async with asyncio.timeout(LONG_S / 3):
        while heartbeat_of(plane) != heartbeat_at:  # noqa: ASYNC110 - gives way to the loop; the deadline is above
            await asyncio.sleep(0)


BLANK = msgspec.json.encode(Report(host="host1"))


def test_a_report_that_says_nothing_new_is_answered_alike_and_written_soon(app: Application, plane: World) -> None:
    report(app)

    async def scene() -> list[Answer]:
        answers = []
        for _ in range(3):
            plane.clock.now += 1
            answers.append(await exchange(app, "POST", "/host/v1/report", BLANK, HOST))
        await written(plane, plane.clock.now)
        return answers

    answers = asyncio.run(scene())
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1


def test_a_report_that_says_something_is_never_taken_for_a_heartbeat(app: Application, plane: World) -> None:
    report(app)
    told = msgspec.json.encode(Report(host="host1", configurations={"capacity": 5}))
    for body in (BLANK, told, BLANK, told):
        plane.clock.now += 1
        assert call(app, "POST", "/host/v1/report", body, HOST).status == 200
        assert heartbeat_of(plane) == plane.clock.now


def test_a_forgotten_agent_that_only_lives_on_is_registered_again(app: Application, plane: World) -> None:
    report(app)

    async def scene() -> tuple[str, str]:
        first = await exchange(app, "POST", "/host/v1/report", BLANK, HOST)
        plane.services.store.write(lambda transaction: transaction.hosts.forget(first.json["agent_id"]))
        async with asyncio.timeout(LONG_S / 3):
            last = first
            while last.json["agent_id"] == first.json["agent_id"]:
                await asyncio.sleep(0)
                last = await exchange(app, "POST", "/host/v1/report", BLANK, HOST)
        return first.json["agent_id"], last.json["agent_id"]

    first, last = asyncio.run(scene())
    assert first != last
    assert heartbeat_of(plane) == plane.clock.now
