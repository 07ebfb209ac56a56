"""Several hosts with an agent each, one server, one client: each a namespace, on a tenant and a control network."""

import contextlib
import ctypes
import hashlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Any

from waits import DEADLINE_S, eventually

from openlbaas.client.lbaas import LISTENERS, LOAD_BALANCERS, MEMBERS, NETWORKS, POOLS, SUBNETS, Client
from openlbaas.client.transport import Transport, endpoint

CONTROL = "10.99.0.1"
PORT = 9696
WEB = "172.20.0.201"
TICK_S = 0.01
_NEW_NETWORK = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_HOLD = (
    "mkdir -p /run/netns && mount -t tmpfs none /run/netns && mount -t sysfs sysfs /sys && mount --bind {disk} /mnt && "
    "ip link set lo up && echo ready && exec sleep infinity"
)
_DISK = "/mnt"
"""Where the disk of a machine is; a short name, since there are sockets below it."""


def inside(pid: int, work: Callable[[], Any]) -> Any:
    """Do something in the network of a process, in a thread of its own; what it raises is raised here."""
    found: list[Any] = []
    faults: list[BaseException] = []

    def entered() -> None:
        try:
            with Path(f"/proc/{pid}/ns/net").open("rb") as space:
                assert _LIBC.setns(space.fileno(), _NEW_NETWORK) == 0
            found.append(work())
        except BaseException as fault:  # noqa: BLE001 - raised where it is waited for
            faults.append(fault)

    thread = threading.Thread(target=entered)
    thread.start()
    thread.join()
    if faults:
        raise faults[0]
    return found[0]


@dataclass
class Machine:
    """A network, mounts and processes of their own; all of it ends with the machine."""

    holder: subprocess.Popen[bytes]

    @property
    def pid(self) -> int:
        """Number the first process on the machine."""
        return int(Path(f"/proc/{self.holder.pid}/task/{self.holder.pid}/children").read_text().split()[0])

    def words(self, *command: str) -> list[str]:
        """Say how a command is begun so that it runs on the machine."""
        return ["nsenter", "-t", str(self.pid), "-n", "-m", "-p", "--", *command]

    def ip(self, *words: str) -> None:
        """Run ip in the network of the machine."""
        subprocess.run(["nsenter", "-t", str(self.pid), "-n", "ip", *words], check=True, capture_output=True)

    def end(self) -> None:
        """End everything on it at once."""
        self.holder.kill()
        self.holder.communicate(timeout=DEADLINE_S)


def machine(disk: Path) -> Machine:
    """Begin a machine with what is on its disk, which lasts longer than the machine."""
    disk.mkdir(mode=0o755, exist_ok=True)
    hold = _HOLD.format(disk=disk)
    words = ["unshare", "-n", "-m", "-p", "-f", "--mount-proc", "--kill-child", "sh", "-c", hold]
    holder = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"ready\n"
    return Machine(holder)


