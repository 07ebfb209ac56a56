"""Load balancers drawn as trees: from real answers of the server to the lines a person sees."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openlbaas.cli.dispatch import Caller, run_words

from .conftest import GOLDEN, Replay, Terminal, typed

LB = "00000000-0000-4000-8000-000000000004"
ANSWERS: dict[str, Any] = json.loads((GOLDEN / "balancer.json").read_text())
TREE = (GOLDEN / "tree.txt").read_text()


@pytest.fixture
def balancer(replay: Replay) -> Replay:
    """A server with one load balancer that has some of everything."""
    for target, body in ANSWERS.items():
        replay.answer("GET", target, body)
    return replay


def on_terminal(line: str, url: str, **environment: str) -> str:
    """What somebody at a terminal sees."""
    out = Terminal()
    caller = Caller({}, {"OS_ENDPOINT": url, "OS_TOKEN": "x", **environment}, out, Terminal())
    try:
        assert run_words(line.split(), caller) == 0
    finally:
        caller.close()
    return out.getvalue()


def test_tree(balancer: Replay) -> None:
    """Listeners with policies, rules and default pools, then the other pools; a pool is drawn once."""
    outcome = typed("loadbalancer tree lb1", balancer.url)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == TREE


def test_reason_stands_below_the_load_balancer(balancer: Replay) -> None:
    """Why it is in ERROR, where it can't be overlooked."""
    statuses = json.loads(json.dumps(ANSWERS[f"/v2.0/lbaas/loadbalancers/{LB}/statuses"]))
    statuses["statuses"]["loadbalancer"] |= {"provisioning_status": "ERROR", "provisioning_reason": "port 80 is taken"}
    balancer.answers[("GET", f"/v2.0/lbaas/loadbalancers/{LB}/statuses")] = []
    balancer.answer("GET", f"/v2.0/lbaas/loadbalancers/{LB}/statuses", statuses)
    lines = typed("loadbalancer tree --color always lb1", balancer.url).out.splitlines()
    assert "\x1b[31mERROR\x1b[0m" in lines[0]
    assert lines[1] == "│  \x1b[31mport 80 is taken\x1b[0m"


def test_show_prints_the_reason(replay: Replay) -> None:
    """In both grammars, when the server tells one."""
    row = {"id": LB, "provisioning_status": "ERROR", "provisioning_reason": "port 80 is taken on the host"}
    replay.answer("GET", f"/v2.0/lbaas/loadbalancers?id={LB}&fields=id", {"loadbalancers": [{"id": LB}]})
    replay.answer("GET", f"/v2.0/lbaas/loadbalancers/{LB}", {"loadbalancer": row})
    for line in (f"loadbalancer show {LB}", f"lbaas-loadbalancer-show {LB}"):
        assert "| provisioning_reason | port 80 is taken on the host         |" in typed(line, replay.url).out


def test_status_is_drawn_for_people_and_json_for_programs(balancer: Replay) -> None:
    """The one request of the statuses tree, no lists."""
    seen = on_terminal("loadbalancer status lb1", balancer.url, NO_COLOR="1", COLUMNS="200")
    assert seen.splitlines()[0] == f"load balancer lb1                             ACTIVE  DEGRADED    {LB}"
    assert len(balancer.requests) == len(["name", "statuses"])
    programs = typed("loadbalancer status lb1", balancer.url).out
    assert json.loads(programs) == ANSWERS[f"/v2.0/lbaas/loadbalancers/{LB}/statuses"]["statuses"]
    assert on_terminal("loadbalancer status -f json lb1", balancer.url) == programs
    assert on_terminal("lbaas-loadbalancer-status lb1", balancer.url) == programs
    assert typed("loadbalancer status show -f tree lb1", balancer.url).out == seen


@pytest.mark.parametrize(
    ("options", "environment", "coloured"),
    [
        ("", {}, True),
        ("", {"NO_COLOR": "1"}, False),
        ("", {"NO_COLOR": ""}, True),
        ("", {"TERM": "dumb"}, False),
        ("--color never", {}, False),
        ("--color always", {"NO_COLOR": "1"}, True),
    ],
)
def test_colours(options: str, environment: dict[str, str], coloured: bool, balancer: Replay) -> None:
    """For people who want them."""
    seen = on_terminal(f"loadbalancer tree {options} lb1", balancer.url, COLUMNS="200", **environment)
    assert ("\x1b[32mACTIVE\x1b[0m" in seen) is coloured
    assert ("\x1b" in seen) is coloured


def test_programs_get_no_colours(balancer: Replay) -> None:
    """Unless they ask."""
    assert "\x1b" not in typed("loadbalancer tree lb1", balancer.url).out
    assert "\x1b" in typed("loadbalancer tree --color always lb1", balancer.url).out
