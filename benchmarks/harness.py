"""What every benchmark needs: a lab of its own, its API, its processes' CPU, and figures printed the same way.

The benchmark makes itself the reaper of everything below it, so the CPU of processes that come and go, such as a
HAProxy that a reload replaced, is counted as well.
"""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CLONE_NEWNET = 0x40000000
PR_SET_CHILD_SUBREAPER = 36
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
DEADLINE_S = 60.0
PROGRAMS = Path(sys.executable).parent
_CLOCK_BITS, _SCHEDULED = 3, 2
"""How a process's clock is numbered, as clock_getcpuclockid(3) does: its pid's complement, and what is counted."""

_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass
class Answer:
    """One reply of the API."""

    status: int
    body: Any


class Api:
    """The plainest client there is, on one connection."""

    def __init__(self, endpoint: str, token: str) -> None:
        """Remember where and as whom."""
        self._host = endpoint.removeprefix("http://")
        self._headers = {"X-Auth-Token": token, "Content-Type": "application/json"}
        self._connection = http.client.HTTPConnection(self._host, timeout=30)

    def call(self, method: str, path: str, body: object | None = None) -> Answer:
        """Send one request."""
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, self._headers)
        answer = self._connection.getresponse()
        raw = answer.read()
        return Answer(answer.status, json.loads(raw) if raw else None)

    def hang_up(self) -> None:
        """Close the connection, which the server would after a while; the next request opens another one."""
        self._connection.close()

    def create(self, path: str, kind: str, **attributes: object) -> dict[str, Any]:
        """Create one object and return it."""
        answer = self.call("POST", path, {kind: attributes})
        if answer.status != http.HTTPStatus.CREATED:
            message = f"POST {path}: {answer.status} {answer.body}"
            raise RuntimeError(message)
        made: dict[str, Any] = answer.body[kind]
        return made

    def status(self, load_balancer_id: str) -> str | None:
        """Name the provisioning status of a load balancer; None when it is gone."""
        answer = self.call("GET", f"/v2.0/lbaas/loadbalancers/{load_balancer_id}")
        return answer.body["loadbalancer"]["provisioning_status"] if answer.status == http.HTTPStatus.OK else None


def until(condition: Callable[[], bool], what: str, pause_s: float = 0.002, longest_s: float = DEADLINE_S) -> float:
    """Wait for a condition and return the seconds it took."""
    began = time.perf_counter()
    while not condition():
        if time.perf_counter() - began > longest_s:
            message = f"waited {longest_s:g} s for {what}"
            raise TimeoutError(message)
        time.sleep(pause_s)
    return time.perf_counter() - began


