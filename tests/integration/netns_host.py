"""A host of a test's own: private processes, interfaces and mounts, so that nothing touches this machine or stays."""

import contextlib
import ctypes
import functools
import http.client
import os
import select
import socket
import struct
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pytest

from openlbaas.desired.spec import Spec
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns
from openlbaas.settings.values import Haproxy

LONGEST_S = 20.0
_NEW_MOUNTS, _NEW_PROCESSES, _NEW_NETWORK = 0x20000, 0x20000000, 0x40000000
_FIND_THE_MTU, _NEVER_CUT = 10, 2
_LIBC = ctypes.CDLL(None, use_errno=True)
_OWN_MOUNTS = (
    ("mount", "--make-rprivate", "/"),
    ("mount", "-t", "proc", "proc", "/proc"),
    ("mount", "-t", "tmpfs", "tmpfs", "/run"),
    ("ip", "link", "set", "lo", "up"),
)
Result = TypeVar("Result")


def alone(test: Callable[..., None]) -> Callable[..., None]:
    """Run a test in a host of its own; whatever it leaves behind ends with it."""

    @functools.wraps(test)
    def wrapper(*given: Any, **named: Any) -> None:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            _be_a_host(writing, lambda: test(*given, **named))
        os.close(writing)
        with os.fdopen(reading) as told:
            problem = told.read()
        os.waitpid(child, 0)
        if problem != "good":
            pytest.fail(problem or "the test's host ended without a word", pytrace=False)

    return pytest.mark.root(wrapper)


def _be_a_host(writing: int, test: Callable[[], None]) -> None:
    """Have namespaces, then a first process that reaps, and the test as its child."""
    if _LIBC.unshare(_NEW_MOUNTS | _NEW_PROCESSES | _NEW_NETWORK):
        os.write(writing, b"unshare was refused")
        os._exit(1)
    first = os.fork()
    if first:
        os.waitpid(first, 0)
        os._exit(0)
    for command in _OWN_MOUNTS:
        subprocess.run(command, check=True)
    tester = os.fork()
    if tester == 0:
        _judge(writing, test)
    while os.wait()[0] != tester:
        pass
    os._exit(0)


def _judge(writing: int, test: Callable[[], None]) -> None:
    try:
        test()
    except BaseException:  # noqa: BLE001 - told to the process that waits
        os.write(writing, traceback.format_exc().encode()[-60000:])
    else:
        os.write(writing, b"good")
    os._exit(0)


def until(true: Callable[[], Result], what: str = "it") -> Result:
    """Wait for something to become true."""
    deadline = time.monotonic() + LONGEST_S
    while not (found := true()):
        assert time.monotonic() < deadline, f"{what} never came"
        select.select([], [], [], 0.01)
    return found


def ip(*words: str) -> str:
    """Run ip."""
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def inside(namespace: str, work: Callable[[], Result]) -> Result:
    """Do something in a named namespace; sockets that it opens stay there."""
    results: list[Result] = []

    def entered() -> None:
        with Path(f"/run/netns/{namespace}").open("rb") as space:
            assert _LIBC.setns(space.fileno(), _NEW_NETWORK) == 0
        results.append(work())

    thread = threading.Thread(target=entered)
    thread.start()
    thread.join()
    return results[0]


class Answering(BaseHTTPRequestHandler):
    """One connection to a web server."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Web"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        check = self.path == "/check"
        if not check:
            self.server.requests.append(dict(self.headers))
            self.server.hold.wait(LONGEST_S)
        content = self.server.name.encode()
        self.send_response(self.server.health if check else 200)
        self.send_header("Content-Length", str(len(content)))
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


class Web(ThreadingHTTPServer):
    """A web server that answers its name and remembers who asked."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, name: str, namespace: str, address: str, port: int = 80) -> None:
        self.name = name
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.requests: list[dict[str, str]] = []
        self.health = 200
        self.headers: dict[str, str] = {}
        self.hold = threading.Event()
        self.hold.set()
        inside(namespace, lambda: ThreadingHTTPServer.__init__(self, (address, port), Answering))
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def handle_error(self, *_: object) -> None:
        """A client that hung up is no news."""

    def stop(self) -> None:
        """Refuse connections from now on."""
        self.shutdown()
        self.server_close()


