"""Says in what a reply of ours differs from the recorded one.

Lists are compared without regard to their order, since the original's was the database's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

_WORD = re.compile(r"<([a-z0-9_]+)>")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?")
_MAC = re.compile("fa:16:3e(:[0-9a-f]{2}){3}")
NOTHING = "-"
"""What stands for a value that only one of the two has."""


@dataclass(frozen=True, order=True)
class Difference:
    """One place where a reply differs; original and ours are JSON, or NOTHING."""

    step: str
    request: str
    where: str
    original: str
    ours: str

    def __str__(self) -> str:
        return f"{self.step} {self.request}: {self.where}: {self.original} -> {self.ours}"


class Words:
    """What the words of a recording are here."""

    def __init__(self, **known: str) -> None:
        self.known = known

    def filled(self, text: str) -> str:
        """Put what is known in place of words."""
        return _WORD.sub(lambda word: self.known.get(word[1], word[0]), text)

    def is_(self, wanted: str, found: Any) -> bool:
        """Tell whether a value is what a text stands for; a word that is new means this value from now on."""
        if not isinstance(found, str):
            return False
        if wanted == "<time>":
            return _TIME.fullmatch(found) is not None
        if wanted == "<mac>":
            return _MAC.fullmatch(found) is not None
        word = _WORD.fullmatch(wanted)
        if word is not None and word[1] not in self.known and found not in self.known.values():
            self.known[word[1]] = found
        return self.filled(wanted) == found


def differences(words: Words, wanted: Any, found: Any, *, partly: bool = False) -> Iterator[tuple[str, str, str]]:
    """List (where, original, ours) of what differs."""
    yield from _of(words, wanted, found, "", partly=partly)


def _of(words: Words, wanted: Any, found: Any, where: str, *, partly: bool) -> Iterator[tuple[str, str, str]]:
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in {**wanted, **({} if partly else found)}:
            place = f"{where}.{key}" if where else key
            if key not in found:
                yield place, _json(wanted[key]), NOTHING
            elif key not in wanted:
                yield place, NOTHING, _json(found[key])
            else:
                yield from _of(words, wanted[key], found[key], place, partly=partly)
    elif isinstance(wanted, list) and isinstance(found, list):
        yield from _of_lists(words, wanted, found, where, partly=partly)
    elif isinstance(wanted, str):
        if not words.is_(wanted, found):
            yield where, _json(words.filled(wanted)), _json(found)
    elif wanted != found or isinstance(wanted, bool) != isinstance(found, bool):
        yield where, _json(wanted), _json(found)


def _of_lists(
    words: Words, wanted: list[Any], found: list[Any], where: str, *, partly: bool
) -> Iterator[tuple[str, str, str]]:
    left = list(found)
    for one in wanted:
        place = f"{where}[{_label(one)}]"
        scores = [_alike(words, one, other) for other in left]
        if not scores or max(scores) <= 0:
            yield place, _json(one), NOTHING
        else:
            yield from _of(words, one, left.pop(scores.index(max(scores))), place, partly=partly)
    for other in left if not partly else []:
        yield f"{where}[{_label(other)}]", NOTHING, _json(other)


def _label(thing: Any) -> str:
    """Name a member of a list in a path."""
    if isinstance(thing, dict):
        return str(next((thing[key] for key in ("alias", "id", "name") if thing.get(key)), "*")).strip("<>")
    return str(thing)


def _alike(words: Words, wanted: Any, found: Any) -> int:
    """Say how much two members of lists are the same thing; 0 and less is not at all."""
    if not isinstance(wanted, dict) or not isinstance(found, dict):
        return int(_same(words, wanted, found))
    for key in ("id", "alias"):
        if key in wanted and key in found and _known(words, wanted[key]):
            return 1000 if words.filled(wanted[key]) == found[key] else 0
    if "id" in wanted and found.get("id") in words.known.values():
        return 0
    named = [key for key in ("name", "agent_type", "host") if wanted.get(key)]
    if any(key in found and wanted[key] != found[key] for key in named):
        return 0
    return 1 + sum(_same(words, value, found.get(key)) for key, value in wanted.items())


def _known(words: Words, text: Any) -> bool:
    return isinstance(text, str) and not _WORD.search(words.filled(text))


def _same(words: Words, wanted: Any, found: Any) -> bool:
    return (words.filled(wanted) if isinstance(wanted, str) else wanted) == found


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
