"""Options a command does not know: they go to the server as they are, under their own name.

Source:  the neutron client's rules: `--key value`, `--key=value`, `--key a b` for a list, a lone `--key` for true;
         after the name `type=int|bool|dict|str`, `list=true` and `action=clear` (send null) change what is made of it
"""

from __future__ import annotations

from typing import Any, NamedTuple

_TRUE = frozenset({"1", "t", "true", "on", "y", "yes"})
_FALSE = frozenset({"0", "f", "false", "off", "n", "no"})


class BadExtra(ValueError):
    """An unknown option whose value can't be read."""


class _Extra(NamedTuple):
    name: str
    values: list[str]
    hints: set[str]


def extra_values(words: list[str]) -> dict[str, Any]:
    """Names, with underscores for dashes, and the values to send.

    Raises:  BadExtra
    """
    found: dict[str, Any] = {}
    for extra in _split(words):
        key = extra.name.replace("-", "_")
        if key in found:
            message = f"Option --{extra.name} was given twice"
            raise BadExtra(message)
        found[key] = _value(extra)
    return found


def _split(words: list[str]) -> list[_Extra]:
    extras: list[_Extra] = []
    for word in words:
        if word.startswith("--") and len(word) > len("--"):
            name, equals, value = word[2:].partition("=")
            extras.append(_Extra(name, [value] if equals else [], set()))
        elif not extras or (word.startswith("-") and not _is_number(word)):
            message = f"Can't read '{word}' among the extra values: {' '.join(words)}"
            raise BadExtra(message)
        elif word.startswith("type=") or word in {"list=true", "action=clear"}:
            extras[-1].hints.add(word)
        else:
            extras[-1].values.append(word)
    return extras


def _value(extra: _Extra) -> Any:
    kinds = [hint.removeprefix("type=") for hint in extra.hints if hint.startswith("type=")]
    kind = kinds[0] if kinds else "str"
    if not extra.values:
        if "action=clear" in extra.hints:
            return None
        if extra.hints:
            message = f"Option --{extra.name} needs a value"
            raise BadExtra(message)
        return True
    if "list=true" in extra.hints or kind == "list" or len(extra.values) > 1:
        return [_convert(extra.name, "str" if kind == "list" else kind, value) for value in extra.values]
    return _convert(extra.name, kind, extra.values[0])


def _convert(name: str, kind: str, value: str) -> Any:
    if kind == "str":
        return value
    if kind == "int" and _is_integer(value):
        return int(value)
    if kind == "bool" and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    if kind == "dict" and all("=" in piece for piece in value.split(",")):
        return dict(piece.split("=", 1) for piece in value.split(","))
    known = kind in {"int", "bool", "dict"}
    message = (
        f"'{value}' is not a value of type {kind} for --{name}" if known else f"There is no type {kind} (--{name})"
    )
    raise BadExtra(message)


def _is_integer(word: str) -> bool:
    return word.removeprefix("-").isdecimal()


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
