"""--wait: until the load balancer rests."""

from __future__ import annotations

import pytest

from .conftest import Replay, Terminal, typed

LB = "2ce2166a-3c9b-44da-ad78-a11c09ed20ae"
POOL = "c3045528-5b9c-4cbd-883e-d3f43f8e064a"
MEMBER = "5f30f26e-e899-44ef-a0cf-71d8c3639245"


def _statuses(replay: Replay, *statuses: str) -> None:
    for status in statuses:
        row = {"id": LB, "name": "lb", "provisioning_status": status}
        replay.answer("GET", f"/v2.0/lbaas/loadbalancers/{LB}", {"loadbalancer": row})


def _created(replay: Replay) -> None:
    replay.answer("GET", f"/v2.0/subnets?id={LB}&fields=id", {"subnets": [{"id": LB}]})
    row = {"id": LB, "name": "lb", "provisioning_status": "PENDING_CREATE"}
    replay.answer("POST", "/v2.0/lbaas/loadbalancers", {"loadbalancer": row}, 201)


def test_create_prints_what_became_of_it(replay: Replay) -> None:
    """The object after the wait, and no progress where nobody looks."""
    _created(replay)
    _statuses(replay, "PENDING_CREATE", "PENDING_CREATE", "ACTIVE")
    outcome = typed(f"lbaas-loadbalancer-create {LB} --wait", replay.url)
    assert (outcome.code, outcome.err) == (0, "")
    assert "| provisioning_status | ACTIVE" in outcome.out


def test_progress_on_a_terminal(replay: Replay) -> None:
    """One line, rewritten, wiped at the end."""
    _created(replay)
    _statuses(replay, "PENDING_CREATE", "ACTIVE")
    outcome = typed(f"--wait lbaas-loadbalancer-create {LB}", replay.url, err=Terminal())
    assert "load balancer lb: PENDING_CREATE (" in outcome.err
    assert outcome.err.endswith("\r\x1b[K")


def test_error_is_exit_code_1(replay: Replay) -> None:
    """A script must notice."""
    _created(replay)
    _statuses(replay, "ERROR")
    outcome = typed(f"lbaas-loadbalancer-create {LB} --wait", replay.url)
    assert (outcome.code, outcome.err) == (1, "Load balancer lb is in ERROR.\n")


def test_patience_ends(replay: Replay) -> None:
    """With a sentence that says in which status it was left."""
    _created(replay)
    _statuses(replay, "PENDING_CREATE")
    outcome = typed(f"lbaas-loadbalancer-create {LB} --wait --wait-timeout 0.01", replay.url)
    assert outcome.code == 1
    assert "is still PENDING_CREATE" in outcome.err


def test_delete_waits_until_it_is_gone(replay: Replay) -> None:
    """404 is the end that was wanted."""
    replay.answer("GET", f"/v2.0/lbaas/loadbalancers?id={LB}&fields=id", {"loadbalancers": [{"id": LB}]})
    _statuses(replay, "ACTIVE", "PENDING_DELETE")
    replay.answer("GET", f"/v2.0/lbaas/loadbalancers/{LB}", {"NeutronError": {"type": "X", "message": "gone"}}, 404)
    replay.answer("DELETE", f"/v2.0/lbaas/loadbalancers/{LB}", "", 204)
    outcome = typed(f"lbaas-loadbalancer-delete {LB} --wait", replay.url)
    assert (outcome.code, outcome.out) == (0, f"Deleted loadbalancer(s): {LB}\n")


def test_delete_of_a_part_waits_for_the_whole(replay: Replay) -> None:
    """The load balancer is found before the member is gone."""
    replay.answer("GET", f"/v2.0/lbaas/pools?id={POOL}&fields=id", {"pools": [{"id": POOL}]})
    replay.answer("GET", f"/v2.0/lbaas/pools/{POOL}/members?id={MEMBER}&fields=id", {"members": [{"id": MEMBER}]})
    replay.answer("GET", f"/v2.0/lbaas/pools/{POOL}/members/{MEMBER}", {"member": {"id": MEMBER}})
    replay.answer("GET", f"/v2.0/lbaas/pools/{POOL}", {"pool": {"id": POOL, "loadbalancers": [{"id": LB}]}})
    replay.answer("DELETE", f"/v2.0/lbaas/pools/{POOL}/members/{MEMBER}", "", 204)
    _statuses(replay, "PENDING_UPDATE", "ACTIVE")
    assert typed(f"lbaas-member-delete {MEMBER} {POOL} --wait", replay.url).code == 0
    assert [request[0] for request in replay.requests[-3:]] == ["DELETE", "GET", "GET"]


def test_networks_do_not_wait(replay: Replay) -> None:
    """The option may be given to everything."""
    replay.answer("POST", "/v2.0/networks", {"network": {"id": "n"}}, 201)
    assert typed("--wait net-create x", replay.url).code == 0


@pytest.mark.parametrize("seconds", ["soon", ""])
def test_bad_patience(seconds: str, replay: Replay) -> None:
    """Not a number."""
    assert typed(f"--wait --wait-timeout='{seconds}' net-create x", replay.url).code == 1
