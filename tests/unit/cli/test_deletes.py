"""Several deletes in one command: each stands for itself."""

from __future__ import annotations

from .conftest import Replay, typed

IDS = ("2ce2166a-3c9b-44da-ad78-a11c09ed20ae", "5bcf25ee-e88f-47c8-ba29-9aabbf00b028")


def test_report_of_each(replay: Replay) -> None:
    """Deleted, refused, missing and ambiguous ones, each in their sentence, and the rest is still done."""
    replay.answer("GET", "/v2.0/lbaas/pools?name=used&fields=id", {"pools": [{"id": IDS[0]}]})
    replay.answer("GET", "/v2.0/lbaas/pools?name=free&fields=id", {"pools": [{"id": IDS[1]}]})
    replay.answer("GET", "/v2.0/lbaas/pools?name=twin&fields=id", {"pools": [{"id": "1"}, {"id": "2"}]})
    replay.answer("GET", "/v2.0/lbaas/pools?name=none&fields=id", {"pools": []})
    refusal = {"NeutronError": {"type": "EntityInUse", "message": "pool is in use", "detail": ""}}
    replay.answer("DELETE", f"/v2.0/lbaas/pools/{IDS[0]}", refusal, 409)
    replay.answer("DELETE", f"/v2.0/lbaas/pools/{IDS[1]}", "", 204)
    outcome = typed("lbaas-pool-delete used twin none free", replay.url)
    assert (outcome.code, outcome.out) == (1, "Deleted lbaas_pool(s): free\n")
    assert outcome.err.splitlines() == [
        "pool is in use",
        "Neutron server returns request_ids: ['req-test']",
        "Unable to find lbaas_pool(s) with id(s) 'none'.",
        "Multiple lbaas_pool(s) matches found for name(s) 'twin'. Please use an ID to be more specific.",
    ]


def test_newer_grammar_says_nothing(replay: Replay) -> None:
    """Silence is success."""
    replay.answer("GET", "/v2.0/networks?name=n&fields=id", {"networks": [{"id": IDS[0]}]})
    replay.answer("DELETE", f"/v2.0/networks/{IDS[0]}", "", 204)
    outcome = typed("network delete n", replay.url)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_agents_are_named_by_id_alone(replay: Replay) -> None:
    """No lookup by name, as in the original."""
    replay.answer("DELETE", f"/v2.0/agents/{IDS[0]}", "", 204)
    assert typed(f"agent-delete {IDS[0]}", replay.url).out == f"Deleted agent(s): {IDS[0]}\n"
    assert len(replay.requests) == 1
