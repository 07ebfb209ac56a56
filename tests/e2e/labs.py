"""A lab as tests see it: our own command line brings it up, acts on it and takes it down."""

import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from waits import eventually

from openlbaas.cli.lab.wiring import free_ports

PROGRAM = Path(sys.executable).with_name("openlbaas")


@dataclass
class Lab:
    """A lab in a folder of its own."""

    folder: Path
    port: int

    @property
    def told(self) -> dict[str, Any]:
        """What lab.json says now."""
        read: dict[str, Any] = json.loads((self.folder / "lab.json").read_text())
        return read

    @property
    def environment(self) -> dict[str, str]:
        """The environment that openrc makes."""
        exports = re.findall(r"^export (\w+)=(.*)$", (self.folder / "openrc").read_text(), re.MULTILINE)
        return {**os.environ, **dict(exports)}

    def run(self, *words: str, typed: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run our command line as a tenant would."""
        return subprocess.run(
            [PROGRAM, *words],
            input=typed,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def ok(self, *words: str) -> str:
        """Run a command that must succeed and return what it printed."""
        ran = self.run(*words)
        assert ran.returncode == 0, f"openlbaas {' '.join(words)}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def value(self, column: str, *words: str) -> str:
        """Run a command and return one of its values."""
        return self.ok(*words, "-f", "value", "-c", column).strip()

    def verb(self, verb: str, *words: str) -> str:
        """Run a verb of the lab."""
        ran = subprocess.run(
            [PROGRAM, "lab", verb, "--dir", self.folder, *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, f"lab {verb} {' '.join(words)}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def web(self, act: str, name: str) -> None:
        """Stop or start a web server."""
        words = [PROGRAM, "lab", "web", act, "--dir", self.folder, name]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, timeout=30)

    def curl(self, address: str) -> str:
        """Ask from the client's place; empty when nothing answered."""
        space = self.told["client"]["namespace"]
        words = ["ip", "netns", "exec", space, "curl", "-s", "-f", "-m", "2", f"http://{address}"]
        return subprocess.run(words, capture_output=True, text=True, timeout=10, check=False).stdout

    def on_host(self, *words: str) -> str:
        """Run a command on host1."""
        return self.verb("exec", "host1", "--", *words)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the server's database."""
        with sqlite3.connect(f"file:{self.folder}/openlbaas.db?mode=ro", uri=True) as database:
            return database.execute(query).fetchall()

    def status(self, name: str) -> str:
        """Name the provisioning status of a load balancer; GONE when there is none."""
        ran = self.run("lbaas-loadbalancer-show", name, "-f", "value", "-c", "provisioning_status")
        return ran.stdout.strip() if ran.returncode == 0 else "GONE"

    def reaches(self, name: str, status: str) -> None:
        """Wait until a load balancer has a status."""
        eventually(lambda: self.status(name) == status, f"{name} to be {status}")

    def haproxies(self) -> set[int]:
        """List the pids of HAProxies of this lab's hosts that run."""
        found = set()
        state = self.hosts_state.encode()
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            except OSError:
                continue
            if words and words[0] == b"haproxy" and any(word.startswith(state) for word in words):
                found.add(int(entry.name))
        return found

    @property
    def hosts_state(self) -> str:
        """The folder below which host1 keeps its load balancers."""
        options = (self.folder / "host1.conf").read_text()
        found = re.search(r"^state_path = (.*)$", options, re.MULTILINE)
        assert found
        return found[1]

    def remains(self) -> tuple[set[str], set[str], set[int], set[str]]:
        """What a load balancer could leave behind: namespaces, interfaces, processes, files."""
        spaces = {line.split()[0] for line in self.on_host("ip", "netns").splitlines()}
        links = {line.split()[0] for line in self.on_host("ip", "-br", "link").splitlines()}
        # The folder that holds all of theirs is made with the first and stays.
        files = {str(path) for path in Path(self.hosts_state, "lbaas", "v2").rglob("*")}
        return spaces, {link.split("@")[0] for link in links}, self.haproxies(), files


@contextlib.contextmanager
def standing(folder: Path, *words: str) -> Iterator[Lab]:
    """Have a lab until the end of the block."""
    made = Lab(folder, free_ports())
    up = [PROGRAM, "lab", "up", "--dir", made.folder, "--port", str(made.port), *words]
    try:
        ran = subprocess.run(up, capture_output=True, text=True, timeout=60, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        yield made
    finally:
        subprocess.run([PROGRAM, "lab", "down", "--dir", made.folder], check=True, timeout=60, capture_output=True)
