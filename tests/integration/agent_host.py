"""A host for one agent, in network and mount namespaces of its own, and a server that both sides reach."""

import contextlib
import ctypes
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openlbaas.client.lbaas import LISTENERS, LOAD_BALANCERS, NETWORKS, SUBNETS, Client, NotFound
from openlbaas.client.transport import ClientError, Transport, endpoint

LONGEST_S = 20.0
NET = 0x40000000
CONTROL_PORT = 9696
_OUT_OF_THE_WAY = 100
_LAST_LINES = 60
_TOKEN = "host-secret"
_HOLD = "mkdir -p /run/netns && mount -t tmpfs none /run/netns && ip link set lo up && echo ready && exec sleep 3600"
_LIBC = ctypes.CDLL(None, use_errno=True)


def until(true: Callable[[], Any], what: str) -> Any:
    """Wait for something to become true."""
    deadline = time.monotonic() + LONGEST_S
    while not (found := true()):
        assert time.monotonic() < deadline, f"{what} never came"
        select.select([], [], [], 0.01)
    return found


def within(pid: int, work: Callable[[], Any]) -> Any:
    """Do something in the network namespace of a process.

    Raises: OSError when there is no such process any more.
    """
    results: list[Any] = []
    space = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)

    def entered() -> None:
        if _LIBC.setns(space, NET) == 0:
            results.append(work())

    thread = threading.Thread(target=entered)
    thread.start()
    thread.join()
    os.close(space)
    return results[0]


@dataclass
class Host:
    """The host: what runs on it, and how to ask the API."""

    folder: Path
    holder: subprocess.Popen[bytes]
    api: Client
    agents: list[subprocess.Popen[bytes]] = field(default_factory=list)
    subnet_id: str = ""

    def start(self, name: str = "agent") -> subprocess.Popen[bytes]:
        """Start an agent."""
        log = (self.folder / "agent.log").open("ab")
        made = subprocess.Popen(
            [
                *("nsenter", "-t", str(self.holder.pid), "-n", "-m"),
                *(sys.executable, "-m", "openlbaas.agent.main", "--config-file", str(self.folder / f"{name}.conf")),
            ],
            stdout=log,
            stderr=log,
        )
        log.close()
        self.agents.append(made)
        return made

    def log(self) -> str:
        """Name what agents logged."""
        return (self.folder / "agent.log").read_text()

    def show(self) -> None:
        """Print what was logged last and what runs, for whoever reads of a failure."""
        print(*self.log().splitlines()[-_LAST_LINES:], sep="\n")
        for pid in sorted(self.processes()):
            with contextlib.suppress(OSError):
                print(pid, Path("/proc", str(pid), "cmdline").read_text().replace("\0", " "))

    def create(self, name: str, *, port: int | None = 80) -> str:
        """Make a load balancer, with a listener unless there is to be none."""
        made = self.api.create(LOAD_BALANCERS, {"vip_subnet_id": self.subnet_id, "name": name})
        if port is not None:
            body = {"protocol": "HTTP", "protocol_port": port, "loadbalancer_id": made["id"]}
            self.api.create(LISTENERS, body)
        return str(made["id"])

    def delete(self, load_balancer_id: str) -> None:
        """Ask for the end of a load balancer and its listeners."""
        for listener in self.api.show(LOAD_BALANCERS, load_balancer_id)["listeners"]:
            with contextlib.suppress(NotFound):
                self.api.delete(LISTENERS, listener["id"])
        self.api.delete(LOAD_BALANCERS, load_balancer_id)

    def status(self, load_balancer_id: str) -> str:
        """Name the provisioning status; GONE when there is no such load balancer."""
        try:
            return str(self.api.show(LOAD_BALANCERS, load_balancer_id)["provisioning_status"])
        except ClientError as problem:
            if problem.status == 404:
                return "GONE"
            raise

    def until_status(self, load_balancer_id: str, wanted: str) -> None:
        """Wait for a provisioning status."""
        until(lambda: self.status(load_balancer_id) == wanted, wanted)

    def namespaces(self) -> set[str]:
        """Name the load balancers that have a namespace."""
        named = Path(f"/proc/{self.holder.pid}/root/run/netns").iterdir()
        return {each.name.removeprefix("qlbaas-") for each in named}

    def interfaces(self) -> set[str]:
        """Name the interfaces of the host."""
        return {name for _, name in within(self.holder.pid, socket.if_nameindex)}

    def folders(self) -> set[str]:
        """Name the load balancers that have a folder."""
        root = self.folder / "state/lbaas/v2"
        return {each.name for each in root.iterdir()} if root.is_dir() else set()

    def processes(self, load_balancer_id: str = "") -> set[int]:
        """Name the HAProxy processes of this host, or of one load balancer."""
        found = set()
        marks = (str(self.folder).encode(), load_balancer_id.encode())
        for name in filter(str.isdigit, (each.name for each in Path("/proc").iterdir())):
            with contextlib.suppress(OSError):
                line = Path("/proc", name, "cmdline").read_bytes()
                state = Path("/proc", name, "stat").read_text().rpartition(")")[2].split()[0]
                if b"haproxy" in line.partition(b"\0")[0] and all(mark in line for mark in marks) and state != "Z":
                    found.add(int(name))
        return found

    def answers(self, load_balancer_id: str, port: int = 80) -> bool:
        """Tell whether the VIP of a load balancer answers HTTP, asked from within its namespace."""
        address = self.api.show(LOAD_BALANCERS, load_balancer_id)["vip_address"]

        def ask() -> bool:
            try:
                with socket.create_connection((address, port), 2) as line:
                    line.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    return line.recv(4) == b"HTTP"
            except OSError:
                return False

        for pid in self.processes(load_balancer_id):
            # The process that only starts the one that serves ends at any moment.
            with contextlib.suppress(OSError):
                return bool(within(pid, ask))
        return False

    def serves(self, load_balancer_id: str) -> bool:
        """Tell whether a load balancer has one process, which answers."""
        return len(self.processes(load_balancer_id)) == 1 and self.answers(load_balancer_id)

    def end(self) -> None:
        """Take everything away that was started here."""
        for agent in self.agents:
            agent.kill()
            agent.wait(LONGEST_S)
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.holder.kill()
        self.holder.wait(LONGEST_S)


