"""A control plane behind a real socket, and an agent in this process that asks it."""

import contextlib
import dataclasses
import os
import random
import select
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from openlbaas.agent.running import Agent
from openlbaas.desired.spec import Spec
from openlbaas.dialects.host_v1 import FEED_PATH, REPORT_PATH, TOKEN_HEADER, HostError, Report
from openlbaas.domain import commands as c
from openlbaas.domain.errors import NotFound
from openlbaas.domain.provisioning import Provisioning
from openlbaas.domain.views import LoadBalancerView, MemberView, PoolView
from openlbaas.domain.vocabulary import Algorithm, Kind, Protocol
from openlbaas.drivers.recording import Recording
from openlbaas.operations import change, feed, read, report
from openlbaas.settings.values import AgentOptions, HostProtocol
from world import TENANT, World

TOKEN = "host-secret"
LONGEST_S = 10.0


def until(true: Callable[[], Any], what: str = "it") -> None:
    """Wait for something to become true."""
    deadline = time.monotonic() + LONGEST_S
    while not true():
        assert time.monotonic() < deadline, f"{what} never came"
        select.select([], [], [], 0.002)


@dataclass
class Told:
    """What reached the server, in order; failing counts how many requests it refuses from now on."""

    reports: list[Report] = field(default_factory=list)
    feeds: list[int] = field(default_factory=list)
    failing: int = 0


class Server(ThreadingHTTPServer):
    """Answers hosts as the server does, by the real operations."""

    daemon_threads = True

    def __init__(self, lab: World, port: int = 0) -> None:
        self.lab = lab
        self.told = Told()
        self.moved = threading.Condition()
        self.ending = False
        self.sockets: set[Any] = set()
        super().__init__(("127.0.0.1", port), Answering)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def wake(self) -> None:
        """Let long-polls look again."""
        with self.moved:
            self.moved.notify_all()

    def fail(self) -> bool:
        """Say whether this request is to be refused."""
        with self.moved:
            self.told.failing -= 1
            return self.told.failing >= 0

    def end(self) -> None:
        """Go away as a killed server does: connections and all."""
        with self.moved:
            self.ending = True
            self.moved.notify_all()
        self.shutdown()
        self.server_close()
        for connection in tuple(self.sockets):
            with contextlib.suppress(OSError):
                connection.shutdown(2)


class Answering(BaseHTTPRequestHandler):
    """One connection of a host."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.sockets.add(self.connection)

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def finish(self) -> None:
        self.server.sockets.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        given = parse_qs(parts.query)
        assert parts.path == FEED_PATH
        after = int(given["after"][0])
        self.server.told.feeds.append(after)
        deadline = time.monotonic() + float(given["wait"][0])
        tunnels = given.get("tunnels", [None])[0]
        self._answer(lambda: self._news(given["host"][0], after, tunnels, deadline))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != REPORT_PATH:
            self.send_error(404)
            return
        told = msgspec.json.decode(body, type=Report)
        if not self.server.fail():
            self._answer(lambda: report.report(self.server.lab.services, told))
            self.server.told.reports.append(told)
            return
        self._send(500, HostError(code="internal", message="internal server error"))

    def _news(self, host: str, after: int, tunnels: str | None, deadline: float) -> Any:
        with self.server.moved:
            while True:
                found = feed.feed(self.server.lab.services, host, after, tunnels)
                left_s = deadline - time.monotonic()
                if (
                    found.full
                    or found.position != after
                    or found.tunnels is not None
                    or left_s <= 0
                    or self.server.ending
                ):
                    return found
                self.server.moved.wait(left_s)

    def _answer(self, work: Callable[[], Any]) -> None:
        if self.headers[TOKEN_HEADER] != TOKEN:
            self._send(401, HostError(code="unauthorized", message="wrong token"))
            return
        try:
            self._send(200, work())
        except NotFound as error:
            self._send(404, HostError(code="unknown_host", message=str(error)))

    def _send(self, status: int, value: Any) -> None:
        content = msgspec.json.encode(value)
        with contextlib.suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)


@contextlib.contextmanager
def serving(lab: World, port: int = 0) -> Iterator[Server]:
    """Have a server until the end of the context, or until the test ends it."""
    server = Server(lab, port)
    lab.services = dataclasses.replace(lab.services, changed=lambda _: server.wake())
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        if not server.ending:
            server.end()
        thread.join(LONGEST_S)


class Twin(Recording):
    """The recording driver with a process per load balancer that a test can end."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.processes: dict[str, int] = {}

    def watch(self, load_balancer_id: str) -> int | None:
        """Hand out one end of a pipe; the other is the life of the process."""
        if load_balancer_id not in self.running:
            return None
        reading, writing = os.pipe()
        old = self.processes.pop(load_balancer_id, None)
        if old is not None:
            os.close(old)
        self.processes[load_balancer_id] = writing
        return reading

    def die(self, load_balancer_id: str) -> None:
        """End a process."""
        del self.running[load_balancer_id]
        os.close(self.processes.pop(load_balancer_id))