@dataclass
class Cloud:
    """The hosts by name, and the machine in the middle: switch of both networks, client and web server."""

    folder: Path
    middle: Machine
    api: Client
    hosts: dict[str, Machine] = field(default_factory=dict)
    agents: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    subnet_id: str = ""

    def boot(self, name: str, **options: object) -> None:
        """Begin a host, or begin one anew that ended, with what is left on its disk."""
        made = machine(self.folder / name)
        self.hosts[name] = made
        for network, interface in (("control", "eth0"), ("tenant", "eth1")):
            port = f"{network[0]}-{name}"
            self.middle.ip("link", "add", port, "type", "veth", "peer", "name", interface, "netns", str(made.pid))
            self.middle.ip("link", "set", port, "master", network, "up")
            made.ip("link", "set", interface, "up")
        number = int(re.sub(r"\D", "", name))
        made.ip("address", "add", f"10.99.0.{number + 10}/24", "dev", "eth0")
        self._write_agent(name, options)
        self.start(name)

    def start(self, name: str) -> None:
        """Start the agent of a host."""
        command = [sys.executable, "-m", "openlbaas.agent.main", "--config-file", str(self.folder / f"{name}.conf")]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.agents[name] = subprocess.Popen(self.hosts[name].words(*command), stdout=log, stderr=log)

    def kill(self, name: str) -> None:
        """Take the power off a host."""
        self.hosts.pop(name).end()
        for network in ("control", "tenant"):
            # The kernel takes its time to take a network away with all that is in it.
            subprocess.run(
                ["nsenter", "-t", str(self.middle.pid), "-n", "ip", "link", "delete", f"{network[0]}-{name}"],
                check=False,
                capture_output=True,
            )
        agent = self.agents.pop(name)
        agent.wait(DEADLINE_S)

    def cut(self, name: str, network: str) -> None:
        """Cut a host off a network."""
        self.middle.ip("link", "set", f"{network[0]}-{name}", "down")

    def heal(self, name: str, network: str) -> None:
        """Connect a host to a network again."""
        self.middle.ip("link", "set", f"{network[0]}-{name}", "up")

    def states(self) -> dict[str, tuple[str, int, int]]:
        """Say of each host what state it is in, what it has and what it only serves."""
        rows = self.api.get("/lbaas/hosts")["hosts"]
        return {row["host"]: (row["state"], row["load_balancers"], row["leaving"]) for row in rows}

    def until_up(self, *names: str) -> None:
        """Wait until hosts are heard of."""
        eventually(lambda: all(self.states().get(name, ("",))[0] == "up" for name in names), f"{names} to be up")

    def where(self, load_balancer_id: str) -> str:
        """Name the host of a load balancer."""
        path = f"/lbaas/loadbalancers/{load_balancer_id}/loadbalancer-hosting-agent"
        return str(self.api.get(path)["agent"]["host"])

    def status(self, load_balancer_id: str) -> str:
        """Name the provisioning status of a load balancer."""
        return str(self.api.show(LOAD_BALANCERS, load_balancer_id)["provisioning_status"])

    def until_active(self, load_balancer_id: str) -> None:
        """Wait until the newest change is in force."""
        eventually(lambda: self.status(load_balancer_id) == "ACTIVE", "ACTIVE")

    def texts(self, name: str) -> list[str]:
        """Name the texts of all events of a name."""
        return [row["text"] for row in self.api.get("/lbaas/events", [("name", name)])["events"]]

    def chain(self) -> tuple[str, str]:
        """Make a load balancer with the web server behind it; name its id and address."""
        made = self.api.create(LOAD_BALANCERS, {"vip_subnet_id": self.subnet_id})
        web = {"protocol": "HTTP", "loadbalancer_id": made["id"]}
        pool = self.api.create(POOLS, {**web, "lb_algorithm": "ROUND_ROBIN"})
        member = {"address": WEB, "protocol_port": 80, "subnet_id": self.subnet_id}
        self.api.create(MEMBERS, member, pool["id"])
        self.api.create(LISTENERS, {**web, "protocol_port": 80, "default_pool_id": pool["id"]})
        return str(made["id"]), str(made["vip_address"])

    def move(self, load_balancer_id: str, host: str) -> None:
        """Move a load balancer and wait until it is in force."""
        self.api.send("PUT", f"/lbaas/loadbalancers/{load_balancer_id}/move", {"move": {"host": host}})
        self.until_active(load_balancer_id)

    def asking(self, address: str) -> "Asking":
        """Begin to ask a VIP from the middle, every ten milliseconds."""
        return Asking(self.middle.pid, address)

    def _write_agent(self, name: str, options: dict[str, object]) -> None:
        lines = "\n".join(f"{key} = {value}" for key, value in options.items())
        (self.folder / f"{name}.conf").write_text(
            f"[DEFAULT]\nstate_path = {_DISK}\n[agent]\nhost = {name}\n{lines}\n"
            f"[linux_bridge]\nphysical_interface_mappings = provider:eth1\n"
            f"[host_protocol]\ntoken = host-secret\nservers = http://{CONTROL}:{PORT}\n"
        )


class Asking:
    """Asks a VIP every ten milliseconds, each time on a new connection, and remembers when it was answered."""

    def __init__(self, pid: int, address: str) -> None:
        """Ask from the network of a process."""
        self._address = address
        self._ending = threading.Event()
        self.answered: list[float] = []
        self.failed: list[tuple[float, str]] = []
        self._askers: list[threading.Thread] = []
        self._thread = threading.Thread(target=inside, args=(pid, self._run), daemon=True)
        self._thread.start()
        eventually(lambda: self.answered, f"the first answer of {address}")

    def _run(self) -> None:
        while not self._ending.wait(TICK_S):
            # A thread of each question inherits the network; one that waits keeps none of the next ones waiting.
            self._askers = [one for one in self._askers if one.is_alive()]
            if len(self._askers) < 200:
                asker = threading.Thread(target=self._ask, daemon=True)
                self._askers.append(asker)
                asker.start()

    def _ask(self) -> None:
        began = time.monotonic()
        connection = HTTPConnection(self._address, timeout=1)
        try:
            connection.request("GET", "/")
            status = connection.getresponse().status
        except OSError as fault:
            self.failed.append((began, repr(fault)))
        else:
            (self.answered.append(time.monotonic()) if status == 200 else self.failed.append((began, str(status))))
        finally:
            connection.close()

    def again_since(self, instant: float) -> None:
        """Wait for an answer later than an instant of the steady clock."""
        eventually(lambda: self.answered[-1] > instant, f"an answer of {self._address}", 60)

    def longest_gap_s(self) -> float:
        """Say how long there was no answer at most."""
        told = sorted(self.answered)
        return max((after - before for before, after in pairwise(told)), default=0.0)

    def end(self) -> None:
        """Stop asking."""
        self._ending.set()
        self._thread.join()


