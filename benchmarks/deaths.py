"""What the death of a member costs those who are being served, with a monitor that asks once a second.

    python benchmarks/deaths.py [RUNS]

Three members, each a process of its own, one of which is killed under load. Beside ours, in the same namespace and at
the same moment: a HAProxy as in the article. Both find out by their own checks, once a second, dead after two.
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

from chain import LBAAS
from ground import ByHand, failures, load, serving
from harness import Inside, Lab, lab, show, until

FIRST, COUNT = 9301, 3
CONNECTIONS = 8
HAND_PORT = 81
HAND = """global
    user nobody
    group nogroup
    maxconn 2000
defaults
    retries 3
    option redispatch
    timeout connect 5000
    timeout client 50000
    timeout server 50000
frontend f
    option forwardfor
    bind {address}:{port}
    mode http
    default_backend b
backend b
    mode http
    balance roundrobin
    timeout check 1s
    option httpchk GET /
    http-check expect rstatus 200
{servers}
"""


class Members:
    """Web servers on one address, one process each."""

    def __init__(self, made: Lab, folder: Path) -> None:
        """Take where they run."""
        told = made.told["webs"][0]
        self.namespace, self.address, self._folder = told["namespace"], told["address"], folder
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, port: int) -> None:
        """Start one and wait until it answers."""
        (self._folder / f"{port}.conf").write_text(
            f"daemon off; master_process off; pid {self._folder}/{port}.pid; error_log /dev/null;"
            "events { worker_connections 4000; } http { access_log off; keepalive_requests 1000000;"
            f"server {{ listen {self.address}:{port}; location / {{ return 200 'well'; }} }} }}\n"
        )
        words = ["ip", "netns", "exec", self.namespace, "nginx", "-c", str(self._folder / f"{port}.conf")]
        self._processes[port] = subprocess.Popen(words)
        inside = Inside(self.namespace)
        until(lambda: inside.ask(self.address, port) is not None, f"the member on {port}")

    def kill(self, port: int) -> None:
        """Kill one."""
        process = self._processes.pop(port)
        process.kill()
        process.wait()

    def end(self) -> None:
        """End them all."""
        for port in list(self._processes):
            self.kill(port)


@contextmanager
def members(made: Lab) -> Iterator[Members]:
    """Run the members."""
    folder = Path(tempfile.mkdtemp(prefix="openlbaas-bench-members-"))
    folder.chmod(0o755)
    running = Members(made, folder)
    try:
        for port in range(FIRST, FIRST + COUNT):
            running.start(port)
        yield running
    finally:
        running.end()
        shutil.rmtree(folder)


def load_balancer(made: Lab, running: Members) -> dict[str, str]:
    """Make a load balancer in front of them, with a monitor that asks once a second."""
    api, subnet = made.api, made.told["subnet_id"]
    balancer = api.create(f"{LBAAS}/loadbalancers", "loadbalancer", vip_subnet_id=subnet)
    listener = api.create(
        f"{LBAAS}/listeners", "listener", loadbalancer_id=balancer["id"], protocol="HTTP", protocol_port=80
    )
    pool = api.create(f"{LBAAS}/pools", "pool", listener_id=listener["id"], protocol="HTTP", lb_algorithm="ROUND_ROBIN")
    for port in range(FIRST, FIRST + COUNT):
        where = {"address": running.address, "protocol_port": port, "subnet_id": subnet}
        api.create(f"{LBAAS}/pools/{pool['id']}/members", "member", **where)
    path = f"{LBAAS}/healthmonitors"
    api.create(path, "healthmonitor", pool_id=pool["id"], type="HTTP", delay=1, timeout=1, max_retries=2)
    until(lambda: api.status(balancer["id"]) == "ACTIVE", "ACTIVE")
    return balancer


def deaths(made: Lab, running: Members, runs: int) -> dict[str, list[tuple[int, int, float]]]:
    """Kill a member under load, again and again; requests, failures and the slowest, in milliseconds."""
    balancer = load_balancer(made, running)
    address, namespace = balancer["vip_address"], made.told["client"]["namespace"]
    servers = "\n".join(
        f"    server s{port} {running.address}:{port} weight 1 check inter 1s fall 2"
        for port in range(FIRST, FIRST + COUNT)
    )
    found: dict[str, list[tuple[int, int, float]]] = {"ours": [], "as in the article": []}
    with tempfile.TemporaryDirectory() as folder:
        hand = ByHand(serving(balancer["id"]), Path(folder))
        process = hand.run(HAND.format(address=address, port=HAND_PORT, servers=servers))
        urls = {"ours": f"http://{address}/", "as in the article": f"http://{address}:{HAND_PORT}/"}
        for number in range(runs):
            time.sleep(2)
            loads = {name: load(namespace, url, CONNECTIONS) for name, url in urls.items()}
            time.sleep(1 + number % 10 / 10)
            dies = FIRST + number % COUNT
            running.kill(dies)
            time.sleep(4)
            for name, each in loads.items():
                told = each.end()
                found[name].append((told["requests"], failures(told), told["p99_ms"]))
            running.start(dies)
        os.kill(process, signal.SIGTERM)
    return found


def main() -> None:
    """Run and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with lab() as made, members(made) as running:
        found = deaths(made, running, runs)
    for name, each in found.items():
        print(f"{name}: {sum(n[1] for n in each)} failed of {sum(n[0] for n in each)} requests, {runs} members killed")
    show([(f"{name}, failed at a death", [float(n[1]) for n in each], "", "") for name, each in found.items()])
    sys.exit(1 if any(failed for _, failed, _ in found["ours"]) else 0)


if __name__ == "__main__":
    main()
