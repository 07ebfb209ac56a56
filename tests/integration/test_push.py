"""From HAProxy's own view of a member to the API, where nothing but word of mouth can have done it."""

import contextlib
import os
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_host import LONGEST_S, Host, host, until, within

from openlbaas.client.lbaas import HEALTH_MONITORS, LISTENERS, LOAD_BALANCERS, MEMBERS, POOLS

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")
MEMBER_PORT = 8080
NEVER_S = 3600
"""An interval of measurements, and of reports with no news, in which no test gets to the second one."""


@pytest.fixture
def place() -> Iterator[Host]:
    # The path of a unix socket has 108 bytes, and pytest's own folders leave too few of them.
    with tempfile.TemporaryDirectory(prefix="olp") as folder:
        # HAProxy, which is nobody, must get through.
        Path(folder).chmod(0o755)
        options = {"measure_interval": NEVER_S, "report_interval": NEVER_S, "heal_interval": NEVER_S}
        with host(Path(folder), **options) as made:
            yield made


class Member:
    """A member that listens on its load balancer's own address, in the namespace of that."""

    def __init__(self, place: Host) -> None:
        """Make a load balancer with a pool, and a member that is away."""
        self._place = place
        self.load_balancer = place.create("lb", port=None)
        shown = place.api.show(LOAD_BALANCERS, self.load_balancer)
        self._address = str(shown["vip_address"])
        listener = {"protocol": "TCP", "protocol_port": 80, "loadbalancer_id": self.load_balancer}
        listener_id = place.api.create(LISTENERS, listener)["id"]
        pool = {"protocol": "TCP", "lb_algorithm": "ROUND_ROBIN", "listener_id": listener_id}
        self._pool = str(place.api.create(POOLS, pool)["id"])
        body = {"address": self._address, "protocol_port": MEMBER_PORT, "subnet_id": place.subnet_id}
        self._id = str(place.api.create(MEMBERS, body, self._pool)["id"])
        place.until_status(self.load_balancer, "ACTIVE")

    def check(self) -> None:
        """Have it checked from now on."""
        monitor = {"type": "TCP", "delay": 1, "timeout": 1, "max_retries": 1, "pool_id": self._pool}
        self._place.api.create(HEALTH_MONITORS, monitor)

    def status(self) -> str:
        """Name its operating status."""
        tree = self._place.api.get(f"{LOAD_BALANCERS.path}/{self.load_balancer}/statuses")["statuses"]
        pool = tree["loadbalancer"]["listeners"][0]["pools"][0]
        return str(pool["members"][0]["operating_status"])

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Be there until the end of the context."""
        (process,) = self._place.processes(self.load_balancer)
        with within(process, lambda: socket.create_server((self._address, MEMBER_PORT))):
            yield


def started(place: Host) -> subprocess.Popen[bytes]:
    """Start an agent and wait until the server knows it."""
    before = place.log().count("everything is known") if place.agents else 0
    made = place.start()
    until(lambda: place.log().count("everything is known") > before or made.poll() is not None, "the first answer")
    assert made.poll() is None
    return made


def test_what_haproxy_sees_of_a_member_is_in_the_api_by_itself(place: Host) -> None:
    agent = started(place)
    member = Member(place)
    with member.listening():
        member.check()
        until(lambda: member.status() == "ONLINE", "its first check")
    until(lambda: member.status() == "OFFLINE", "its end")
    with member.listening():
        until(lambda: member.status() == "ONLINE", "its return")
        agent.kill()
        agent.wait(LONGEST_S)
    # HAProxy sees it go while nobody listens; who comes next asks.
    started(place)
    until(lambda: member.status() == "OFFLINE", "what happened meanwhile")
    with member.listening():
        until(lambda: member.status() == "ONLINE", "its return to another agent")
