"""Options a command does not know."""

from __future__ import annotations

import pytest

from openlbaas.cli.extras import BadExtra, extra_values

GOOD = {
    "--max-retries-down 4": {"max_retries_down": "4"},
    "--max-retries-down type=int 4": {"max_retries_down": 4},
    "--a=b=c": {"a": "b=c"},
    "--flag": {"flag": True},
    "--flag --x 1": {"flag": True, "x": "1"},
    "--tags a b": {"tags": ["a", "b"]},
    "--tags list=true a": {"tags": ["a"]},
    "--ports type=int 1 2": {"ports": [1, 2]},
    "--up type=bool no": {"up": False},
    "--pair type=dict a=1,b=2": {"pair": {"a": "1", "b": "2"}},
    "--default_pool_id action=clear": {"default_pool_id": None},
    "--delta -1": {"delta": "-1"},
    "": {},
}
BAD = ["stray", "--n type=int many", "--x 1 --x 2", "--x type=float 1", "--x -y", "--x type=int", "--d type=dict a"]


@pytest.mark.parametrize("line", GOOD)
def test_value(line: str) -> None:
    """What each spelling sends."""
    assert extra_values(line.split()) == GOOD[line]


@pytest.mark.parametrize("line", BAD)
def test_refused(line: str) -> None:
    """What can't be read is not guessed."""
    with pytest.raises(BadExtra):
        extra_values(line.split())
