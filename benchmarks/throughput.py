"""How much passes through a load balancer, beside HAProxies by hand in the same namespace.

    python benchmarks/throughput.py [ROUNDS [SECONDS]]

Each round asks each of them once, in an order by chance, and only figures of the same round are compared: what else the
machine does then weighs on all of them alike. The CPU that HAProxy took for a request depends on it still less.
"""

import random
import statistics
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from churn import Tenant
from ground import FIRST_PORT, ByHand, Webs, rate, serving, webs
from harness import Lab, lab

CONNECTIONS = 16
BODIES = {"100 bytes": "/quiet", "1 MiB": "/large"}
ANEW = "100 bytes, each on a connection of its own"
OURS = "ours"
ARTICLE, BEST, SPLICED, RETRIED = "as in the article", "by hand", "by hand, spliced", "by hand, retries"
PORTS = {OURS: 80, ARTICLE: 81, BEST: 82, SPLICED: 83, RETRIED: 84}
PLAIN, AUTO, SMART = "by hand, TCP", "by hand, splice-auto", "by hand, tcp-smart-*"
ALWAYS, WIDE = "by hand, splice-response", "by hand, 32 KiB buffers"
TCP_PORTS = {OURS: 90, PLAIN: 91, AUTO: 92, SMART: 93, ALWAYS: 94, WIDE: 95}

_HEAD = {
    ARTICLE: "global\n    maxconn 2000\ndefaults\n    retries 3\n    option redispatch\n",
    BEST: "global\n    maxconn 2000\n    nbthread 1\n    tune.bufsize 32768\ndefaults\n    option http-no-delay\n",
}
_HEAD[SPLICED] = _HEAD[BEST] + "    option splice-response\n"
_HEAD[RETRIED] = _HEAD[BEST] + "    retry-on conn-failure empty-response\n"
_HEAD[PLAIN] = "global\n    maxconn 2000\n    nbthread 1\ndefaults\n"
_HEAD[AUTO] = _HEAD[PLAIN] + "    option splice-auto\n"
_HEAD[SMART] = _HEAD[PLAIN] + "    option tcp-smart-accept\n    option tcp-smart-connect\n"
_HEAD[ALWAYS] = _HEAD[PLAIN] + "    option splice-response\n"
_HEAD[WIDE] = _HEAD[PLAIN].replace("defaults", "    tune.bufsize 32768\ndefaults")
_REST = """    timeout connect 5000
    timeout client 50000
    timeout server 50000
frontend f
    bind {address}:{port}
    mode {mode}
{more}    default_backend b
backend b
    mode {mode}
    balance roundrobin
{servers}
"""


def by_hand(name: str, address: str, web: Webs) -> str:
    """Write a configuration with as many members as ours has."""
    servers = "\n".join(
        f"    server s{port} {web.address}:{port} weight 1 check inter 1s fall 2"
        for port in range(FIRST_PORT, FIRST_PORT + 3)
    )
    port, mode, more = TCP_PORTS.get(name), "tcp", ""
    if port is None:
        port, mode, more = PORTS[name], "http", "    option forwardfor\n"
    return _HEAD[name] + _REST.format(address=address, port=port, mode=mode, more=more, servers=servers)


class Figures(NamedTuple):
    """What one round found of one of them.

    Units: rate is requests per second, cpu_s what HAProxy took for one.
    """

    rate: float
    cpu_s: float


def measured(
    made: Lab, address: str, processes: dict[str, int], rounds: int, seconds: float
) -> dict[str, dict[str, list[Figures]]]:
    """Ask for each body, each of them once a round; processes by name."""
    namespace = made.told["client"]["namespace"]
    asked = {body: (PORTS, path, True) for body, path in BODIES.items()}
    asked |= {f"TCP, {body}": (TCP_PORTS, path, True) for body, path in BODIES.items()}
    asked |= {f"TCP, {ANEW}": (TCP_PORTS, BODIES["100 bytes"], False)}
    found: dict[str, dict[str, list[Figures]]] = {what: {name: [] for name in asked[what][0]} for what in asked}
    for _ in range(rounds):
        for what, (ports, path, keep_alive) in asked.items():
            for name in random.sample(list(ports), len(ports)):
                url = f"http://{address}:{ports[name]}{path}"
                before = cpu_s(processes[name])
                each = rate(namespace, url, CONNECTIONS, seconds, keep_alive=keep_alive)
                found[what][name].append(Figures(each, (cpu_s(processes[name]) - before) / (each * seconds)))
    return found


def listen_by_tcp(tenant: Tenant) -> None:
    """Give the load balancer a TCP listener as well, with as many members."""
    listener = tenant.make(
        "listeners",
        "listener",
        loadbalancer_id=tenant.balancer["id"],
        protocol="TCP",
        protocol_port=TCP_PORTS[OURS],
    )
    pool = tenant.make("pools", "pool", listener_id=listener["id"], protocol="TCP", lb_algorithm="ROUND_ROBIN")
    for port in range(FIRST_PORT, FIRST_PORT + 3):
        tenant.make(
            f"pools/{pool['id']}/members",
            "member",
            address=tenant.web.address,
            protocol_port=port,
            subnet_id=tenant.subnet,
        )
    tenant.make("healthmonitors", "healthmonitor", pool_id=pool["id"], type="TCP", delay=1, timeout=1, max_retries=2)
    tenant.in_force()


def cpu_s(process: int) -> float:
    """Name the CPU that the threads of a process have taken, in seconds."""
    threads = Path(f"/proc/{process}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def main() -> None:
    """Run and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 2.0
    with lab() as made, webs(made) as web:
        tenant = Tenant(made, web)
        listen_by_tcp(tenant)
        address = tenant.balancer["vip_address"]
        with tempfile.TemporaryDirectory() as folder:
            hands = []
            processes = {OURS: serving(tenant.balancer["id"])}
            for name in [*PORTS, *TCP_PORTS]:
                if name == OURS:
                    continue
                place = Path(folder) / name.replace(" ", "-")
                place.mkdir()
                hands.append(ByHand(serving(tenant.balancer["id"]), place))
                processes[name] = hands[-1].run(by_hand(name, address, web))
            found = measured(made, address, processes, rounds, seconds)
            for hand in hands:
                hand.end()
    for body, by_name in found.items():
        print(f"\n{body}: median of {rounds}; ours / it: median and quartiles of the rounds")
        print(f"  {'':24} {'requests/s':>10}   {'ours / it':21} {'CPU of one':>10}   ours / it")
        for name, figures in by_name.items():
            pairs = list(zip(by_name[OURS], figures, strict=True))
            rates = ratios([ours.rate / it.rate for ours, it in pairs])
            cpu = ratios([ours.cpu_s / it.cpu_s for ours, it in pairs])
            middle = statistics.median(it.rate for it in figures)
            each_us = statistics.median(it.cpu_s for it in figures) * 1e6
            print(f"  {name:24} {middle:10.0f}   {rates:21} {each_us:7.1f} us   {cpu}")


def ratios(found: list[float]) -> str:
    """Write a median with its quartiles."""
    low, middle, high = statistics.quantiles(found, n=4) if len(found) > 1 else found * 3
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


if __name__ == "__main__":
    main()
