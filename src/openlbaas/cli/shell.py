"""The interactive shell: every command of the program, one per line, over one kept connection.

Reads a terminal with history and completion, or the lines of a file or pipe without a prompt.
"""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from openlbaas.cli.dispatch import OTHER_VERBS, OWN_VERBS, Caller, run_words
from openlbaas.cli.grammar.commands import commands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

PROMPT = "(openlbaas) "
_LEAVE = frozenset({"quit", "exit", "q"})
_HISTORY_LINES = 1000


def shell(caller: Caller, source: TextIO) -> int:
    """Run lines until quit or their end.

    Returns the exit code: on a terminal 0; of piped lines the first that is not 0, though all lines are run.
    """
    interactive = source.isatty()
    code = 0
    for line in _typed() if interactive else source:
        words = _words(line, caller)
        if not words:
            continue
        if words[0] in _LEAVE:
            break
        answer = _run(words, caller)
        code = code or answer
        caller.out.flush()
    return 0 if interactive else code


def _run(words: list[str], caller: Caller) -> int:
    from openlbaas.cli.global_options import BadOption, split_global_options

    try:
        options, rest = split_global_options(words)
    except BadOption as problem:
        print(f"openlbaas: {problem}", file=caller.err)
        return 2
    kept = caller.options
    caller.options = {**kept, **options}
    try:
        return run_words(rest, caller) if rest else 0
    except KeyboardInterrupt:
        print(file=caller.err)
        return 130
    finally:
        caller.options = kept


def _words(line: str, caller: Caller) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError as problem:
        print(f"openlbaas: {problem}", file=caller.err)
        return []


def _typed() -> Iterator[str]:
    """Lines from the terminal, with history and completion; Ctrl-C drops a line, Ctrl-D leaves."""
    history = _with_readline()
    try:
        while True:
            try:
                yield input(PROMPT)
            except KeyboardInterrupt:
                print()
            except EOFError:
                print()
                return
    finally:
        _save(history)


def _with_readline() -> Path | None:
    try:
        import readline
    except ImportError:
        return None
    readline.set_completer_delims(" \t\n")
    readline.set_completer(Completer())
    readline.parse_and_bind("tab: complete")
    readline.set_history_length(_HISTORY_LINES)
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    history = state / "openlbaas" / "history"
    with suppress(OSError):
        readline.read_history_file(history)
    return history


def _save(history: Path | None) -> None:
    if history is None:
        return
    import readline

    # A home that can't be written to is no reason to fail.
    with suppress(OSError):
        history.parent.mkdir(parents=True, exist_ok=True)
        readline.write_history_file(history)


class Completer:
    """Answers readline's question "the n-th word that could stand here"."""

    def __init__(self) -> None:
        """Start without candidates."""
        self._candidates: list[str] = []

    def __call__(self, word: str, state: int) -> str | None:
        """The candidate of this number, None after the last."""
        if state == 0:
            import readline

            before = readline.get_line_buffer()[: readline.get_begidx()]
            self._candidates = [f"{one} " for one in candidates(before, word)]
        return self._candidates[state] if state < len(self._candidates) else None


def candidates(before: str, word: str) -> list[str]:
    """Words that may follow what stands before and begin with this word."""
    from openlbaas.cli.completion import words_after

    names = [*commands(), *OTHER_VERBS, *OWN_VERBS, "quit", "exit"]
    return [one for one in words_after(before.split(), names) if one.startswith(word)]
