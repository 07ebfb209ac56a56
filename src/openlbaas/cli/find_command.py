"""Which command a line begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openlbaas.cli.grammar.commands import commands

if TYPE_CHECKING:
    from openlbaas.cli.grammar.model import Command

_MOST_WORDS = 4


def find_command(words: list[str]) -> tuple[Command, list[str]] | None:
    """The command with the most words that the line begins with, and the words behind it.

    A command may be shortened as long as only one begins that way, word by word.
    """
    known = commands()
    for count in range(min(_MOST_WORDS, len(words)), 0, -1):
        command = known.get(" ".join(words[:count]))
        if command:
            return command, words[count:]
    for count in range(min(_MOST_WORDS, len(words)), 0, -1):
        begun = [command for name, command in known.items() if _is_begun(name, words[:count])]
        if len(begun) == 1:
            return begun[0], words[count:]
    return None


def unknown_command(words: list[str]) -> str:
    """What to tell somebody whose command does not exist."""
    from difflib import get_close_matches

    leading = _leading_words(words)
    typed = " ".join(leading)
    names = [*commands(), *_other_names()]
    near = [name for name in names if typed and name.startswith(typed)]
    near += [name for name in get_close_matches(typed, names, n=5, cutoff=0.6) if name not in near]
    first = f"openlbaas: '{typed or words[0]}' is not an openlbaas command. See 'openlbaas help'."
    if not near:
        return first
    return "\n".join([first, "Did you mean one of these?", *(f"  {name}" for name in near[:12])])


def _other_names() -> tuple[str, ...]:
    from openlbaas.cli.dispatch import OTHER_VERBS, OWN_VERBS

    return (*OTHER_VERBS, *OWN_VERBS)


def _is_begun(name: str, words: list[str]) -> bool:
    parts = name.split(" ")
    return len(parts) == len(words) and all(
        part.startswith(word) for part, word in zip(parts, words, strict=True) if word
    )


def _leading_words(words: list[str]) -> list[str]:
    leading: list[str] = []
    for word in words[:_MOST_WORDS]:
        if word.startswith("-"):
            break
        leading.append(word)
    return leading
