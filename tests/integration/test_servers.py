"""Several servers on one database: nothing is lost, nobody waits long, and one that is gone is not missed."""

import contextlib
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import databases
from openlbaas.client.host import HostClient
from openlbaas.client.lbaas import LISTENERS, LOAD_BALANCERS, MEMBERS, NETWORKS, POOLS, SUBNETS, Client
from openlbaas.client.transport import ClientError, Transport, endpoint
from openlbaas.dialects.host_v1 import Feed, Outcome, Report

SERVERS, WRITERS, ROUNDS = 4, 16, 6
QUOTA = 20
LONGEST_S = 30.0
TOKEN = "host-secret"
TENANT = {"X-Project-Id": "project"}


@dataclass
class Cloud:
    """Servers and their addresses."""

    urls: list[str]
    processes: list[subprocess.Popen[bytes]]
    logs: list[Path] = field(default_factory=list)

    def client(self, number: int = 0) -> Client:
        """Talk to one server."""
        return Client(Transport(endpoint(self.urls[number % len(self.urls)]), TENANT))


def until(true: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + LONGEST_S
    while not (found := true()):
        assert time.monotonic() < deadline, f"{what} never came"
        select.select([], [], [], 0.01)
    return found


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """Four servers; of each project so many load balancers."""
    connection = databases.fresh(tmp_path)
    made = Cloud([], [])
    with contextlib.ExitStack() as ends:
        for number in range(SERVERS):
            listening = socket.create_server(("127.0.0.1", 0))
            made.urls.append(f"http://127.0.0.1:{listening.getsockname()[1]}")
            config = tmp_path / f"server{number}.conf"
            config.write_text(
                f"[DEFAULT]\nstate_path = {tmp_path}\n[database]\nconnection = {connection}\n"
                f"[host_protocol]\ntoken = {TOKEN}\n[quotas]\nquota_loadbalancer = {QUOTA}\n"
            )
            made.logs.append(tmp_path / f"server{number}.log")
            with made.logs[-1].open("wb") as log:
                made.processes.append(start(listening, config, log))
            ends.callback(end, made.processes[-1])
            # From now on nobody listens when the server is gone.
            listening.close()
        for number in range(SERVERS):
            until(lambda at=number: answers(made.client(at)), "a server")
        yield made


def start(listening: socket.socket, config: Path, log: Any) -> subprocess.Popen[bytes]:
    """Start a server on a socket that is open."""
    script = f'exec 3<&{listening.fileno()}; exec "$@"'
    words = [sys.executable, "-m", "openlbaas.server.main", "--config-file", str(config)]
    return subprocess.Popen(
        ["bash", "-c", script, "bash", *words],
        stdout=log,
        stderr=log,
        pass_fds=(listening.fileno(),),
        env={**os.environ, "LISTEN_FDS": "1"},
    )


def end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(LONGEST_S)


def answers(client: Client) -> bool:
    try:
        client.get("/lbaas/loadbalancers")
    except ClientError:
        return False
    return True


@dataclass
class Agent:
    """A host that does at once whatever it is told, by the protocol of hosts."""

    client: HostClient
    after: int = 0
    feeds: list[tuple[float, Feed]] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Wait and report until the end."""
        self.client.report(Report(host=self.client.host, started=True))
        while not self.ending.is_set():
            feed = self.client.feed(self.after, 2.0)
            self.feeds.append((time.monotonic(), feed))
            self.after = feed.position
            done = tuple(
                Outcome(load_balancer_id=s.id, revision=s.revision, digest="", applied=True) for s in feed.specs
            )
            self.client.report(Report(host=self.client.host, outcomes=done))


@contextlib.contextmanager
def agents(cloud: Cloud, count: int) -> Iterator[list[Agent]]:
    """Hosts, each of which asks another server first."""
    made, threads = [], []
    for number in range(count):
        turned = cloud.urls[number % SERVERS :] + cloud.urls[: number % SERVERS]
        made.append(Agent(HostClient(turned, TOKEN, f"host{number}")))
        threads.append(threading.Thread(target=made[-1].run))
        threads[-1].start()
    try:
        until(lambda: all(agent.feeds for agent in made), "every first feed")
        yield made
    finally:
        for agent in made:
            agent.ending.set()
        for thread in threads:
            thread.join(LONGEST_S)


def subnet(client: Client) -> str:
    network = client.create(NETWORKS, {"name": "net"})
    body = {"network_id": network["id"], "cidr": "10.1.0.0/24", "ip_version": 4}
    return str(client.create(SUBNETS, body)["id"])


def test_sixteen_writers_at_four_servers_lose_nothing(cloud: Cloud) -> None:
    where = subnet(cloud.client())
    made: dict[str, list[str]] = {"balancers": [], "members": [], "refused": []}
    guard, problems = threading.Lock(), []

    def write(number: int, shared_pool: str) -> None:
        client = cloud.client(number)
        for turn in range(ROUNDS):
            try:
                one = client.create(LOAD_BALANCERS, {"vip_subnet_id": where, "name": f"{number}-{turn}"})
                with guard:
                    made["balancers"].append(one["id"])
            except ClientError as problem:
                if "Quota" not in problem.message:
                    problems.append(problem)
                made["refused"].append(str(number))
            body = {"address": f"10.1.0.{100 + number}", "protocol_port": 1000 + turn, "subnet_id": where}
            try:
                member = client.create(MEMBERS, body, parent=shared_pool)
                with guard:
                    made["members"].append(member["id"])
            except ClientError as problem:
                problems.append(problem)

    with agents(cloud, 3):
        client = cloud.client()
        first = client.create(LOAD_BALANCERS, {"vip_subnet_id": where, "name": "shared"})
        http = {"protocol": "HTTP", "protocol_port": 80, "loadbalancer_id": first["id"]}
        listener = client.create(LISTENERS, http)
        pool = client.create(POOLS, {"listener_id": listener["id"], "protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN"})[
            "id"
        ]
        threads = [threading.Thread(target=write, args=(number, pool)) for number in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == []
        balancers = client.get("/lbaas/loadbalancers")["loadbalancers"]
        until(lambda: all(s == "ACTIVE" for s in statuses(client)), "ACTIVE of all")
    assert len(balancers) == QUOTA == len(made["balancers"]) + 1
    assert len(made["refused"]) == WRITERS * ROUNDS - (QUOTA - 1)
    assert {one["id"] for one in balancers} == {first["id"], *made["balancers"]}
    assert len({one["vip_address"] for one in balancers}) == QUOTA
    members = client.get(f"/lbaas/pools/{pool}/members")["members"]
    assert {one["id"] for one in members} == set(made["members"])
    assert len(members) == WRITERS * ROUNDS
    assert all("Traceback" not in log.read_text() for log in cloud.logs)


def statuses(client: Client) -> list[str]:
    return [one["provisioning_status"] for one in client.get("/lbaas/loadbalancers")["loadbalancers"]]


def test_who_waits_at_one_server_hears_what_was_changed_at_another(cloud: Cloud) -> None:
    where = subnet(cloud.client())
    with agents(cloud, 1) as (agent,):
        for number in range(1, SERVERS):
            made = cloud.client(number).create(LOAD_BALANCERS, {"vip_subnet_id": where, "name": str(number)})["id"]
            # Before the wait is over, and before anybody looks again by himself.
            until(lambda one=made: one in heard(agent), "the news")
        waits = [later - earlier for (earlier, _), (later, _) in zip(agent.feeds, agent.feeds[1:], strict=False)]
        assert waits


def heard(agent: Agent) -> set[str]:
    return {spec.id for _, feed in agent.feeds for spec in feed.specs}


def test_a_server_that_is_gone_is_not_missed(cloud: Cloud) -> None:
    where = subnet(cloud.client())
    with agents(cloud, 4) as living:
        cloud.processes[0].kill()
        cloud.processes[0].wait(LONGEST_S)
        client = Client(Transport(endpoint(cloud.urls[0]), TENANT, others=[endpoint(url) for url in cloud.urls[1:]]))
        made = client.create(LOAD_BALANCERS, {"vip_subnet_id": where, "name": "after"})
        until(lambda: client.show(LOAD_BALANCERS, made["id"])["provisioning_status"] == "ACTIVE", "ACTIVE")
        before = [len(agent.feeds) for agent in living]
        until(lambda: all(len(a.feeds) > n for a, n in zip(living, before, strict=True)), "everybody's next feed")
