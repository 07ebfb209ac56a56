"""Several hosts on one network: each has namespaces of its own, a driver that a process of its own runs, and an uplink."""

import contextlib
import os
import select
import signal
import socket
import struct
import subprocess
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from balancers import BRIDGE, VIP
from netns_host import LONGEST_S, inside, ip, until

from openlbaas.agent.observe import Watchdog
from openlbaas.desired.spec import Spec
from openlbaas.domain.errors import NotServed
from openlbaas.domain.vocabulary import Role
from openlbaas.drivers.haproxy_netns import kernel
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns
from openlbaas.drivers.haproxy_netns.names import claims
from openlbaas.settings.values import Haproxy, Wiring

SWITCH = "switch"
TOKEN = "host-secret"
_HOLD = (
    "mount --make-rprivate / && mount -t tmpfs none /run && mkdir -p /run/netns && ip link set lo up && "
    "echo ready && exec sleep 3600"
)
_ARP = 0x0806
_ARP_REPLY = 2
_ANSWER_S = 0.2


@dataclass
class Host:
    """One host, seen from outside."""

    name: str
    holder: "subprocess.Popen[bytes]"
    agent: int | None = None
    line: "Connection[Any, Any] | None" = None

    @property
    def port(self) -> str:
        """Name the port of the switch that this host is on."""
        return f"port-{self.name}"

    @property
    def state(self) -> str:
        """Name its state path: processes of all hosts see each other here, and know each other by their files."""
        return f"/run/{self.name}/lbaas"

    @property
    def folder(self) -> Path:
        """Name the folder of the host's claims, as it is seen from outside."""
        return Path(f"/proc/{self.holder.pid}/root{claims(self.state)}")

    def start(self) -> None:
        """Start a process that does what an agent does."""
        here, there = Pipe()
        child = os.fork()
        if child == 0:
            here.close()
            _be_an_agent(self, there)
        there.close()
        self.agent, self.line = child, here

    def tell(self, spec: Spec) -> str:
        """Tell the agent what to run, as a server does, and name what became of it."""
        assert self.line is not None
        self.line.send(spec)
        return str(self._answer())

    def recall(self, load_balancer_id: str) -> str:
        """Let the agent work from its records, as it does when no server answers, and name what became of it."""
        assert self.line is not None
        self.line.send(load_balancer_id)
        return str(self._answer())

    def _answer(self) -> Any:
        assert self.line is not None
        assert self.line.poll(LONGEST_S)
        good, answer = self.line.recv()
        assert good, answer
        return answer

    def signal(self, number: signal.Signals) -> None:
        """Send the agent a signal; after a kill, wait until it has ended."""
        assert self.agent is not None
        os.kill(self.agent, number)
        if number is signal.SIGKILL:
            os.waitpid(self.agent, 0)
            self.agent = None

    def roles(self) -> list[str]:
        """Name the roles that the agent noticed, one after the other."""
        with contextlib.suppress(FileNotFoundError):
            return Path(f"/proc/{self.holder.pid}/root{self.state}/roles").read_text().split()
        return []

    def keeper(self) -> int | None:
        """Name the process of the keeper."""
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.folder / "keeper.lock").read_text().split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            return pid if b"keeper" in command else None
        return None

    def yielded(self, load_balancer_id: str) -> bool:
        """Tell whether the host has given a load balancer up."""
        return (self.folder / f"{load_balancer_id}.yielded").exists()

    def cut(self, *, loudly: bool = True) -> None:
        """Cut the host off the network: its uplink goes down, or frames just don't come any more."""
        ip("link", "set", self.port, *(("down",) if loudly else ("nomaster",)))

    def heal(self) -> None:
        """Put the host back on the network."""
        ip("link", "set", self.port, "up", "master", SWITCH)

    def processes(self) -> list[int]:
        """Name what runs on this host, but not what holds it."""
        own = Path(f"/proc/{self.holder.pid}/ns/mnt").stat().st_ino
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if int(entry.name) != self.holder.pid and (entry / "ns/mnt").stat().st_ino == own:
                    found.append(int(entry.name))
        return found

    def lose_power(self) -> None:
        """End everything at once; what is on the disk stays."""
        for _ in range(3):
            for pid in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if self.agent is not None:
            os.waitpid(self.agent, 0)
            self.agent = None
        enter = ("nsenter", "-t", str(self.holder.pid), "-n", "-m")
        script = f"for each in /run/netns/*; do umount -l $each; rm -f $each; done; ip link delete {BRIDGE}"
        subprocess.run([*enter, "sh", "-c", script], check=True)


def _be_an_agent(host: Host, line: "Connection[Any, Any]") -> None:
    """Do what is asked for; what was given up is looked at again, as an agent does."""
    for kind in ("mnt", "net"):
        with Path(f"/proc/{host.holder.pid}/ns/{kind}").open("rb") as space:
            kernel.setns(space.fileno(), 0)
    options = Haproxy(
        binary="haproxy",
        user="nobody",
        user_group="nogroup",
        send_gratuitous_arp=3,
        hard_stop_after_s=60,
        state_path=host.state,
    )
    work = Work(
        HaproxyNetns(options, secret=TOKEN, wiring=Wiring(interface_mappings={"provider": "uplink"}), host=host.name),
        Path(host.state, "roles"),
    )
    while True:
        try:
            asked = line.recv()
        except EOFError:
            os._exit(0)
        try:
            line.send((True, work.done(asked)))
        except Exception:  # noqa: BLE001 - told to the process that asked
            line.send((False, traceback.format_exc()))


