"""A stage for commands: each is shown as it would be typed, with its real output, and every claim about it is checked.

A claim that does not hold is a Lie, and a Lie ends the play.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DEADLINE_S = 20.0
_COMMAND_S = 60.0
_PAUSE_S = 0.002
_BOLD, _DIM, _GREEN, _RED, _CYAN, _PLAIN = "\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[36m", "\033[0m"


class Lie(Exception):
    """Something was claimed that is not so."""

    def __init__(self, what: str, expected: object, found: object) -> None:
        """Keep what was claimed, and what there is instead."""
        super().__init__(what)
        self.what = what
        self.expected = expected
        self.found = found


class Ran(NamedTuple):
    """A command that has ended.

    Shape: text is what it wrote to both of its outputs, in the order written
    """

    status: int
    text: str


@dataclass
class Stage:
    """Where a play is performed, and the count of what was proved."""

    out: TextIO
    environment: Mapping[str, str]
    colours: bool = False
    steps: int = 0
    proved: int = 0
    notes: list[str] = field(default_factory=list)

    def step(self, what: str) -> None:
        """Begin a step by saying what it proves."""
        self.steps += 1
        self._print(f"\n{self._in(_BOLD, f'{self.steps:2}  {what}')}")

    def run(
        self, shown: str, words: Sequence[str] = (), *, prompt: str = "$", status: int | None = 0, typed: str = ""
    ) -> str:
        """Show a command after its prompt, run it, show what it says, and hand that back.

        Shape:  words is how it is really run, where that is not what is shown; status None takes any; typed is what
                our shell reads, line by line
        Raises: Lie when it does not end with the status
        """
        self._print(f"{self._in(_CYAN, prompt)} {self._in(_BOLD, shown)}")
        for line in typed.splitlines():
            self._print(f"{self._in(_CYAN, '(openlbaas)')} {self._in(_BOLD, line)}")
        ran = self.quietly(words or shlex.split(shown), typed)
        if ran.text.strip():
            self._print(ran.text.rstrip("\n"))
        if status is not None and ran.status != status:
            raise Lie(f"`{shown}` ends with status {status}", status, f"{ran.status}\n{ran.text}".rstrip())
        return ran.text

    def quietly(self, words: Sequence[str], typed: str = "") -> Ran:
        """Run a command without showing it; `openlbaas` is the one of this very installation."""
        own = [sys.executable, "-m", "openlbaas.cli.main"]
        command = [*own, *words[1:]] if words[0] == "openlbaas" else list(words)
        ran = subprocess.run(
            command,
            env=dict(self.environment),
            input=f"{typed}\n" if typed else "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_COMMAND_S,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout)

    def equal(self, what: str, found: object, expected: object) -> None:
        """Claim that something is as expected.

        Raises: Lie
        """
        if found != expected:
            raise Lie(what, expected, found)
        self._proved(what)

    def holds(self, what: str, text: str, *wanted: str) -> None:
        """Claim that a text holds every one of some others.

        Raises: Lie
        """
        for one in wanted:
            if one not in text:
                raise Lie(what, one, text.rstrip("\n"))
        self._proved(what)

    def lacks(self, what: str, text: str, unwanted: str) -> None:
        """Claim that a text does not hold another.

        Raises: Lie
        """
        if unwanted in text:
            raise Lie(what, f"no {unwanted}", text.rstrip("\n"))
        self._proved(what)

    def becomes(self, what: str, look: Callable[[], object], expected: object) -> float:
        """Claim that something comes to be as expected soon; name the seconds it took.

        Raises: Lie
        """
        began = time.monotonic()
        while (found := look()) != expected:
            if time.monotonic() - began > DEADLINE_S:
                raise Lie(f"{what} within {DEADLINE_S:g} s", expected, found)
            time.sleep(_PAUSE_S)
        self._proved(what)
        return time.monotonic() - began

    def note(self, what: str) -> None:
        """Keep a measurement for the summary."""
        self.notes.append(what)

    def say(self, text: str) -> None:
        """Say something beside the play."""
        self._print(self._in(_DIM, text))

    def expose(self, lie: Lie) -> None:
        """Show a claim that did not hold: what was expected and what there is."""
        self._print(f"\n{self._in(_RED, self._mark('✘', 'LIE'))} {lie.what}")
        for name, value in (("expected", lie.expected), ("found", lie.found)):
            first, *more = str(value).splitlines() or [""]
            self._print("\n".join([f"    {name:9} {first}", *(f"{'':14}{line}" for line in more)]))

    def summary(self, seconds: float) -> None:
        """Close with the count and what was measured."""
        self._print(f"\n{self._in(_GREEN, self._mark('✔', 'ok'))} {self.proved} claims proved in {seconds:.1f} s")
        for note in self.notes:
            self._print(f"    {note}")

    def _proved(self, what: str) -> None:
        self.proved += 1
        self._print(f"  {self._in(_GREEN, self._mark('✔', 'ok'))} {what}")

    def _mark(self, on_a_terminal: str, otherwise: str) -> str:
        return on_a_terminal if self.colours else otherwise

    def _in(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self.colours else text

    def _print(self, text: str) -> None:
        print(text, file=self.out, flush=True)


def value(table: str, name: str) -> str:
    """Read one value out of a table of fields and values; "" when the table has no such field."""
    rows = (cells(line) for line in table.splitlines())
    return next((row[1] for row in rows if len(row) == len(("field", "value")) and row[0] == name), "")


def listed(table: str) -> list[dict[str, str]]:
    """Read a table with one object a row."""
    head, *rows = [row for row in map(cells, table.splitlines()) if row] or [[]]
    return [dict(zip(head, row, strict=True)) for row in rows]


def cells(line: str) -> list[str]:
    """Split a line of a table; what is none, such as a rule, has no cells."""
    return [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []


def section(text: str, head: str) -> list[str]:
    """Name the lines of one block of a haproxy.conf, without their indentation."""
    for block in text.split("\n\n"):
        lines = block.strip().splitlines()
        while lines and lines[0].startswith("#"):
            lines = lines[1:]
        if lines and lines[0] == head:
            return [line.strip() for line in lines[1:]]
    return []