@dataclass
class Host:
    """The host, seen from outside: a driver on it, and neighbours on the load balancers' network."""

    folder: Path
    options: Haproxy
    neighbours: list[str] = field(default_factory=list)

    def driver(self) -> HaproxyNetns:
        """Start anew, as an agent does."""
        return HaproxyNetns(self.options)

    def neighbour(self, name: str, bridge: str, *addresses: str) -> None:
        """Put a machine on a network; on its bridge, as everybody else is."""
        ip("netns", "add", name)
        ip("link", "add", f"v-{name}", "up", "master", bridge, "type", "veth", "peer", "name", "eth0", "netns", name)
        for address in addresses:
            more = ("nodad",) if ":" in address else ()
            ip("-n", name, "address", "add", address, "dev", "eth0", *more)
        ip("-n", name, "link", "set", "lo", "up")
        ip("-n", name, "link", "set", "eth0", "up")
        self.neighbours.append(name)

    def clear(self) -> None:
        """Take the neighbours away again."""
        for name in self.neighbours:
            ip("link", "delete", f"v-{name}")
            ip("netns", "delete", name)
        self.neighbours.clear()

    def namespaces(self) -> set[str]:
        """Name the namespaces as ``ip netns`` does."""
        return {line.split()[0] for line in ip("netns", "list").splitlines()}

    def interfaces(self) -> set[str]:
        """Name the interfaces of the host."""
        return {name for _, name in socket.if_nameindex()}

    def processes(self) -> dict[int, list[str]]:
        """Name the HAProxy processes and their command lines."""
        found = {}
        for name in (entry.name for entry in os.scandir("/proc") if entry.name.isdigit()):
            with contextlib.suppress(OSError):
                words = Path("/proc", name, "cmdline").read_bytes().decode().split("\0")[:-1]
                if words and words[0].endswith("haproxy"):
                    found[int(name)] = words
        return found

    def trace(self) -> tuple[set[str], set[str], list[int], list[str]]:
        """Name everything of which a load balancer must leave nothing."""
        root = self.folder / "lbaas"
        files = (
            [str(path) for path in root.rglob("*") if path.name not in ("v2", "bridges", "claims")]
            if root.is_dir()
            else []
        )
        return self.namespaces(), self.interfaces(), sorted(self.processes()), files


@contextlib.contextmanager
def host(folder: Path) -> Iterator[Host]:
    """Have a host; its folder's name is short, for sockets live in it."""
    state = Path("/run/state")
    state.mkdir()
    del folder
    options = Haproxy(
        binary="haproxy",
        user="nobody",
        user_group="nogroup",
        send_gratuitous_arp=3,
        hard_stop_after_s=60,
        state_path=str(state / "lbaas"),
    )
    made = Host(state, options)
    yield made
    made.clear()


def apply(driver: HaproxyNetns, spec: Spec) -> int:
    """Carry a spec out as the agent does, and see that nothing is left to do; name the number of steps."""
    steps = driver.plan(driver.look(spec.id), spec)
    driver.do(spec, steps)
    left = driver.plan(driver.look(spec.id), spec)
    assert left == (), left
    return len(steps)


class Browser:
    """A client on the network that keeps its connection."""

    def __init__(self, namespace: str, address: str, port: int = 80) -> None:
        self._line = http.client.HTTPConnection(address, port, timeout=LONGEST_S)
        self._line._create_connection = (  # type: ignore[attr-defined]  # the one way to choose its namespace
            lambda *given, **_: inside(namespace, lambda: socket.create_connection(given[0], LONGEST_S))
        )
        self.headers: dict[str, str] = {}

    def get(self, path: str = "/") -> str:
        """Ask on the connection and name the answer, or its status."""
        self._line.request("GET", path, headers=self.headers)
        answer = self._line.getresponse()
        self.cookies = answer.headers.get_all("Set-Cookie") or []
        self.closes = answer.will_close
        content = answer.read().decode()
        return content if answer.status == 200 else str(answer.status)

    def get_again(self) -> str:
        """Ask on the connection, or on a new one if it was closed while idle, as every browser does."""
        try:
            return self.get()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            return self.get()

    def close(self) -> None:
        """Hang up."""
        self._line.close()


def once(namespace: str, address: str, port: int = 80, **headers: str) -> str:
    """Ask on a connection of its own."""
    browser = Browser(namespace, address, port)
    browser.headers = headers
    try:
        return browser.get()
    finally:
        browser.close()


def pings(namespace: str, address: str, size: int = 0, *, wait_s: float = 2.0) -> bool:
    """Tell whether an address answers an echo request that may not be cut; no program for that is taken for granted.

    Raises: OSError when what is sent with it, *size* bytes, is more than the link takes.
    """
    version6 = ":" in address
    family, protocol = (socket.AF_INET6, socket.IPPROTO_ICMPV6) if version6 else (socket.AF_INET, socket.IPPROTO_ICMP)
    # Nothing but zeros is sent with it, which a checksum does not count.
    request = struct.pack("!BBHHH", 128, 0, 0, 7, 1) if version6 else struct.pack("!BBHHH", 8, 0, 0xF7F7, 7, 1)
    wanted = 129 if version6 else 0
    with inside(namespace, lambda: socket.socket(family, socket.SOCK_RAW, protocol)) as asking:
        if not version6:
            asking.setsockopt(socket.IPPROTO_IP, _FIND_THE_MTU, _NEVER_CUT)
        asking.sendto(request + bytes(size), (address, 0))
        deadline = time.monotonic() + wait_s
        while select.select([asking], [], [], max(0.0, deadline - time.monotonic()))[0]:
            answer = asking.recv(2048)
            if answer[0 if version6 else (answer[0] & 15) * 4] == wanted:
                return True
    return False
