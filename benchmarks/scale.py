"""What five hundred load balancers cost on one host: to make, at rest, in memory, and when the agent starts again.

    python benchmarks/scale.py [LOAD_BALANCERS [SECONDS]]

Each has a listener, a pool, two members and a monitor that checks every five seconds. All are on one network, with the
members, which a single nginx is: what is measured is OpenLBaaS, HAProxy and the kernel.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chain import LBAAS
from harness import Lab, Measure, descendants, kernel_mib, lab, openlbaas, own_cpu_s, proportional_mib, show, until
from rest import DEFAULTS, haproxies

SUBNET, FIRST, LAST = "172.21.0.0/20", "172.21.0.2", "172.21.14.254"
MEMBERS = ("172.21.15.1", "172.21.15.2")
PORT = 8080
DELAY_S = 5
NEIGHBOURS = {"gc_thresh1": 8192, "gc_thresh2": 16384, "gc_thresh3": 32768}
LONGEST_S = 600.0


@contextmanager
def many_neighbours() -> Iterator[None]:
    """Let this machine know enough neighbours: a lab's hosts share its one table and can't make it larger."""
    files = {Path("/proc/sys/net/ipv4/neigh/default") / name: value for name, value in NEIGHBOURS.items()}
    before = {file: file.read_text() for file in files}
    for file, value in files.items():
        file.write_text(str(max(value, int(before[file]))))
    try:
        yield
    finally:
        for file, value in before.items():
            file.write_text(value)


@contextmanager
def members(made: Lab) -> Iterator[str]:
    """Have a subnet that is large enough and a web server that is every member; names the subnet."""
    network = made.api.call("GET", f"/v2.0/subnets/{made.told['subnet_id']}").body["subnet"]["network_id"]
    pools = [{"start": FIRST, "end": LAST}]
    subnet = made.api.create(
        "/v2.0/subnets", "subnet", network_id=network, ip_version=4, cidr=SUBNET, allocation_pools=pools
    )
    there = ["ip", "netns", "exec", made.told["webs"][0]["namespace"]]
    for address in MEMBERS:
        subprocess.run([*there, "ip", "addr", "add", f"{address}/20", "dev", "eth0"], check=True)
    folder = Path(tempfile.mkdtemp(prefix="openlbaas-bench-members-"))
    listening = "".join(f"listen {address}:{PORT};" for address in MEMBERS)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; worker_rlimit_nofile 20000;"
        "events { worker_connections 8000; }"
        f"http {{ access_log off; server {{ {listening} location / {{ return 200 'member'; }} }} }}\n"
    )
    process = subprocess.Popen([*there, "nginx", "-c", str(folder / "nginx.conf")])
    try:
        yield subnet["id"]
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def fill(made: Lab, subnet: str, count: int) -> tuple[list[dict[str, Any]], float]:
    """Make whole chains on one connection and wait until all are ACTIVE; also the seconds that it took."""
    began = time.perf_counter()
    balancers = [_chain(made, subnet, number) for number in range(count)]
    until(lambda: _active(made) == count, f"{count} to be ACTIVE", pause_s=0.2, longest_s=LONGEST_S)
    return balancers, time.perf_counter() - began


def _active(made: Lab) -> int:
    answer = made.api.call("GET", f"{LBAAS}/loadbalancers?fields=id&provisioning_status=ACTIVE")
    return len(answer.body["loadbalancers"])


def _chain(made: Lab, subnet: str, number: int) -> dict[str, Any]:
    api = made.api
    balancer = api.create(f"{LBAAS}/loadbalancers", "loadbalancer", vip_subnet_id=subnet, name=f"scale{number}")
    listener = api.create(
        f"{LBAAS}/listeners", "listener", loadbalancer_id=balancer["id"], protocol="HTTP", protocol_port=80
    )
    pool = api.create(f"{LBAAS}/pools", "pool", listener_id=listener["id"], protocol="HTTP", lb_algorithm="ROUND_ROBIN")
    for address in MEMBERS:
        api.create(
            f"{LBAAS}/pools/{pool['id']}/members", "member", subnet_id=subnet, address=address, protocol_port=PORT
        )
    monitor = {"type": "HTTP", "delay": DELAY_S, "timeout": DELAY_S, "max_retries": 2}
    api.create(f"{LBAAS}/healthmonitors", "healthmonitor", pool_id=pool["id"], **monitor)
    return balancer


def restart(made: Lab, subnet: str, balancers: list[dict[str, Any]]) -> tuple[float, float, bool]:
    """Kill the agent and start it again.

    Shape: seconds until a change that was asked for after it knew everything is in force, which is after it has looked
    at everything; seconds of its CPU until then; whether every HAProxy is the one that it was.
    """
    before = haproxies(balancers)
    log = made.folder / "log" / f"{made.told['hosts'][0]['name']}.log"
    known = _times_known(log)
    os.kill(made.agents[0], signal.SIGKILL)
    began = time.perf_counter()
    openlbaas("lab", "boot", "--dir", str(made.folder), made.told["hosts"][0]["name"])
    until(lambda: _times_known(log) > known, "the agent to know everything", pause_s=0.05)
    probe = made.api.create(f"{LBAAS}/loadbalancers", "loadbalancer", vip_subnet_id=subnet)
    until(lambda: made.api.status(probe["id"]) == "ACTIVE", "ACTIVE", pause_s=0.02)
    wall = time.perf_counter() - began
    cpu = own_cpu_s(made.agents[0])
    made.api.call("DELETE", f"{LBAAS}/loadbalancers/{probe['id']}")
    until(lambda: made.api.status(probe["id"]) is None, "the load balancer to be gone")
    return wall, cpu, haproxies(balancers) == before


def keepers() -> list[int]:
    """List the processes that claim for this host, which outlive its agent."""
    found = []
    for pid in descendants(os.getpid()):
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if b"haproxy_netns.keeper" in line:
            found.append(pid)
    return found


def _times_known(log: Path) -> int:
    return log.read_text().count("everything is known")


def main() -> None:
    """Run and print."""
    # A lab looks more often than a host does by default, so that its visitors need not wait.
    os.environ |= DEFAULTS
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 60.0
    with many_neighbours(), lab() as made, members(made) as subnet:
        kernel = kernel_mib()
        balancers, making = fill(made, subnet, count)
        kernel = kernel_mib() - kernel
        made.api.hang_up()
        time.sleep(10)
        agent, server = Measure(made.agents[0]), Measure(made.servers[0])
        pids = haproxies(balancers)
        served, keeping = ([Measure(pid) for pid in group] for group in (pids, keepers()))
        time.sleep(seconds)
        cpu = [sum(each.cpu_s() for each in group) / seconds * 100 for group in ([agent], [server], served, keeping)]
        resident = agent.resident_mib(), server.resident_mib(), sum(each.resident_mib() for each in keeping)
        shares = [proportional_mib(pid) for pid in pids]
        restarts = [restart(made, subnet, balancers) for _ in range(3)]
        rows = [
            (f"{count} created until all ACTIVE", [making], "s", ""),
            ("agent at rest", [cpu[0]], "%", "< 5"),
            ("keeper at rest", [cpu[3]], "%", ""),
            ("server at rest", [cpu[1]], "%", ""),
            ("all HAProxies at rest", [cpu[2]], "%", ""),
            ("agent resident", [resident[0]], "MiB", "< 300"),
            ("keeper resident", [resident[2]], "MiB", ""),
            ("server resident", [resident[1]], "MiB", ""),
            ("HAProxy, its share of memory", shares, "MiB", ""),
            ("all HAProxies", [sum(shares)], "MiB", ""),
            ("kernel, for each", [kernel / count * 1024], "KiB", ""),
            ("agent killed until in sync", [wall for wall, _, _ in restarts], "s", "< 20"),
            ("its CPU until then", [used for _, used, _ in restarts], "s", ""),
        ]
    show(rows)
    same = len(pids) == count and all(untouched for _, _, untouched in restarts)
    print(f"\n{len(pids)} HAProxies, untouched by the restarts: {'yes' if same else 'NO'}")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
