"""What a client sees when parts die, restart or hand over, on a lab of three hosts and two servers.

    python benchmarks/failover.py [RUNS [LOAD_BALANCERS]]

A client asks a VIP every 10 ms on new connections; the gap is the longest time between two right answers. Then a host
dies that has many load balancers, each of which is asked twice a second until it has answered on another host. The
figures of the original, on a machine of this kind: 137 to 145 s to rebind 20 load balancers, 156 to 220 s until their
VIPs answered.
"""

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chain import LBAAS
from harness import Lab, lab, openlbaas, show, until
from openlbaas.cli.lab.names import names
from openlbaas.cli.lab.polling import Polling, longest
from sweep import Sweep

HOSTS = 3
ENOUGH = 50
"""Right answers in a row, half a second of them, after which things count as quiet."""
LONG_S = 120.0
TOLD = {"bound": "all bound elsewhere", "first": "the first answers", "all": "all answer"}
TUNED = {"agent_down_time": "1", "report_interval": "0.25"}


@dataclass
class Felt:
    """What a client felt of something."""

    gap_ms: float
    failed: float


@dataclass
class Stage:
    """A lab, and one load balancer of it that is asked for."""

    made: Lab
    balancer: dict[str, Any]

    def verb(self, verb: str, *words: str) -> None:
        """Run a verb of the lab."""
        openlbaas("lab", verb, "--dir", str(self.made.folder), *words)

    def host(self) -> str:
        """Name the host that has the load balancer."""
        path = f"{LBAAS}/loadbalancers/{self.balancer['id']}/loadbalancer-hosting-agent"
        return str(self.made.api.call("GET", path).body["agent"]["host"])

    def elsewhere(self, old: str) -> bool:
        """Tell whether another host has it, and it is in force there."""
        return self.host() != old and self.made.api.status(self.balancer["id"]) == "ACTIVE"

    def felt(self, accident: Callable[[], None]) -> Felt:
        """Let something happen while a client asks; what it felt of it."""
        with Polling(names(self.made.folder), self.balancer["vip_address"]) as polling:
            _quiet(polling)
            accident()
            _quiet(polling)
        return Felt(longest(polling.answered).seconds * 1e3, float(len(polling.failed)))

    def host_dies(self) -> None:
        """Kill its host, and wait until another has it."""
        old = self.host()
        self.verb("kill", old)
        until(lambda: self.elsewhere(old), "another host", pause_s=0.05)

    def agent_restarts(self) -> None:
        """Kill and start the agent of its host."""
        host = self.host()
        self.verb("kill-agent", host)
        self.verb("start-agent", host)

    def servers_restart(self) -> None:
        """Kill and start one server after the other."""
        for place in ("1", "2"):
            self.verb("kill-server", place)
            self.verb("start-server", place)
        self.made.api.hang_up()

    def database_restarts(self) -> None:
        """Kill the database, leave it dead for longer than a host may be silent, and start it."""
        self.verb("kill-database")
        time.sleep(4)
        self.verb("start-database")

    def moves(self) -> None:
        """Move it to another host."""
        old = self.host()
        new = f"host{int(old[-1]) % HOSTS + 1}"
        self.made.api.call("PUT", f"{LBAAS}/loadbalancers/{self.balancer['id']}/move", {"move": {"host": new}})
        until(lambda: self.elsewhere(old), "another host", pause_s=0.05)

    def is_drained(self) -> None:
        """Drain its host."""
        old = self.host()
        self.made.api.call("PUT", f"{LBAAS}/hosts/{old}/drain")
        until(lambda: self.elsewhere(old), "another host", pause_s=0.05)
        self.made.api.call("PUT", f"{LBAAS}/hosts/{old}/undrain")


def _quiet(polling: Polling) -> None:
    seen = len(polling.answered)
    until(lambda: len(polling.answered) >= seen + ENOUGH, "answers", pause_s=0.05, longest_s=LONG_S)


@contextmanager
def stage(database: str) -> Iterator[Stage]:
    """Have a lab and a load balancer that answers."""
    with lab("--hosts", str(HOSTS), "--servers", "2", "--database", database) as made:
        balancer = balancers(made, 1)[0]
        until(lambda: made.client.ask(balancer["vip_address"]) is not None, "an answer")
        yield Stage(made, balancer)


