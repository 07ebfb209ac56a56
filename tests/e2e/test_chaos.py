"""Parts are killed and removed by chance under load, and only what was hit is felt.

CHAOS_S is for how many seconds; CHAOS_SEED repeats a run.
"""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tenant import FIRST_PLAIN, Tenant
from traffic import Traffic
from waits import ended, eventually

LENGTH_S = float(os.environ.get("CHAOS_S", "15"))
SEED = int(os.environ.get("CHAOS_SEED", random.randrange(10**6)))


@dataclass
class Balancer:
    """One load balancer under load; kept gets requests on connections of their own."""

    shown: dict[str, Any]
    pool: dict[str, Any]
    traffic: Traffic

    @property
    def id(self) -> str:
        """Name it."""
        return str(self.shown["id"])


class Chaos:
    """Whoever breaks things; hit is the load balancer that may feel it."""

    def __init__(self, tenant: Tenant, lab: Any, chance: random.Random, hit: Balancer) -> None:
        self.tenant, self.lab, self.chance, self.hit = tenant, lab, chance, hit
        self.folder = Path(lab.hosts_state, "lbaas", "v2", hit.id)
        self.unfelt: list[Callable[[], None]] = [
            self.agent, self.server, self.both, self.file, self.record, self.weight, self.member,
        ]  # fmt: skip
        self.felt: list[Callable[[], None]] = [
            self.process, self.tap, self.inside, self.address, self.namespace, self.socket, self.everything,
        ]  # fmt: skip

    def agent(self) -> None:
        """Kill the agent, at any point of a change, and start it again."""
        self.weight(wait=False)
        self.kill(self.lab.told["hosts"][0]["agent_pid"])
        self.lab.verb("boot", "host1")

    def server(self) -> None:
        """Kill the server after a change and start it again."""
        self.weight(wait=False)
        self.kill(self.lab.told["servers"][0]["pid"])
        self.lab.verb("start-server", "1")

    def both(self) -> None:
        """Kill both."""
        self.weight(wait=False)
        self.kill(self.lab.told["hosts"][0]["agent_pid"])
        self.kill(self.lab.told["servers"][0]["pid"])
        self.lab.verb("start-server", "1")
        self.lab.verb("boot", "host1")

    def file(self) -> None:
        """Remove a file: the configuration, who serves, what is known to be loaded."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        self.chance.choice(sorted(files)).unlink(missing_ok=True)

    def record(self) -> None:
        """Remove what the agent noted about the load balancer."""
        (self.folder / "applied.json").unlink()

    def socket(self) -> None:
        """Remove the way to the process: nobody can take its listeners over any more."""
        for path in self.folder.rglob("*"):
            if path.is_socket():
                path.unlink(missing_ok=True)

    def everything(self) -> None:
        """Remove all files."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def weight(self, *, wait: bool = True) -> None:
        """Change a member as tenants do."""
        member = self.chance.choice(self.tenant.members(self.hit.pool))
        path = f"lbaas/pools/{self.hit.pool['id']}/members/{member['id']}"
        weight = self.chance.choice(sorted({*range(1, 10)} - {member["weight"]}))
        answer = self.tenant.api.ask("PUT", path, {"member": {"weight": weight}})
        assert answer.status == 200, answer.body
        if wait:
            self.tenant.active()

    def member(self) -> None:
        """Add a member, and take the oldest away."""
        first, *others = self.tenant.members(self.hit.pool)
        free = {FIRST_PLAIN, FIRST_PLAIN + 1, FIRST_PLAIN + 2, FIRST_PLAIN + 3}
        free -= {each["protocol_port"] for each in (first, *others)}
        self.tenant.member(self.hit.pool, self.chance.choice(sorted(free)))
        self.tenant.active()
        self.tenant.delete(f"pools/{self.hit.pool['id']}/members/{first['id']}")

    def process(self) -> None:
        """Kill HAProxy."""
        for pid in self.lab.haproxies():
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
            if self.hit.id.encode() in words:
                self.kill(pid)

    def tap(self) -> None:
        """Remove the interface."""
        self.lab.on_host("ip", "link", "del", f"tap{self.hit.shown['vip_port_id'][:11]}")

    def inside(self) -> None:
        """Switch the interface off from within."""
        port = self.hit.shown["vip_port_id"][:11]
        self.lab.on_host("ip", "-n", f"qlbaas-{self.hit.id}", "link", "set", f"ns-{port}", "down")

    def address(self) -> None:
        """Take the address away."""
        port = self.hit.shown["vip_port_id"][:11]
        self.lab.on_host("ip", "-n", f"qlbaas-{self.hit.id}", "address", "flush", "dev", f"ns-{port}")

    def namespace(self) -> None:
        """Remove the name of the namespace; what is in it lives on without one."""
        self.lab.on_host("ip", "netns", "del", f"qlbaas-{self.hit.id}")

    @staticmethod
    def kill(pid: int) -> None:
        """Kill what may have ended already."""
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        eventually(lambda: ended(pid), f"the end of {pid}")

    def asked_anew(self) -> None:
        """Wait until what was asked before is over."""
        asked = self.hit.traffic.asked
        eventually(lambda: self.hit.traffic.asked > asked + 2, "requests")

    def serves(self) -> bool:
        """Tell whether the load balancer answers."""
        try:
            return self.tenant.client.get(self.hit.shown["vip_address"]).status == 200
        except OSError:
            return False


@pytest.fixture
def chance() -> random.Random:
    print(f"CHAOS_SEED={SEED}")
    return random.Random(SEED)


def balancer(tenant: Tenant, lab: Any) -> Balancer:
    vip, shown, _, pool = tenant.serving(FIRST_PLAIN, FIRST_PLAIN + 1)
    tenant.monitor(pool)
    tenant.active()
    return Balancer(shown, pool, Traffic(lab.told["client"]["namespace"], vip))


def test_only_what_is_hit_is_felt(tenant: Tenant, lab: Any, chance: random.Random) -> None:
    before = lab.remains()
    hit, other = balancer(tenant, lab), balancer(tenant, lab)
    chaos = Chaos(tenant, lab, chance, hit)
    told: list[str] = []
    with hit.traffic, other.traffic:
        ends = time.monotonic() + LENGTH_S
        while time.monotonic() < ends:
            felt = chance.random() < 0.4
            act = chance.choice(chaos.felt if felt else chaos.unfelt)
            told.append(act.__name__)
            failed = len(hit.traffic.failed)
            act()
            # A change makes the host look at once instead of within its interval.
            chaos.weight()
            eventually(chaos.serves, f"an answer after {told}")
            chaos.asked_anew()
            assert felt or hit.traffic.failed[failed:] == [], f"{told} failed {hit.traffic.failed[failed:]}"
            assert other.traffic.failed == [], f"{told} failed {other.traffic.failed}"
    print(told, hit.traffic.asked, len(hit.traffic.failed), other.traffic.asked)
    assert lab.ok("loadbalancer", "plan", hit.id).startswith("Nothing to do"), told
    assert lab.ok("loadbalancer", "plan", other.id).startswith("Nothing to do"), told
    tenant.forget()
    eventually(lambda: lab.remains() == before, f"nothing to be left after {told}")
