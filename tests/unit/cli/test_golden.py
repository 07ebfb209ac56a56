"""Each recorded command of the neutron client: the same requests go out, the same text is printed.

The recordings come from python-neutronclient 6.4.0 against Neutron Stein; cases.json holds them.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import Replay, cases, key, typed

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = cases()


def _expected_requests(case: dict[str, Any]) -> list[tuple[str, str, Any]]:
    return [(*key(each["method"], each["path"]), each["body"]) for each in case["exchanges"]]


def _without_repeats(requests: list[tuple[str, str, Any]]) -> list[tuple[str, str, Any]]:
    """The original looks the pool of a member list up twice."""
    kept: Iterator[tuple[str, str, Any]] = (
        request for place, request in enumerate(requests) if place == 0 or request != requests[place - 1]
    )
    return list(kept)


def _comparable(request: tuple[str, str, Any]) -> str:
    return json.dumps(request, sort_keys=True)


def _error(text: str) -> str:
    """A message without the usage before it, which names more options here."""
    return re.sub(
        r"^usage: .*?^(?=\w+ [\w-]+: error)", "", text.replace("neutron ", "openlbaas "), flags=re.DOTALL | re.MULTILINE
    )


@pytest.mark.parametrize("name", CASES)
def test_command_as_recorded(name: str, replay: Replay) -> None:
    """Requests, output, errors and exit code are the original's."""
    case = CASES[name]
    replay.load(case)
    replay.roles = "admin" if "-ks-" in name else ""
    outcome = typed(case["command"].partition(" ")[2], replay.url)
    assert outcome.out.rstrip("\n") == case["out"].rstrip("\n")
    assert _error(outcome.err) == _error(case["err"]).replace("Openlbaas server", "Neutron server")
    assert outcome.code == case["rc"]
    expected = _without_repeats(_expected_requests(case))
    assert sorted(map(_comparable, replay.requests)) == sorted(map(_comparable, expected))