def _web(pid: int) -> None:
    """Answer every request on the web server's address, in the network of the middle."""

    def serve(listening: socket.socket) -> None:
        while True:
            line, _ = listening.accept()
            threading.Thread(target=_answer, args=(line,), daemon=True).start()

    listening = inside(pid, lambda: socket.create_server((WEB, 80), backlog=1024))
    threading.Thread(target=serve, args=(listening,), daemon=True).start()


def _answer(line: socket.socket) -> None:
    with line, contextlib.suppress(OSError):
        while line.recv(4096):
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nweb")


def _middle(disk: Path) -> Machine:
    made = machine(disk)
    control, tenant = [f"{CONTROL}/24"], ["172.20.0.200/24", f"{WEB}/24"]
    for network, mac, addresses in (("control", "02:00:00:00:00:01", control), ("tenant", "02:00:00:00:00:02", tenant)):
        # An address of its own: else it is that of some port, and changes as hosts come and go.
        made.ip("link", "add", network, "address", mac, "up", "type", "bridge")
        for address in addresses:
            made.ip("address", "add", address, "dev", network)
    return made


@contextlib.contextmanager
def cloud(folder: Path, hosts: int, agents: dict[str, object] | None = None, **options: object) -> Iterator[Cloud]:
    """Have a server, and hosts host1, host2 and so on whose agents report, until the end of the block."""
    folder.chmod(0o755)
    token = hashlib.sha256(b"admin").hexdigest()
    entry = {"sha256": token, "project_id": "project", "user": "admin", "roles": ["admin", "member"]}
    (folder / "tokens.json").write_text(json.dumps({"tokens": [entry]}))
    lines = "\n".join(f"{name} = {value}" for name, value in options.items())
    (folder / "server.conf").write_text(
        f"[DEFAULT]\nbind_host = {CONTROL}\nstate_path = {folder}\nallow_automatic_lbaas_agent_failover = True\n{lines}\n"
        f"[quotas]\nquota_loadbalancer = -1\nquota_pool = -1\n"
        f"[host_protocol]\ntoken = host-secret\n[identity]\ndriver = tokens\ntokens_file = {folder}/tokens.json\n"
    )
    with contextlib.ExitStack() as ends:
        middle = _middle(folder / "middle")
        ends.callback(middle.end)
        _web(middle.pid)
        outside = socket.create_server(("127.0.0.1", 0))
        api = Client(Transport(endpoint(f"http://127.0.0.1:{outside.getsockname()[1]}"), {"X-Auth-Token": "admin"}))
        inner = inside(middle.pid, lambda: socket.create_server((CONTROL, PORT), backlog=1024))
        made = Cloud(folder, middle, api)
        ends.enter_context(_server(folder, outside, inner))
        ends.callback(lambda: [made.kill(name) for name in list(made.hosts)])
        ends.callback(api.close)
        for number in range(1, hosts + 1):
            made.boot(f"host{number}", **(agents or {}))
        flat = {"name": "flat", "provider:network_type": "flat", "provider:physical_network": "provider"}
        network = api.create(NETWORKS, flat)
        subnet = {
            "network_id": network["id"],
            "cidr": "172.20.0.0/24",
            "ip_version": 4,
            "allocation_pools": [{"start": "172.20.0.2", "end": "172.20.0.199"}],
        }
        made.subnet_id = str(api.create(SUBNETS, subnet)["id"])
        made.until_up(*made.hosts)
        yield made


@contextlib.contextmanager
def _server(folder: Path, *sockets: socket.socket) -> Iterator[None]:
    config = ["--config-file", str(folder / "server.conf")]
    subprocess.run([sys.executable, "-m", "openlbaas.store.command", "upgrade", *config], check=True)
    numbers = [each.fileno() for each in sockets]
    # The protocol wants the sockets from number 3 on: a shell puts them there.
    moves = " ".join(f"{place}<&{number}" for place, number in enumerate(numbers, 100))
    places = " ".join(f"{place}<&{number}" for place, number in enumerate(range(100, 100 + len(numbers)), 3))
    run = f'exec {moves}; exec {sys.executable} -m openlbaas.server.main "$@" {places}'
    with (folder / "server.log").open("ab") as log:
        made = subprocess.Popen(
            ["bash", "-c", run, "server", *config],
            env={**os.environ, "LISTEN_FDS": str(len(numbers))},
            pass_fds=numbers,
            stdout=log,
            stderr=log,
        )
    for each in sockets:
        each.close()
    try:
        yield
    finally:
        made.terminate()
        made.wait(DEADLINE_S)
