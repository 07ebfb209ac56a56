"""The agent or the server is killed around every step of a create and of a delete; one start repairs, every time.

The kill is a signal and not a verb of the lab: a program that must start first comes after the step is done.
"""

import http.client
import itertools
import json
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asking import Answer, Asking
from waits import ended, eventually

DELAYS_S = (0.0, 0.004, 0.010, 0.018, 0.030, 0.045, 0.060, 0.090)
STARTS = {"agent": ("boot", "host1"), "server": ("start-server", "1")}


class Crashing:
    """A tenant whose every request is accompanied by a crash, and who asks again for what was not acknowledged."""

    def __init__(self, lab: Any, victim: str, delays: Iterator[float]) -> None:
        self.lab = lab
        self.victim = victim
        self.delays = delays
        self.asking = Asking(lab.told["endpoint"], lab.told["token"])
        self.crashes = 0

    def step(self, method: str, path: str, body: object = None) -> Answer | None:
        """Ask while something dies, and start it again; None when the connection died too."""
        told = self.lab.told
        pid = told["hosts"][0]["agent_pid"] if self.victim == "agent" else told["servers"][0]["pid"]
        timer = threading.Timer(next(self.delays), os.kill, (pid, signal.SIGKILL))
        timer.start()
        answer: Answer | None = None
        try:
            answer = self.asking.ask(method, path, body)
        except (OSError, http.client.HTTPException, json.JSONDecodeError):
            pass
        finally:
            timer.join()
        eventually(lambda: ended(pid), "the victim to be dead")
        self.lab.verb(*STARTS[self.victim])
        self.crashes += 1
        return answer

    def create(self, path: str, kind: str, **attributes: Any) -> str:
        """Make something, at once or at the second attempt; its name tells whether the first one did."""
        answer = self.step("POST", path, {kind: attributes})
        if answer is not None:
            assert answer.status == 201, answer.body
        found = [
            row["id"] for row in self.asking.ask("GET", path).json[f"{kind}s"] if row["name"] == attributes["name"]
        ]
        if answer is not None:
            assert found == [answer.json[kind]["id"]], "acknowledged, and lost or made twice"
        return str(found[0]) if found else str(self.asking.make(path, kind, **attributes)["id"])

    def delete(self, path: str) -> None:
        """Delete something, at once or at the second attempt."""
        answer = self.step("DELETE", path)
        if answer is not None:
            assert answer.status == 204, answer.body
        eventually(lambda: self.asking.ask("DELETE", path).status in {204, 404}, f"{path} to be deleted")
        eventually(lambda: self.asking.ask("GET", path).status == 404, f"{path} to be gone")

    def in_force(self, load_balancer_id: str) -> None:
        """Wait until the host has done all that was asked."""
        path = f"lbaas/loadbalancers/{load_balancer_id}"

        def active() -> bool:
            return bool(self.asking.ask("GET", path).json["loadbalancer"]["provisioning_status"] == "ACTIVE")

        eventually(active, "everything to be in force")


@pytest.mark.parametrize("turn", [0, 3])
@pytest.mark.parametrize("victim", ["agent", "server"])
def test_a_crash_around_every_step(lab: Any, victim: str, turn: int) -> None:
    before = lab.remains()
    crashing = Crashing(lab, victim, itertools.islice(itertools.cycle(DELAYS_S), turn, None))
    subnet = lab.told["subnet_id"]

    balancer = crashing.create("lbaas/loadbalancers", "loadbalancer", name="hit", vip_subnet_id=subnet)
    crashing.in_force(balancer)
    http_80 = {"protocol": "HTTP", "protocol_port": 80, "loadbalancer_id": balancer}
    listener = crashing.create("lbaas/listeners", "listener", name="hit_80", **http_80)
    crashing.in_force(balancer)
    round_robin = {"protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", "listener_id": listener}
    pool = crashing.create("lbaas/pools", "pool", name="hit_pool", **round_robin)
    crashing.in_force(balancer)
    web = {"address": "172.20.0.12", "protocol_port": 80, "subnet_id": subnet}
    member = crashing.create(f"lbaas/pools/{pool}/members", "member", name="hit_web1", **web)
    crashing.in_force(balancer)
    checks = {"type": "HTTP", "delay": 1, "timeout": 1, "max_retries": 2, "pool_id": pool}
    monitor = crashing.create("lbaas/healthmonitors", "healthmonitor", name="hit_monitor", **checks)
    crashing.in_force(balancer)

    vip = crashing.asking.ask("GET", f"lbaas/loadbalancers/{balancer}").json["loadbalancer"]["vip_address"]
    eventually(lambda: lab.curl(vip) == "web1\n", "the VIP to answer")
    assert len(lab.remains()[0] - before[0]) == 1

    for path in (
        f"lbaas/healthmonitors/{monitor}",
        f"lbaas/pools/{pool}/members/{member}",
        f"lbaas/pools/{pool}",
        f"lbaas/listeners/{listener}",
        f"lbaas/loadbalancers/{balancer}",
    ):
        crashing.delete(path)
    assert crashing.crashes == 10
    eventually(lambda: lab.remains() == before, "nothing to be left")
    assert lab.rows("select count(*) from ports where device_owner like 'neutron:%'") == [(0,)]
