"""What the host of a load balancer would do, asked over the wire."""

import asyncio
from typing import Any

import msgspec
import pytest

from openlbaas.dialects.host_v1 import Answer as Told
from openlbaas.dialects.host_v1 import Feed, PlannedStep, Report
from openlbaas.server.asgi import Application
from wire.asgi_caller import Answer, call, exchange
from wire.conftest import begun
from world import World

HOST = {"X-Host-Token": "host-secret"}
ADMIN = {"X-Auth-Token": "admin"}


@pytest.fixture
def path(app: Application, plane: World) -> str:
    """Make a load balancer on the one host; where its plan is asked for."""
    begun(app, plane)
    (subnet,) = call(app, "GET", "/v2.0/subnets", headers=ADMIN).json["subnets"]
    body = msgspec.json.encode({"loadbalancer": {"vip_subnet_id": subnet["id"]}})
    made = call(app, "POST", "/v2.0/lbaas/loadbalancers", body, ADMIN).json["loadbalancer"]
    return f"/v2.0/lbaas/loadbalancers/{made['id']}/plan"


async def asked_and_answered(app: Application, path: str, host: str, **told: Any) -> Answer:
    """Ask, and let the host answer as its agent would."""
    asking = asyncio.ensure_future(exchange(app, "GET", path, headers=ADMIN))
    after = 1
    async with asyncio.timeout(20):
        while True:
            found = await exchange(app, "GET", f"/host/v1/feed?host={host}&after={after}&wait=5", headers=HOST)
            feed = msgspec.json.decode(found.body, type=Feed)
            after = feed.position
            if feed.inquiries:
                break
    (inquiry,) = feed.inquiries
    report = Report(host=host, answers=(Told(id=inquiry.id, **told),))
    await exchange(app, "POST", "/host/v1/report", msgspec.json.encode(report), HOST)
    return await asking


def host_of(plane: World) -> str:
    return plane.services.store.read(lambda transaction: transaction.hosts.agents())[0].host


def test_the_host_answers(app: Application, plane: World, path: str) -> None:
    step = PlannedStep(action="reload", what="HAProxy", why="backend p is new")
    answer = asyncio.run(
        asked_and_answered(app, path, host_of(plane), state="planned", revision=3, steps=(step,), again_in_s=1.234)
    )
    assert answer.status == 200, answer.body
    plan = answer.json["plan"]
    assert (plan["host"], plan["state"], plan["revision"], plan["again_in_s"]) == (host_of(plane), "planned", 3, 1.2)
    assert plan["steps"] == [{"action": "reload", "what": "HAProxy", "why": "backend p is new"}]


def test_only_administrators_ask(app: Application, path: str) -> None:
    assert call(app, "GET", path, headers={"X-Auth-Token": "tenant"}).status == 403


def test_an_unknown_one(app: Application, path: str) -> None:
    unknown = path.replace(path.split("/")[4], "00000000-0000-4000-8000-00000000dead")
    assert call(app, "GET", unknown, headers=ADMIN).status == 404


def test_a_host_that_is_away_is_not_waited_for(app: Application, plane: World, path: str) -> None:
    plane.clock.now += 1000.0
    answer = call(app, "GET", path, headers=ADMIN)
    assert answer.status == 503
    assert f"Host {host_of(plane)} was last heard of 1000 s ago" in answer.json["NeutronError"]["message"]


def test_a_host_that_does_not_answer_is_waited_for_a_while(app: Application, plane: World, path: str) -> None:
    async def impatient() -> Answer:
        asking = asyncio.ensure_future(exchange(app, "GET", path, headers=ADMIN))
        async with asyncio.timeout(20):
            while not asking.done():
                plane.clock.now += 1.0
                await asyncio.wait({asking}, timeout=0.005)
        return asking.result()

    answer = asyncio.run(impatient())
    assert answer.status == 503
    assert "did not answer within 5 s" in answer.json["NeutronError"]["message"]