class Inside:
    """A thread in a network namespace that asks VIPs."""

    def __init__(self, namespace: str) -> None:
        """Name the namespace as `ip netns` does."""
        self._path = f"/run/netns/{namespace}"

    def ask(self, address: str, port: int = 80, timeout_s: float = 0.5) -> bytes | None:
        """Send one GET on a new connection; None when nothing answered 200."""
        found: list[bytes | None] = [None]

        def run() -> None:
            with Path(self._path).open("rb") as namespace:
                if _LIBC.setns(namespace.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            connection = http.client.HTTPConnection(address, port, timeout=timeout_s)
            try:
                connection.request("GET", "/", headers={"Connection": "close"})
                answer = connection.getresponse()
                body = answer.read()
                found[0] = body if answer.status == http.HTTPStatus.OK else None
            except OSError:
                found[0] = None
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        return found[0]


@dataclass
class Lab:
    """A lab brought up for one benchmark."""

    folder: Path
    told: dict[str, Any]
    api: Api
    client: Inside

    @property
    def servers(self) -> list[int]:
        """The pids of the servers."""
        return [int(server["pid"]) for server in self.told["servers"]]

    @property
    def agents(self) -> list[int]:
        """The pids of the agents, read again since a restart changes them."""
        self.told = json.loads((self.folder / "lab.json").read_text())
        return [int(host["agent_pid"]) for host in self.told["hosts"]]

    def cpu_s(self) -> float:
        """Seconds of CPU used so far by everything below the benchmark but the web servers."""
        reap()
        webs = {int(web["pid"]) for web in self.told["webs"]}
        mine = os.times()
        total = mine.children_user + mine.children_system
        return total + sum(_cpu_s(pid) for pid in descendants(os.getpid()) if pid not in webs)


def reap() -> None:
    """Collect the orphans that ended; their CPU is then the benchmark's children's."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _cpu_s(pid: int) -> float:
    fields = _stat(pid)
    return sum(int(x) for x in fields[11:15]) / TICKS_PER_S if fields else 0.0


def own_cpu_s(pid: int) -> float:
    """Seconds of CPU of one process alone, to the nanosecond, with those of its threads that ended."""
    try:
        return time.clock_gettime(~pid << _CLOCK_BITS | _SCHEDULED)
    except OSError:
        return 0.0


def descendants(root: int) -> list[int]:
    """List every process below one."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found += children
        waiting += children
    return found


def resident_mib(pid: int) -> float:
    """MiB of resident memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def proportional_mib(pid: int) -> float:
    """MiB of memory of which each process has its share: what several map counts once, for all of them together."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def kernel_mib() -> float:
    """MiB that the kernel has taken for itself, on the whole machine."""
    lines = (line.split() for line in Path("/proc/meminfo").read_text().splitlines())
    sizes = {words[0].removesuffix(":"): int(words[1]) for words in lines}
    return sum(sizes[name] for name in ("SUnreclaim", "PageTables", "Percpu", "VmallocUsed")) / 1024


class Measure:
    """The CPU of one process from now on."""

    def __init__(self, pid: int) -> None:
        """Begin."""
        self._pid = pid
        self._before = own_cpu_s(pid)

    def cpu_s(self) -> float:
        """Seconds since the beginning."""
        return own_cpu_s(self._pid) - self._before

    def resident_mib(self) -> float:
        """MiB of resident memory now."""
        return resident_mib(self._pid)


def free_port(ports: int = 10) -> int:
    """Name a port of loopback that nobody listens on, nor on those after it, which further servers have."""
    while True:
        with socket.socket() as probe, suppress(OSError, OverflowError), ExitStack() as held:
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
            for port in range(first + 1, first + ports):
                held.enter_context(socket.create_server(("127.0.0.1", port)))
            return first


def openlbaas(*words: str, programs: Path = PROGRAMS) -> None:
    """Run our command line."""
    subprocess.run([programs / "openlbaas", *words], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def lab(*words: str, programs: Path = PROGRAMS) -> Iterator[Lab]:
    """Bring a lab up by the programs of a folder and options of our own, and down again whatever happens."""
    _LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    folder = Path(tempfile.mkdtemp(prefix="openlbaas-bench-"))
    # HAProxy is nobody from its first instruction on, and reads its configuration as such.
    folder.chmod(0o755)
    try:
        openlbaas("lab", "up", "--dir", str(folder), "--port", str(free_port()), *words, programs=programs)
        told = json.loads((folder / "lab.json").read_text())
        yield Lab(folder, told, Api(told["endpoint"], told["token"]), Inside(told["client"]["namespace"]))
    finally:
        openlbaas("lab", "down", "--dir", str(folder), programs=programs)
        shutil.rmtree(folder, ignore_errors=True)


def show(rows: list[tuple[str, list[float], str, str]]) -> None:
    """Print a table of (what, figures, unit, bar)."""
    width = max(len(row[0]) for row in rows)
    print(f"{'':{width}}  {'median':>9} {'min':>9} {'max':>9}  {'':4} {'n':>4}  bar")
    for what, figures, unit, bar in rows:
        numbers = f"{statistics.median(figures):9.2f} {min(figures):9.2f} {max(figures):9.2f}"
        print(f"{what:{width}}  {numbers}  {unit:4} {len(figures):4}  {bar}")
