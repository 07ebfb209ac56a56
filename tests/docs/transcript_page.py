"""A page whose `console` blocks are run from top to bottom, in one shell, in a lab of their own."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generated import TOP

from openlbaas.cli.lab.names import DEFAULT_FOLDER
from openlbaas.cli.lab.wiring import free_ports

END = "\x1e"
BLOCK = re.compile(r"^```console\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
SKIPPED = ("./scripts/setup", "export PATH=")
"""What a reader does once, and a test has behind it."""

# In a lab of the test's own, everything else as on the page.
FUNCTION = """\
openlbaas() {
    if [ "$1" = lab ]; then
        local verb=$2; shift 2
        [ "$verb" != up ] || set -- --port "$LAB_PORT" "$@"
        command openlbaas lab "$verb" --dir "$LAB_FOLDER" "$@"
    else
        command openlbaas "$@"
    fi
}
"""
SAME = (
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
    (r"\b[0-9a-f]{32}\b", "PROJECT"),
    (r"\b[0-9a-f]{64}\b", "FINGERPRINT"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "INSTANT"),
    (r"\b(brq|tap|ns-)[0-9a-f]{8}-[0-9a-f]{2}", r"\1PART"),
    (r"@if\d+ +", "@ifN "),
    (r"id: \d+", "id: N"),
    (r"\bolb[0-9a-f]{6}\b", "LAB"),
    (r"curl/[0-9.]+", "curl"),
    (r"8000\.[0-9a-f]{12}", "BRIDGE"),
    (r"fe80::[0-9a-f:]+", "LINK-LOCAL"),
    (r" *[0-9.]+ m?s\b", "TIME"),
    (r"\bhost\d\b", "HOST"),
)
"""What differs from run to run, and what it is called for the comparison."""


class Shell:
    """One bash that is told commands and asked what they printed."""

    def __init__(self, folder: Path) -> None:
        """Start it with our programs on its path and a lab's folder and port of its own."""
        programs = f"{TOP / '.venv/bin'}:{os.environ['PATH']}:/usr/sbin:/sbin"
        self.folder = folder
        self.port = str(free_ports(2))
        environment = {"PATH": programs, "LAB_FOLDER": str(folder), "LAB_PORT": self.port, "COLUMNS": "200"}
        environment |= {"HOME": str(folder.parent), "LANG": "C.UTF-8"}
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
        )
        self.run(FUNCTION)

    def run(self, command: str) -> str:
        """Run one command and return all that it printed, in the words of the page."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f"{command.replace(DEFAULT_FOLDER, str(self.folder))}\nprintf '{END}\\n'\n")
        self._bash.stdin.flush()
        printed = ""
        for line in self._bash.stdout:
            before, ended, _ = line.partition(END)
            printed += before
            if ended:
                break
        told = printed.replace(f" --dir {self.folder}", "").replace(str(self.folder), DEFAULT_FOLDER)
        return told.replace(f":{self.port}", ":9696").replace(f":{int(self.port) + 1}", ":9697")

    def close(self) -> None:
        """End it."""
        self._bash.communicate("exit\n", timeout=60)


@contextmanager
def shell(folder: Path) -> Iterator[Shell]:
    """Run commands, and remove the lab whatever they did."""
    opened = Shell(folder)
    try:
        yield opened
    finally:
        opened.run("openlbaas lab down")
        opened.close()


def commands(block: str) -> list[str]:
    """List the commands of a block."""
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def played(block: str, told: Shell) -> str:
    """Write a block as it is when its commands are run now."""
    lines = []
    for command in commands(block):
        lines.append(f"$ {command}\n")
        if not command.startswith(SKIPPED):
            printed = "".join(f"{line.rstrip()}\n" for line in told.run(command).splitlines())
            lines.append(f"{printed.strip(chr(10))}\n" if printed.strip() else "")
    return "".join(lines)


def same(text: str) -> str:
    """Take out what differs from run to run."""
    for pattern, name in SAME:
        text = re.sub(pattern, name, text)
    # Rows of a list come in the order of their ids.
    return re.sub(r"(\| UUID .*\n)+", lambda rows: "".join(sorted(rows[0].splitlines(keepends=True))), text)
