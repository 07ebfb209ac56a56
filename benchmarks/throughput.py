"""How much passes through a load balancer, beside HAProxies by hand in the same namespace.

    python benchmarks/throughput.py [ROUNDS [SECONDS]]

Each round asks each of them once, in an order by chance, and only figures of the same round are compared: what else the
machine does then weighs on all of them alike.
"""

import random
import statistics
import sys
import tempfile
from pathlib import Path

from churn import Tenant
from ground import FIRST_PORT, ByHand, Webs, rate, serving, webs
from harness import Lab, lab

CONNECTIONS = 16
BODIES = {"100 bytes": "/quiet", "1 MiB": "/large"}
ARTICLE, BEST, SPLICED = "as in the article", "by hand", "by hand, spliced"
PORTS = {ARTICLE: 81, BEST: 82, SPLICED: 83}

_HEAD = {
    ARTICLE: "global\n    maxconn 2000\ndefaults\n    retries 3\n    option redispatch\n",
    BEST: "global\n    maxconn 2000\n    nbthread 1\n    tune.bufsize 32768\ndefaults\n    option http-no-delay\n",
}
_HEAD[SPLICED] = _HEAD[BEST] + "    option splice-response\n"
_REST = """    timeout connect 5000
    timeout client 50000
    timeout server 50000
frontend f
    bind {address}:{port}
    mode http
    option forwardfor
    default_backend b
backend b
    mode http
    balance roundrobin
{servers}
"""


def by_hand(name: str, address: str, web: Webs) -> str:
    """Write a configuration with as many members as ours has."""
    servers = "\n".join(
        f"    server s{port} {web.address}:{port} weight 1 check inter 1s fall 2"
        for port in range(FIRST_PORT, FIRST_PORT + 3)
    )
    return _HEAD[name] + _REST.format(address=address, port=PORTS[name], servers=servers)


def measured(made: Lab, address: str, rounds: int, seconds: float) -> dict[str, dict[str, list[float]]]:
    """Ask for each body, each of them once a round; requests per second."""
    namespace = made.told["client"]["namespace"]
    ports = {"ours": 80, **PORTS}
    found: dict[str, dict[str, list[float]]] = {body: {name: [] for name in ports} for body in BODIES}
    for _ in range(rounds):
        for body, path in BODIES.items():
            for name in random.sample(list(ports), len(ports)):
                url = f"http://{address}:{ports[name]}{path}"
                found[body][name].append(rate(namespace, url, CONNECTIONS, seconds))
    return found


def main() -> None:
    """Run and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 2.0
    with lab() as made, webs(made) as web:
        tenant = Tenant(made, web)
        address = tenant.balancer["vip_address"]
        with tempfile.TemporaryDirectory() as folder:
            hands = []
            for name in PORTS:
                place = Path(folder) / name.replace(" ", "-")
                place.mkdir()
                hands.append(ByHand(serving(tenant.balancer["id"]), place))
                hands[-1].run(by_hand(name, address, web))
            found = measured(made, address, rounds, seconds)
            for hand in hands:
                hand.end()
    for body, by_name in found.items():
        print(f"\n{body}: requests per second, median of {rounds}; ours / it, median and quartiles of the rounds")
        for name, figures in by_name.items():
            ratios = [ours / it for ours, it in zip(by_name["ours"], figures, strict=True)]
            low, middle, high = statistics.quantiles(ratios, n=4) if rounds > 1 else ratios * 3
            print(f"  {name:20} {statistics.median(figures):10.0f}   {middle:5.2f} ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
