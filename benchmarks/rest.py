"""What it costs to have load balancers: at rest, and when the agent starts again.

    python benchmarks/rest.py [LOAD_BALANCERS [SECONDS]]

The figures of the original with 20 load balancers: agent 245 MB, server processes 815 MB; agent restart 24 s, and every
HAProxy reloaded.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from chain import LBAAS, rest_of_chain
from harness import Lab, lab, openlbaas, own_cpu_s, resident_mib, show, until

DEFAULTS = {
    "OS_AGENT__REPORT_INTERVAL": "3",
    "OS_AGENT__MEASURE_INTERVAL": "10",
    "OS_AGENT__HEAL_INTERVAL": "30",
    "OS_DEFAULT__AGENT_DOWN_TIME": "10",
}


def fill(made: Lab, count: int) -> list[dict[str, Any]]:
    """Make whole chains and wait until all are ACTIVE."""
    balancers = []
    for number in range(count):
        balancer = made.api.create(
            f"{LBAAS}/loadbalancers", "loadbalancer", vip_subnet_id=made.told["subnet_id"], name=f"rest{number}"
        )
        rest_of_chain(made, balancer["id"])
        balancers.append(balancer)
    for balancer in balancers:
        until(lambda id_=balancer["id"]: made.api.status(id_) == "ACTIVE", "ACTIVE")
    return balancers


def haproxies(balancers: list[dict[str, Any]]) -> set[int]:
    """List the pids of the HAProxies of load balancers."""
    ids = {balancer["id"].encode() for balancer in balancers}
    found = set()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            line = (entry / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if line.startswith(b"haproxy") and any(id_ in line for id_ in ids):
            found.add(int(entry.name))
    return found


def restart(made: Lab, balancers: list[dict[str, Any]]) -> tuple[float, bool]:
    """Kill the agent and start it again; seconds until a new change is in force, and whether no HAProxy changed."""
    before = haproxies(balancers)
    os.kill(made.agents[0], signal.SIGKILL)
    began = time.perf_counter()
    openlbaas("lab", "boot", "--dir", str(made.folder), made.told["hosts"][0]["name"])
    probe = made.api.create(f"{LBAAS}/loadbalancers", "loadbalancer", vip_subnet_id=made.told["subnet_id"])
    until(lambda: made.api.status(probe["id"]) == "ACTIVE", "ACTIVE")
    wall = time.perf_counter() - began
    made.api.call("DELETE", f"{LBAAS}/loadbalancers/{probe['id']}")
    until(lambda: made.api.status(probe["id"]) is None, "the load balancer to be gone")
    return wall, haproxies(balancers) == before


def main() -> None:
    """Run and print."""
    # A lab looks more often than a host does by default, so that its visitors need not wait.
    os.environ |= DEFAULTS
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 30.0
    with lab() as made:
        balancers = fill(made, count)
        time.sleep(3)
        agent, server = made.agents[0], made.servers[0]
        before = own_cpu_s(agent), own_cpu_s(server)
        time.sleep(seconds)
        used = own_cpu_s(agent) - before[0], own_cpu_s(server) - before[1]
        memory = resident_mib(agent), resident_mib(server)
        restarts = [restart(made, balancers) for _ in range(3)]
    show(
        [
            (f"agent at rest, {count} load balancers", [used[0] / seconds * 100], "%", "< 1"),
            ("server at rest", [used[1] / seconds * 100], "%", ""),
            ("agent resident", [memory[0]], "MiB", "< 80"),
            ("server resident", [memory[1]], "MiB", "< 120"),
            ("agent killed until in sync", [wall * 1e3 for wall, _ in restarts], "ms", "< 2000"),
        ]
    )
    same = all(untouched for _, untouched in restarts)
    print(f"\nHAProxies untouched by the restarts: {'yes' if same else 'NO'}")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