class Work:
    """What an agent does on a host: what two hosts serve by turns is watched, and its roles are written down."""

    def __init__(self, driver: HaproxyNetns, roles: Path) -> None:
        self._driver = driver
        self._roles = roles
        self._guard = threading.RLock()
        self._told: dict[str, Spec] = {}
        self._watchdog = Watchdog(driver, self._look_again)
        threading.Thread(target=self._watchdog.run, daemon=True).start()
        driver.guard(self._look_again)
        driver.take_turns(self._turned)

    def done(self, asked: Spec | str) -> str:
        """Do what a server says, or else what a record does."""
        with self._guard:
            if isinstance(asked, Spec):
                self._driver.reassure()
                self._told[asked.id] = asked
                return self._carry_out(asked)
            if asked not in self._told:
                self._driver.recall([asked])
                recorded = self._driver.recorded(asked)
                assert recorded is not None
                self._told[asked] = recorded
            return self._carry_out(self._told[asked])

    def _look_again(self, load_balancer_id: str) -> None:
        with self._guard:
            if load_balancer_id in self._told:
                self._carry_out(self._told[load_balancer_id])

    def _carry_out(self, spec: Spec) -> str:
        if spec.pair is None:
            return apply(self._driver, spec)
        # What is changed is left alone, or the end of a process that is replaced would be a death.
        self._watchdog.leave(spec.id)
        try:
            return apply(self._driver, spec)
        finally:
            self._watchdog.follow(spec)
            self._note_role(spec.id)

    def _turned(self, load_balancer_id: str) -> None:
        if self._note_role(load_balancer_id) is Role.FAULT:
            threading.Thread(target=self._look_again, args=(load_balancer_id,), daemon=True).start()

    def _note_role(self, load_balancer_id: str) -> Role | None:
        role = self._driver.role(load_balancer_id)
        with self._roles.open("a") as to:
            to.write(f"{role}\n")
        return role


def apply(driver: HaproxyNetns, spec: Spec) -> str:
    """Carry a spec out and name what became of it."""
    try:
        driver.do(spec, driver.plan(driver.look(spec.id), spec))
    except NotServed as refused:
        return str(refused)
    assert driver.plan(driver.look(spec.id), spec) == ()
    return "applied"


@contextlib.contextmanager
def hosts(*names: str) -> Iterator[list[Host]]:
    """Have hosts on a switch, each with an agent."""
    ip("link", "add", SWITCH, "up", "type", "bridge")
    made = []
    try:
        for name in names:
            holder = subprocess.Popen(["unshare", "-n", "-m", "sh", "-c", _HOLD], stdout=subprocess.PIPE)
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"ready\n"
            host = Host(name, holder)
            pair = ("type", "veth", "peer", "name", "uplink", "netns", str(holder.pid))
            ip("link", "add", host.port, "up", "master", SWITCH, *pair)
            enter = ("nsenter", "-t", str(holder.pid), "-n", "ip", "link", "set", "uplink", "up")
            subprocess.run(enter, check=True)
            host.start()
            made.append(host)
        yield made
    finally:
        for host in made:
            host.holder.kill()


def answering(namespace: str, address: str = VIP) -> int:
    """Count who answers an ARP request for an address: every host would give the same MAC address."""
    own, target = socket.inet_aton("172.20.0.99"), socket.inet_aton(address)

    def ask() -> int:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ARP)) as line:
            line.bind(("eth0", _ARP))
            mac = line.getsockname()[4]
            head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
            line.send(b"\xff" * 6 + mac + struct.pack("!H", _ARP) + head + mac + own + b"\0" * 6 + target)
            count = 0
            until_ = time.monotonic() + _ANSWER_S
            while select.select([line], [], [], max(0.0, until_ - time.monotonic()))[0]:
                said = line.recv(2048)
                reply = said[20:22] == struct.pack("!H", _ARP_REPLY) and said[28:32] == target
                count += reply and said[:6] == mac
            return count

    return inside(namespace, ask)


class Polling:
    """A client that asks a VIP every 10 ms and remembers who answered when."""

    def __init__(self, namespace: str, address: str = VIP) -> None:
        self._address = address
        self._closed = threading.Event()
        self.answers: list[tuple[float, str]] = []
        self._thread = threading.Thread(target=lambda: inside(namespace, self._run), daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._closed.wait(0.01):
            self.answers.append((time.monotonic(), self._ask()))

    def _ask(self) -> str:
        try:
            with socket.create_connection((self._address, 80), 0.05) as line:
                line.settimeout(0.5)
                line.sendall(b"GET / HTTP/1.0\r\n\r\n")
                with line.makefile("rb") as answer:
                    return answer.read().rpartition(b"\r\n\r\n")[2].decode()
        except OSError:
            return ""

    def latest(self, count: int = 5) -> set[str]:
        """Name who gave the next few answers."""
        begun = len(self.answers)
        until(lambda: len(self.answers) >= begun + count, "answers")
        return {who for _, who in self.answers[begun:]}

    def close(self) -> "Polling":
        """Ask no more."""
        self._closed.set()
        self._thread.join()
        return self

    def gap_s(self) -> float:
        """Name the longest time between two good answers."""
        good = [at for at, who in self.answers if who]
        return max((later - before for before, later in pairwise(good)), default=0.0)
