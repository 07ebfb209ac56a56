"""What benchmarks of the data plane stand on: web servers that note when they are asked, load, HAProxies by hand."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness import DEADLINE_S, Inside, Lab, until

FIRST_PORT, PORTS = 9001, 120
_SMALL, _LARGE_BYTES = "0123456789" * 10, 1 << 20
_SUMMARY = """
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('{"requests": %d, "seconds": %f, "connect": %d, "read": %d, "write": %d, "status": %d, ' ..
    '"timeout": %d, "median_ms": %f, "p99_ms": %f}\\n', summary.requests, summary.duration / 1e6, e.connect, e.read,
    e.write, e.status, e.timeout, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


@dataclass
class Webs:
    """Many members on one address: nginx, one port each, which notes the instant of every request."""

    address: str
    log: Path

    def asked(self) -> dict[int, list[float]]:
        """Name the instants, in seconds since the epoch, at which each port was asked for by clients."""
        found: dict[int, list[float]] = {}
        for line in self.log.read_text().splitlines():
            port, at, agent = line.split(" ", 2)
            if agent != "check":
                found.setdefault(int(port), []).append(float(at))
        return found


@contextmanager
def webs(made: Lab) -> Iterator[Webs]:
    """Run the members in the namespace of the lab's first web server."""
    told = made.told["webs"][0]
    folder = Path(tempfile.mkdtemp(prefix="openlbaas-bench-webs-"))
    folder.chmod(0o755)
    (folder / "large").write_bytes(os.urandom(_LARGE_BYTES))
    listening = "".join(f"listen {told['address']}:{port};" for port in range(FIRST_PORT, FIRST_PORT + PORTS))
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; worker_rlimit_nofile 20000;"
        "events { worker_connections 8000; }"
        "http { map $http_x_forwarded_for $who { '' check; default client; }"
        f"log_format asked '$server_port $msec $who'; access_log {folder}/asked asked; keepalive_requests 1000000;"
        f"server {{ {listening} location / {{ return 200 '{_SMALL}'; }}"
        f"location /large {{ access_log off; alias {folder}/large; }}"
        f"location /quiet {{ access_log off; return 200 '{_SMALL}'; }} }} }}\n"
    )
    words = ["ip", "netns", "exec", told["namespace"], "nginx", "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(words)
    try:
        inside = Inside(told["namespace"])
        until(lambda: inside.ask(told["address"], FIRST_PORT) is not None, "the web servers")
        yield Webs(told["address"], folder / "asked")
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


@dataclass
class Load:
    """One wrk that asks until it is told to end."""

    process: subprocess.Popen[str]
    script: Path
    told: dict[str, Any] = field(default_factory=dict)

    def end(self) -> dict[str, Any]:
        """End and name what it counted."""
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=DEADLINE_S)
        self.script.unlink()
        self.told = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
        return self.told


def load(namespace: str, url: str, connections: int, *, keep_alive: bool = True, seconds: int = 3600) -> Load:
    """Ask a URL from a namespace, with or without a new connection for each request."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False) as script:
        script.write(_SUMMARY)
    words = ["ip", "netns", "exec", namespace, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script.name]
    header = [] if keep_alive else ["-H", "Connection: close"]
    process = subprocess.Popen([*words, *header, url], stdout=subprocess.PIPE, text=True)
    return Load(process, Path(script.name))


def failures(told: dict[str, Any]) -> int:
    """Count the requests that did not end well."""
    return sum(int(told[kind]) for kind in ("connect", "read", "write", "status", "timeout"))


def rate(namespace: str, url: str, connections: int, seconds: float, *, keep_alive: bool = True) -> float:
    """Ask for some seconds; requests per second."""
    running = load(namespace, url, connections, keep_alive=keep_alive)
    time.sleep(seconds)
    told = running.end()
    if failures(told):
        message = f"{url}: {told}"
        raise RuntimeError(message)
    return float(told["requests"] / told["seconds"])


def serving(load_balancer_id: str) -> int:
    """Name the process that serves a load balancer: the youngest of those that run its configuration."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes()
                began = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[19])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if b"haproxy" in line.split(b"\0")[0] and load_balancer_id.encode() in line:
                found.append((began, int(entry.name)))
    return max(found)[1]


class ByHand:
    """A HAProxy that somebody wrote the configuration of, in the namespace of a load balancer."""

    def __init__(self, beside: int, folder: Path) -> None:
        """Take a process in that namespace, and where the files may lie."""
        self._beside = beside
        self._folder = folder
        self._pid_file = folder / "hand.pid"

    def run(self, text: str, *old: int) -> int:
        """Start, taking over from old ones as the original did: the new process binds, the old one stops."""
        config = self._folder / "hand.conf"
        config.write_text(text)
        words = [
            "nsenter",
            "-t",
            str(self._beside),
            "-n",
            "haproxy",
            "-D",
            "-f",
            str(config),
            "-p",
            str(self._pid_file),
        ]
        subprocess.run([*words, *(["-sf", *map(str, old)] if old else [])], check=True, stderr=subprocess.DEVNULL)
        return int(self._pid_file.read_text().split()[0])

    def end(self) -> None:
        """End it."""
        if self._pid_file.exists():
            os.kill(int(self._pid_file.read_text().split()[0]), signal.SIGTERM)
