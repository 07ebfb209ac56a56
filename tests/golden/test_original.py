"""What the original answered, asked of ours: the same, or a difference that is listed with its reason.

original/*.txt are the recordings, differences.toml the list. A difference that is not listed fails, and so does a
listed one that is no more.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from golden.original.comparison import NOTHING, Difference, Words, differences
from golden.original.recording import steps
from golden.original.replay import begun
from openlbaas.identity.tokens import Tokens
from openlbaas.server.asgi import application
from openlbaas.server.watch import Watch
from wire.conftest import options, tokens_file
from world import world

HERE = Path(__file__).parent / "original"
ANY = "*"
SHOWN = 20
"""As many as help: what comes after a mistake often follows from it."""


@dataclass(frozen=True)
class Listed:
    """An entry of differences.toml.

    Shape: steps are numbers of steps, each of which must differ, or ANY for some; the others are patterns.
    """

    why: str
    steps: str
    where: str
    request: str = ANY
    original: str = ANY
    ours: str = ANY

    def covers(self, found: Difference) -> bool:
        """Tell whether this entry speaks of a difference."""
        return self.steps in (ANY, found.step) or (found.step in self.steps.split())

    def matches(self, found: Difference) -> bool:
        """Tell whether this entry explains a difference."""
        return self.covers(found) and all(
            fnmatchcase(getattr(found, name), _pattern(getattr(self, name)))
            for name in ("request", "where", "original", "ours")
        )


def _pattern(text: str) -> str:
    """Take brackets for themselves; they stand in paths."""
    return text.replace("[", "[[]")


def listed() -> list[Listed]:
    """Read the list of differences; an entry with several places is one for each."""
    entries = tomllib.loads((HERE / "differences.toml").read_text())["difference"]
    return [
        Listed(**{**entry, "where": where})
        for entry in entries
        for where in ([entry["where"]] if isinstance(entry["where"], str) else entry["where"])
    ]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Difference]:
    """Replay every recording, each in a cloud of its own."""
    return [one for path in sorted(HERE.glob("*.txt")) for one in _replayed(path, tmp_path_factory.mktemp("cloud"))]


def _replayed(path: Path, folder: Path) -> Iterator[Difference]:
    plane = world(folder, refuse_while_pending=True)
    app = application(plane.services, options(folder), Tokens(tokens_file(folder)), Watch())
    replay = begun(app, plane)
    for step in steps(path):
        yield from replay.play(step)
    app.lanes.close()


def test_every_difference_is_listed(found: list[Difference]) -> None:
    entries = listed()
    unlisted = [str(one) for one in found if not any(entry.matches(one) for entry in entries)]
    assert not unlisted, "\n".join(unlisted[:SHOWN])


def test_every_listed_difference_is_there(found: list[Difference]) -> None:
    stale = [f"{entry.where}, {step}: {entry.why}" for entry in listed() for step in _missing(entry, found)]
    assert not stale, "\n".join(stale)


def _missing(entry: Listed, found: list[Difference]) -> Iterator[str]:
    """Name the steps of an entry that do not differ as it says."""
    there = {one.step for one in found if entry.matches(one)}
    yield from (step for step in entry.steps.split() if step not in there and not (step == ANY and there))


def test_every_listed_difference_has_its_reason() -> None:
    assert all(entry.why.strip() for entry in listed())


@pytest.mark.parametrize(
    ("recorded", "answered", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {}, [("a", "1", NOTHING)]),
        ({}, {"a": 1}, [("a", NOTHING, "1")]),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, [("a.b", '"x"', '"y"')]),
        ({"a": 1}, {"a": True}, [("a", "1", "true")]),
        ({"a": "1"}, {"a": 1}, [("a", '"1"', "1")]),
        ({"a": None}, {"a": ""}, [("a", "null", '""')]),
        ({"a": []}, {"a": {}}, [("a", "[]", "{}")]),
        ({"at": "<time>"}, {"at": "2026-11-23T00:00:00Z"}, []),
        ({"at": "<time>"}, {"at": "today"}, [("at", '"<time>"', '"today"')]),
        ({"id": "<one>"}, {"id": "1"}, []),
        ({"id": "<one>", "twin": "<one>"}, {"id": "1", "twin": "2"}, [("twin", '"1"', '"2"')]),
        ({"id": "<one>", "other": "<two>"}, {"id": "1", "other": "1"}, [("other", '"<two>"', '"1"')]),
        ({"id": "<one>", "text": "<one> is gone"}, {"id": "1", "text": "1 is gone"}, []),
        ({"l": [{"name": "a"}, {"name": "b"}]}, {"l": [{"name": "b"}, {"name": "a"}]}, []),
        ({"l": [{"name": "a"}]}, {"l": []}, [("l[a]", '{"name":"a"}', NOTHING)]),
        ({"l": []}, {"l": [{"name": "a"}]}, [("l[a]", NOTHING, '{"name":"a"}')]),
        ({"l": [{"name": "a", "n": 1}]}, {"l": [{"name": "a", "n": 2}]}, [("l[a].n", "1", "2")]),
    ],
)
def test_the_comparison_sees_what_differs(recorded: Any, answered: Any, expected: list[tuple[str, str, str]]) -> None:
    assert list(differences(Words(), recorded, answered)) == expected