def balancers(made: Lab, count: int) -> list[dict[str, Any]]:
    """Make load balancers with the first web server behind each, and wait until all are in force."""
    api, subnet = made.api, made.told["subnet_id"]
    found = []
    for _ in range(count):
        one = api.create(f"{LBAAS}/loadbalancers", "loadbalancer", vip_subnet_id=subnet)
        web = {"protocol": "HTTP", "loadbalancer_id": one["id"]}
        pool = api.create(f"{LBAAS}/pools", "pool", **web, lb_algorithm="ROUND_ROBIN")
        api.create(
            f"{LBAAS}/pools/{pool['id']}/members",
            "member",
            subnet_id=subnet,
            address=made.told["webs"][0]["address"],
            protocol_port=80,
        )
        api.create(f"{LBAAS}/listeners", "listener", **web, protocol_port=80, default_pool_id=pool["id"])
        found.append(one)
    for one in found:
        until(lambda one=one: api.status(one["id"]) == "ACTIVE", "ACTIVE", pause_s=0.05, longest_s=LONG_S)
    return found


def tune(made: Lab) -> None:
    """Write the tuned options, and start servers and agents anew."""
    for path in (made.folder / "openlbaas.conf", *made.folder.glob("host*.conf")):
        text = path.read_text()
        for option, value in TUNED.items():
            text = re.sub(rf"^{option} = .*$", f"{option} = {value}", text, flags=re.MULTILINE)
        path.write_text(text)
    parts = [("server", str(place)) for place in (1, 2)] + [("agent", f"host{place}") for place in range(1, HOSTS + 1)]
    for kind, which in parts:
        openlbaas("lab", f"kill-{kind}", "--dir", str(made.folder), which)
        openlbaas("lab", f"start-{kind}", "--dir", str(made.folder), which)
    made.api.hang_up()


def hosts_die(scene: Stage, runs: int) -> list[Felt]:
    """Let its host die and come back, again and again."""
    found = []
    for _ in range(runs):
        found.append(scene.felt(scene.host_dies))
        for host in (f"host{place}" for place in range(1, HOSTS + 1)):
            scene.verb("boot", host)
    return found


def many_move(scene: Stage, count: int) -> dict[str, float]:
    """Let a host die that has many load balancers; seconds until all are bound elsewhere, in force, and answer."""
    made = scene.made
    for place in range(2, HOSTS + 1):
        made.api.call("PUT", f"{LBAAS}/hosts/host{place}/drain")
    many = balancers(made, count)
    for place in range(2, HOSTS + 1):
        made.api.call("PUT", f"{LBAAS}/hosts/host{place}/undrain")
    agents = made.api.call("GET", "/v2.0/agents").body["agents"]
    old = next(row["id"] for row in agents if row["host"] == "host1")
    assert _hosted(made, old) >= count
    with Sweep(names(made.folder), [one["vip_address"] for one in many]) as sweep:
        began = time.monotonic()
        scene.verb("kill", "host1")
        dead = time.monotonic()
        sweep.begin()
        until(lambda: _hosted(made, old) == 0, "hosts for all", pause_s=0.2, longest_s=LONG_S)
        bound = time.monotonic()
        until(lambda: len(sweep.answered) == count, "answers of all", pause_s=0.1, longest_s=LONG_S)
    firsts = sorted(sweep.answered.values())
    print(f"    killing took {dead - began:.1f} s")
    return {"bound": bound - dead, "first": firsts[0] - dead, "all": firsts[-1] - dead}


def _hosted(made: Lab, agent_id: str) -> int:
    return len(made.api.call("GET", f"/v2.0/agents/{agent_id}/agent-loadbalancers").body["loadbalancers"])


def main() -> None:
    """Run and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    rows: list[tuple[str, list[float], str, str]] = []
    try:
        measure(rows, runs, count)
    finally:
        if rows:
            show(rows)


def measure(rows: list[tuple[str, list[float], str, str]], runs: int, count: int) -> None:
    """Measure everything."""

    def add(what: str, felt: list[Felt], bar_ms: str, bar_failed: str) -> None:
        if bar_failed:
            rows.append((f"{what}: failed requests", [one.failed for one in felt], "", bar_failed))
        rows.append((f"{what}: gap", [one.gap_ms for one in felt], "ms", bar_ms))

    with stage("mariadb") as scene:
        for what, accident in (
            ("agent restarts", scene.agent_restarts),
            ("servers restart", scene.servers_restart),
            ("database restarts", scene.database_restarts),
        ):
            add(what, [scene.felt(accident) for _ in range(runs)], "", "0")
        add("planned move", [scene.felt(scene.moves) for _ in range(runs)], "", "-")
        add("host drained", [scene.felt(scene.is_drained) for _ in range(runs)], "", "-")
        add("host dies, default options", hosts_die(scene, runs), "< 4000", "")
        if count:
            seconds = many_move(scene, count)
            for what, key, bar in (
                ("bound elsewhere", "bound", ""),
                ("first answers", "first", ""),
                ("all answer", "all", "< 15"),
            ):
                rows.append((f"{count} of a dead host: {what}", [seconds[key]], "s", bar))
    with stage("sqlite") as scene:
        tune(scene.made)
        add("host dies, tuned options", hosts_die(scene, runs), "< 2000", "")


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as problem:
        sys.exit(f"{problem}")