def hold() -> subprocess.Popen[bytes]:
    """Have namespaces for a host: those of a process that does nothing."""
    made = subprocess.Popen(
        ["unshare", "-n", "-m", "--propagation", "private", "sh", "-c", _HOLD], stdout=subprocess.PIPE
    )
    assert made.stdout is not None
    assert made.stdout.readline() == b"ready\n"
    return made


@contextlib.contextmanager
def host(folder: Path, **options: object) -> Iterator[Host]:
    """Have a server and a host with no agent yet."""
    holder = hold()
    write_options(folder, options)
    outside = socket.create_server(("127.0.0.1", 0))
    inside = within(holder.pid, lambda: socket.create_server(("127.0.0.1", CONTROL_PORT)))
    transport = Transport(endpoint(f"http://127.0.0.1:{outside.getsockname()[1]}"), {"X-Project-Id": "project"})
    made = Host(folder, holder, Client(transport))
    with contextlib.ExitStack() as ends:
        ends.callback(made.end)
        ends.enter_context(server(folder, outside, inside))
        network = made.api.create(NETWORKS, {"name": "net"})
        body = {"network_id": network["id"], "cidr": "172.21.0.0/24", "ip_version": 4}
        made.subnet_id = str(made.api.create(SUBNETS, body)["id"])
        ends.callback(made.show)
        yield made


def write_options(folder: Path, options: dict[str, object]) -> None:
    """Write the options of the server and the agent."""
    agent = {"host": "host1", "report_interval": 0.5, "heal_interval": 3, **options}
    lines = "\n".join(f"{name} = {value}" for name, value in agent.items())
    (folder / "server.conf").write_text(
        f"[DEFAULT]\nstate_path = {folder}\n[database]\nconnection = sqlite:///{folder}/openlbaas.db\n"
        f"[host_protocol]\ntoken = {_TOKEN}\n"
    )
    (folder / "agent.conf").write_text(
        f"[DEFAULT]\nstate_path = {folder}/state\n[agent]\n{lines}\n"
        f"[host_protocol]\ntoken = {_TOKEN}\nservers = http://127.0.0.1:{CONTROL_PORT}\n"
    )


@contextlib.contextmanager
def server(folder: Path, *sockets: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server on sockets that are open."""
    config = ["--config-file", str(folder / "server.conf")]
    subprocess.run([sys.executable, "-m", "openlbaas.store.command", "upgrade", *config], check=True)
    # The protocol wants the sockets from number 3 on: a shell puts them there, from where they can't be in the way.
    numbers = [fcntl.fcntl(listening, fcntl.F_DUPFD, _OUT_OF_THE_WAY) for listening in sockets]
    moves = " ".join(f"{place}<&{number}" for place, number in enumerate(numbers, 3))
    run = f'exec {sys.executable} -m openlbaas.server.main "$@" {moves}'
    with (folder / "server.log").open("ab") as log:
        made = subprocess.Popen(
            ["bash", "-c", run, "server", *config],
            env={**os.environ, "LISTEN_FDS": str(len(numbers))},
            pass_fds=numbers,
            stdout=log,
            stderr=log,
        )
    for listening, number in zip(sockets, numbers, strict=True):
        listening.close()
        os.close(number)
    try:
        yield made
    finally:
        made.terminate()
        made.wait(LONGEST_S)
