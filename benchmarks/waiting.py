"""What many waiting agents cost a server, and how soon the right one is woken.

    python benchmarks/waiting.py [AGENTS [SECONDS [DATABASE]]]

Two servers on one database (sqlite, mariadb or postgresql, started privately). Agents are simulated by the protocol of
hosts over HTTP: each waits for its feed on one connection and says that it lives once a second on another, all of them
at the first server. Then load balancers are created, at the first server and at the second, and the instant at which
the agent that it was given to hears of it is compared with that of the API's answer.
"""

import asyncio
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness import Api, Measure, free_port, show, until
from openlbaas.cli.lab.databases import Database, made

TOKEN = "host-secret"
CREATES = 60
_CONFIG = """[DEFAULT]
state_path = {folder}
bind_host = 127.0.0.1
bind_port = {port}
agent_down_time = 60
[database]
connection = {connection}
[host_protocol]
token = {token}
[quotas]
quota_loadbalancer = -1
"""


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Run a database; its URL."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/openlbaas.db"
        return
    found: Database = made(kind, folder / "db")
    process = subprocess.Popen(found.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
    try:
        until(found.socket.exists, "the database")
        time.sleep(1)
        yield found.create()
    finally:
        process.terminate()
        process.wait()


@contextmanager
def servers(connection: str, folder: Path, count: int) -> Iterator[list[tuple[int, int]]]:
    """Run servers; (pid, port) of each."""
    program = [sys.executable, "-m", "openlbaas.server.main", "--config-file"]
    running, found = [], []
    try:
        for _ in range(count):
            port = free_port()
            config = folder / f"{port}.conf"
            config.write_text(_CONFIG.format(folder=folder, port=port, connection=connection, token=TOKEN))
            if not running:
                upgrade = [
                    str(Path(sys.executable).with_name("openlbaas")),
                    "db",
                    "upgrade",
                    "--config-file",
                    str(config),
                ]
                subprocess.run(upgrade, check=True, stdout=subprocess.DEVNULL)
            with (folder / f"{port}.log").open("wb") as log:
                running.append(subprocess.Popen([*program, str(config)], stdout=log, stderr=log))
            until(lambda at=port: listens(at), "a server")
            found.append((running[-1].pid, port))
        yield found
    finally:
        for process in running:
            process.terminate()
            process.wait()


def listens(port: int) -> bool:
    """Tell whether somebody listens."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Agents:
    """Hosts that wait and say that they live."""

    def __init__(self, port: int, count: int) -> None:
        """Take the server and how many there are."""
        self._port = port
        self._names = [f"host{number}" for number in range(count)]
        self.heard: dict[str, tuple[str, float]] = {}
        self.waiting = 0

    async def run(self) -> None:
        """Wait and report until cancelled."""
        await asyncio.gather(*(each for name in self._names for each in (self._wait(name), self._live(name))))

    async def _ask(self, line: tuple[asyncio.StreamReader, asyncio.StreamWriter], head: str, body: bytes) -> bytes:
        reader, writer = line
        text = f"{head} HTTP/1.1\r\nHost: x\r\nX-Host-Token: {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(text.encode() + body)
        said = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in said.lower().split(b"\r\n") if line.startswith(b"content-length"))
        return await reader.readexactly(int(length.partition(b":")[2]))

    async def _live(self, name: str) -> None:
        line = await asyncio.open_connection("127.0.0.1", self._port)
        body = json.dumps({"host": name}).encode()
        await asyncio.sleep(int(name[4:]) / len(self._names))
        while True:
            await self._ask(line, "POST /host/v1/report", body)
            await asyncio.sleep(1)

    async def _wait(self, name: str) -> None:
        line, after = await asyncio.open_connection("127.0.0.1", self._port), 0
        await asyncio.sleep(2)
        while True:
            self.waiting += after > 0
            said = await self._ask(line, f"GET /host/v1/feed?host={name}&after={after}&wait=30", b"")
            at = time.monotonic()
            self.waiting -= after > 0
            feed = json.loads(said)
            after = feed.get("position", 0)
            for spec in feed.get("specs", ()):
                self.heard.setdefault(spec["id"], (name, at))


def created(port: int, subnet: str, heard: dict[str, tuple[str, float]]) -> float:
    """Create a load balancer; milliseconds from the answer until its agent heard of it."""
    api = Api(f"http://127.0.0.1:{port}", "")
    one = api.create("/v2.0/lbaas/loadbalancers", "loadbalancer", vip_subnet_id=subnet)["id"]
    answered = time.monotonic()
    until(lambda: one in heard, "the agent")
    api.hang_up()
    return max(heard[one][1] - answered, 0.0) * 1000


async def measured(found: list[tuple[int, int]], count: int, seconds: float) -> dict[str, list[float]]:
    """Let agents wait, and create."""
    (first, port), (second, other) = found
    agents = Agents(port, count)
    running = asyncio.create_task(agents.run())
    while agents.waiting < count:
        await asyncio.sleep(0.05)
        if running.done():
            running.result()
    await asyncio.sleep(2)
    rest, idle = Measure(first), Measure(second)
    began = time.monotonic()
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    figures = {"rest": [rest.cpu_s() / took * 100], "idle": [idle.cpu_s() / took * 100]}
    api = Api(f"http://127.0.0.1:{port}", "")
    network = api.create("/v2.0/networks", "network", name="net")["id"]
    subnet = api.create("/v2.0/subnets", "subnet", network_id=network, cidr="10.9.0.0/16", ip_version=4)["id"]
    api.hang_up()
    for name, at in (("same", port), ("other", other)):
        figures[name] = [await asyncio.to_thread(created, at, subnet, agents.heard) for _ in range(CREATES)]
    running.cancel()
    return figures


def main() -> None:
    """Run and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 20.0
    kind = sys.argv[3] if len(sys.argv) > 3 else "sqlite"
    folder = Path(tempfile.mkdtemp(prefix="olb-waiting-"))
    folder.chmod(0o755)
    try:
        with database(kind, folder) as connection, servers(connection, folder, 2) as found:
            figures = asyncio.run(measured(found, count, seconds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    show(
        [
            (f"server of {count} waiting agents, at rest", figures["rest"], "%", "< 5"),
            ("server that nobody waits at", figures["idle"], "%", ""),
            ("created there, until its agent hears", figures["same"], "ms", "< 50"),
            ("created at the other server", figures["other"], "ms", "< 150"),
            ("  its longest but one in twenty", [statistics.quantiles(figures["other"], n=20)[-1]], "ms", "< 150"),
        ]
    )


if __name__ == "__main__":
    main()
