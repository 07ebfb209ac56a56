"""Statistics of a load balancer and of its parts; events."""

from __future__ import annotations

import json

import pytest

from .conftest import Replay, typed

LB = "2ce2166a-3c9b-44da-ad78-a11c09ed20ae"
BASE = f"/v2.0/lbaas/loadbalancers/{LB}"
FOUR = {"active_connections": 1, "bytes_in": 20, "bytes_out": 300, "total_connections": 4}
MEMBERS = [
    {"id": "m1", "name": "web1", "address": "172.20.0.6", "protocol_port": 80},
    {"id": "m2", "name": "", "address": "fd00::6", "protocol_port": 80},
]
STATUSES = {
    "statuses": {
        "loadbalancer": {
            "id": LB,
            "listeners": [{"id": "l1", "name": "web"}],
            "pools": [{"id": "p1", "name": "main", "members": MEMBERS}],
        },
    },
}
DETAILS = {
    "stats": FOUR
    | {
        "requests": 9,
        "listeners": [{"id": "l1", **FOUR, "requests": 9}],
        "pools": [],
        "members": [{"id": "m1", **FOUR, "requests": 9}, {"id": "gone", **FOUR}],
    },
}


@pytest.fixture
def balancer(replay: Replay) -> Replay:
    """A server with one load balancer that has carried something."""
    replay.answer("GET", "/v2.0/lbaas/loadbalancers?name=lb1&fields=id", {"loadbalancers": [{"id": LB}]})
    replay.answer("GET", f"{BASE}/stats", {"stats": FOUR})
    replay.answer("GET", f"{BASE}/stats?details=true", DETAILS)
    replay.answer("GET", f"{BASE}/statuses", STATUSES)
    return replay


@pytest.mark.parametrize("name", ["lbaas-loadbalancer-stats", "loadbalancer stats", "loadbalancer stats show"])
def test_four_numbers(name: str, balancer: Replay) -> None:
    """Those of the original, in both grammars."""
    assert json.loads(typed(f"{name} -f json lb1", balancer.url).out) == FOUR


def test_all_numbers(balancer: Replay) -> None:
    """Those the original did not count, when details are asked for."""
    assert json.loads(typed("loadbalancer stats -D -f json lb1", balancer.url).out) == FOUR | {"requests": 9}
    assert json.loads(typed("lbaas-loadbalancer-stats -D -f json lb1", balancer.url).out) == FOUR


def test_by_member(balancer: Replay) -> None:
    """Members there are, in the order of their pools, then those that are gone; nothing seen at work is nothing."""
    rows = json.loads(typed("loadbalancer stats --by member -f json lb1", balancer.url).out)
    assert [(row["id"], row["name"], row["address"], row["bytes_in"], row["requests"]) for row in rows] == [
        ("m1", "web1", "172.20.0.6:80", 20, 9),
        ("m2", "", "[fd00::6]:80", 0, 0),
        ("gone", "", "", 20, 0),
    ]


def test_by_listener(balancer: Replay) -> None:
    """A table, numbers to the right."""
    outcome = typed("loadbalancer stats --by listener -c id -c name -c bytes_out lb1", balancer.url)
    assert outcome.out.splitlines()[1:4:2] == ["| id | name | bytes_out |", "| l1 | web  |       300 |"]


def test_by_pool_as_csv_or_shell(balancer: Replay) -> None:
    """Formats of one object can't hold several."""
    assert typed("loadbalancer stats --by pool -f value -c id -c bytes_in lb1", balancer.url).out == "p1 0\n"
    outcome = typed("loadbalancer stats --by pool -f shell lb1", balancer.url)
    assert (outcome.code, outcome.err) == (
        1,
        "--format shell prints one object; with --by there is one for each row.\n",
    )


EVENT = {
    "id": "e1", "tenant_id": "t", "at": "2026-11-23T19:00:00.000Z", "loadbalancer_id": LB, "name": "placed",
    "text": "host1, chosen from 1",
}  # fmt: skip


@pytest.mark.parametrize("name", ["lbaas-event-list", "loadbalancer event list"])
@pytest.mark.parametrize(
    ("typed_after", "query", "requests"),
    [("", "", 1), (f" {LB}", f"?loadbalancer_id={LB}", 1), (" lb1", f"?loadbalancer_id={LB}", 2)],
)
def test_events(name: str, typed_after: str, query: str, requests: int, balancer: Replay) -> None:
    """Of all load balancers, or of one, which may be gone and is not looked up by its id then."""
    balancer.answer("GET", f"/v2.0/lbaas/events{query}", {"events": [EVENT]})
    outcome = typed(f"{name} -f value -c at -c name -c text{typed_after}", balancer.url)
    assert outcome.out == "2026-11-23T19:00:00.000Z placed host1, chosen from 1\n"
    assert len(balancer.requests) == requests
