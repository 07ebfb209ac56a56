"""Hosts and moves on the command line."""

from __future__ import annotations

import pytest

from .conftest import Replay, typed

LB = "2ce2166a-3c9b-44da-ad78-a11c09ed20ae"
HOST = {"host": "h1", "state": "up", "load_balancers": 0, "leaving": 0, "capacity": None, "availability_zone": None}

SENT = {
    "loadbalancer move lb1": (f"/v2.0/lbaas/loadbalancers/{LB}/move", {"move": {}}),
    "loadbalancer move lb1 --host h2": (f"/v2.0/lbaas/loadbalancers/{LB}/move", {"move": {"host": "h2"}}),
    "agent drain h1": ("/v2.0/lbaas/hosts/h1/drain", None),
    "agent undrain h1": ("/v2.0/lbaas/hosts/h1/undrain", None),
    "agent failover h1": ("/v2.0/lbaas/hosts/h1/failover", {"failover": {}}),
    "agent failover --force h1": ("/v2.0/lbaas/hosts/h1/failover", {"failover": {"force": True}}),
    "agent rebalance": ("/v2.0/lbaas/hosts/rebalance", {"rebalance": {}}),
    "agent rebalance --dry-run": ("/v2.0/lbaas/hosts/rebalance", {"rebalance": {"dry_run": True}}),
}


@pytest.mark.parametrize("line", SENT)
def test_what_is_sent(replay: Replay, line: str) -> None:
    path, body = SENT[line]
    replay.answer("GET", "/v2.0/lbaas/loadbalancers?name=lb1&fields=id", {"loadbalancers": [{"id": LB}]})
    moves = [{"loadbalancer_id": LB, "from_host": "h1", "to_host": "h2"}]
    replay.answer("PUT", path, {"host": HOST, "moves": moves, "move": moves[0]})
    outcome = typed(line, replay.url)
    assert (outcome.code, outcome.err) == (0, "")
    assert (replay.requests[-1][0], replay.requests[-1][-1]) == ("PUT", body)
    assert (f"| {LB} | h1        | h2      |" in outcome.out) == ("rebalance" in line)


def test_hosts_of_a_load_balancer_are_shown_with_what_they_said_last_and_whether_they_live(replay: Replay) -> None:
    replay.answer("GET", "/v2.0/lbaas/loadbalancers?name=lb1&fields=id", {"loadbalancers": [{"id": LB}]})
    row = {"id": "1", "host": "h1", "role": "ACTIVE", "in_force": True, "alive": False}
    replay.answer("GET", f"/v2.0/lbaas/loadbalancers/{LB}/hosts", {"hosts": [row]})
    assert "| h1   | ACTIVE | True     | False |" in typed("loadbalancer host list lb1", replay.url).out


def test_move_waits_until_it_is_done(replay: Replay) -> None:
    replay.answer("GET", "/v2.0/lbaas/loadbalancers?name=lb1&fields=id", {"loadbalancers": [{"id": LB}]})
    replay.answer("PUT", f"/v2.0/lbaas/loadbalancers/{LB}/move", {"move": {}})
    for status in ("PENDING_UPDATE", "ACTIVE"):
        row = {"id": LB, "name": "lb1", "provisioning_status": status}
        replay.answer("GET", f"/v2.0/lbaas/loadbalancers/{LB}", {"loadbalancer": row})
    assert typed("loadbalancer move lb1 --wait", replay.url).code == 0


def test_drain_waits_until_nothing_is_left(replay: Replay) -> None:
    replay.answer("PUT", "/v2.0/lbaas/hosts/h1/drain", {"host": HOST})
    for left in ({"load_balancers": 2}, {"leaving": 1}, {}):
        replay.answer("GET", "/v2.0/lbaas/hosts/h1", {"host": HOST | left})
    assert typed("agent drain h1 --wait", replay.url).code == 0


def test_drain_gives_up_waiting(replay: Replay) -> None:
    replay.answer("PUT", "/v2.0/lbaas/hosts/h1/drain", {"host": HOST})
    replay.answer("GET", "/v2.0/lbaas/hosts/h1", {"host": HOST | {"leaving": 3}})
    outcome = typed("agent drain h1 --wait --wait-timeout 0", replay.url)
    assert (outcome.code, outcome.err) == (1, "Host h1 still has 3 load balancers; giving up waiting.\n")


def test_list_and_show(replay: Replay) -> None:
    replay.answer("GET", "/v2.0/lbaas/hosts", {"hosts": [HOST]})
    replay.answer("GET", "/v2.0/lbaas/hosts/h1", {"host": HOST})
    assert "| h1   |" in typed("agent list", replay.url).out
    assert "| state " in typed("agent show h1", replay.url).out