def options(**more: Any) -> AgentOptions:
    """Options of an agent for a short life."""
    given: dict[str, Any] = {
        "host": "host1",
        "state_path": "",
        "report_interval_s": 30.0,
        "workers": 3,
        "availability_zone": "",
        "measure_interval_s": 0.05,
        "heal_interval_s": 60.0,
    }
    return AgentOptions(**given | more)


@contextlib.contextmanager
def agent(driver: Recording, *servers: str, **more: Any) -> Iterator[Agent]:
    """Run an agent until the end of the context."""
    protocol = HostProtocol(token=TOKEN, servers=servers, feed_wait_s=20.0)
    made = Agent(options(**more), protocol, driver, random.Random(3))
    made.start()
    try:
        yield made
    finally:
        made.stop()


def balancer(lab: World, name: str = "lb") -> str:
    """Make a load balancer and name its id."""
    subnets = read_subnets(lab)
    command = c.CreateLoadBalancer(project_id="project", name=name, vip_subnet_id=subnets)
    made = change.change(lab.services, TENANT, command)
    assert isinstance(made, LoadBalancerView)
    return made.object.id


def read_subnets(lab: World) -> str:
    """Name the one subnet, making it first if needed."""
    found: str | None = getattr(lab, "_subnet_id", None)
    if found is None:
        found = lab.subnet(lab.network()).id
        lab._subnet_id = found  # type: ignore[attr-defined]  # remembered for the next
    return found


def member(lab: World, load_balancer_id: str) -> tuple[str, str]:
    """Give a load balancer a pool with a member and name both."""
    pool = change.change(
        lab.services,
        TENANT,
        c.CreatePool(
            project_id="project",
            load_balancer_id=load_balancer_id,
            protocol=Protocol.HTTP,
            algorithm=Algorithm.ROUND_ROBIN,
        ),
    )
    assert isinstance(pool, PoolView)
    made = change.change(
        lab.services,
        TENANT,
        c.CreateMember(
            project_id="project",
            pool_id=pool.object.id,
            subnet_id=read_subnets(lab),
            address="172.20.0.100",
            protocol_port=80,
        ),
    )
    assert isinstance(made, MemberView)
    return pool.object.id, made.object.id


def delete_pool(lab: World, pool_id: str, member_id: str) -> None:
    """Ask for the end of a pool and its member."""
    change.change(lab.services, TENANT, c.DeleteMember(member_id, pool_id))
    change.change(lab.services, TENANT, c.DeletePool(pool_id))


def delete(lab: World, load_balancer_id: str) -> None:
    """Ask for the end of a load balancer."""
    change.change(lab.services, TENANT, c.DeleteLoadBalancer(load_balancer_id))


def status(lab: World, load_balancer_id: str) -> Provisioning:
    """Name the status of a load balancer; GONE when there is none."""
    try:
        shown = read.show(lab.services, TENANT, Kind.LOAD_BALANCER, load_balancer_id)
    except NotFound:
        return Provisioning.GONE
    return shown.provisioning


def a_spec(load_balancer_id: str, revision: int = 1, **more: Any) -> Spec:
    """Make a spec of nothing in particular."""
    return Spec(id=load_balancer_id, revision=revision, project_id="project", **more)
