"""What changes cost those who are being served: requests that fail, and how soon a change is felt.

    python benchmarks/churn.py [CHANGES]

Two loads ask through the VIP all the time, one on connections that it keeps, one on a new connection for each request,
while a tenant changes the load balancer in every way, each change as soon as the one before is in force. Beside it, in
the same namespace and under the same load: a HAProxy that is reloaded as the original reloaded it for every change.
"""

import itertools
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chain import LBAAS
from ground import FIRST_PORT, PORTS, ByHand, Webs, failures, load, serving, webs
from harness import Lab, lab, show, until

FIRST_MEMBERS = 3
KEPT, CLOSED = 16, 8
HAND_PORT = 81


@dataclass
class Felt:
    """When what was changed, in seconds since the epoch: the instant of the API's answer, by port of the member."""

    created: dict[int, float] = field(default_factory=dict)
    drained: dict[int, float] = field(default_factory=dict)
    deleted: dict[int, float] = field(default_factory=dict)
    in_force_s: list[float] = field(default_factory=list)


class Tenant:
    """Changes one load balancer."""

    def __init__(self, made: Lab, web: Webs) -> None:
        """Make it, with its first members."""
        self.api, self.subnet, self.web = made.api, made.told["subnet_id"], web
        self.ports = itertools.cycle(range(FIRST_PORT, FIRST_PORT + PORTS))
        self.felt = Felt()
        self.balancer = self.api.create(f"{LBAAS}/loadbalancers", "loadbalancer", vip_subnet_id=self.subnet)
        self.listener = self.make(
            "listeners", "listener", loadbalancer_id=self.balancer["id"], protocol="HTTP", protocol_port=80
        )
        self.pool = self.make(
            "pools", "pool", listener_id=self.listener["id"], protocol="HTTP", lb_algorithm="ROUND_ROBIN"
        )
        self.members = [self.member() for _ in range(FIRST_MEMBERS)]
        self.monitor = self.make(
            "healthmonitors", "healthmonitor", pool_id=self.pool["id"], type="HTTP", delay=1, timeout=1, max_retries=2
        )
        self.in_force()

    def make(self, path: str, kind: str, **attributes: object) -> dict[str, Any]:
        """Create one thing."""
        return self.api.create(f"{LBAAS}/{path}", kind, **attributes)

    def put(self, path: str, kind: str, **attributes: object) -> None:
        """Change one thing."""
        answer = self.api.call("PUT", f"{LBAAS}/{path}", {kind: attributes})
        assert answer.status == 200, answer

    def in_force(self) -> None:
        """Wait until the last change is in force."""
        began = time.perf_counter()
        until(lambda: self.api.status(self.balancer["id"]) == "ACTIVE", "ACTIVE")
        self.felt.in_force_s.append(time.perf_counter() - began)

    def member(self) -> dict[str, Any]:
        """Add a member on a port that none has."""
        taken = {member["protocol_port"] for member in getattr(self, "members", [])}
        port = next(port for port in self.ports if port not in taken)
        made = self.make(
            f"pools/{self.pool['id']}/members",
            "member",
            address=self.web.address,
            protocol_port=port,
            subnet_id=self.subnet,
        )
        self.felt.created.setdefault(port, time.time())
        return made

    def of_pool(self, member: dict[str, Any]) -> str:
        """Name the path of a member."""
        return f"pools/{self.pool['id']}/members/{member['id']}"

    def add(self) -> None:
        """Add a member."""
        self.members.append(self.member())

    def weigh(self) -> None:
        """Give a member another weight."""
        member = self.members[0]
        member["weight"] = 3 - min(member["weight"], 2)
        self.put(self.of_pool(member), "member", weight=member["weight"])

    def drain(self) -> None:
        """Switch the newest member off."""
        self.put(self.of_pool(self.members[-1]), "member", admin_state_up=False)
        self.felt.drained.setdefault(self.members[-1]["protocol_port"], time.time())

    def delete(self) -> None:
        """Delete the oldest member."""
        member = self.members.pop(0)
        self.api.call("DELETE", f"{LBAAS}/{self.of_pool(member)}")
        self.felt.deleted.setdefault(member["protocol_port"], time.time())

    def rest(self) -> Iterator[Callable[[], None]]:
        """Change everything else that can be changed, one after the other."""
        for number in itertools.count():
            even = bool(number % 2)
            yield lambda e=even: self.put(
                f"pools/{self.pool['id']}", "pool", lb_algorithm="ROUND_ROBIN" if e else "LEAST_CONNECTIONS"
            )
            yield lambda e=even: self.put(f"healthmonitors/{self.monitor['id']}", "healthmonitor", delay=1 + e)
            yield lambda e=even: self.put(
                f"listeners/{self.listener['id']}", "listener", connection_limit=-1 if e else 1000
            )
            yield lambda: self.put(f"loadbalancers/{self.balancer['id']}", "loadbalancer", name=f"at {time.time()}")

    def changes(self) -> Iterator[Callable[[], None]]:
        """Name changes for ever: mostly members, as in life."""
        rest = self.rest()
        for _ in itertools.count():
            yield from (self.add, self.weigh, self.add, self.drain, self.add, self.delete, self.delete, next(rest))


def churn(made: Lab, web: Webs, count: int) -> tuple[Tenant, list[dict[str, Any]]]:
    """Change under load; the tenant, and what the loads counted."""
    tenant = Tenant(made, web)
    url = f"http://{tenant.balancer['vip_address']}/"
    namespace = made.told["client"]["namespace"]
    loads = [load(namespace, url, KEPT), load(namespace, url, CLOSED, keep_alive=False)]
    time.sleep(1)
    for change in itertools.islice(tenant.changes(), count):
        change()
        tenant.in_force()
    time.sleep(1)
    return tenant, [each.end() for each in loads]


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
    maxconn 2000
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
    server s1 {web}:{first} weight 1 check inter 1s fall 2
    server s2 {web}:{second} weight {weight} check inter 1s fall 2
"""


def as_the_original(made: Lab, web: Webs, tenant: Tenant, count: int) -> list[dict[str, Any]]:
    """Reload a HAProxy by hand for every change, under the same loads; what the loads counted."""
    address, namespace = tenant.balancer["vip_address"], made.told["client"]["namespace"]
    with tempfile.TemporaryDirectory() as folder:
        hand = ByHand(serving(tenant.balancer["id"]), Path(folder))
        words = {"address": address, "port": HAND_PORT, "web": web.address, "first": FIRST_PORT, "second": 9002}
        process = hand.run(HAND.format(weight=1, **words))
        url = f"http://{address}:{HAND_PORT}/"
        loads = [load(namespace, url, KEPT), load(namespace, url, CLOSED, keep_alive=False)]
        time.sleep(1)
        for number in range(count):
            process = hand.run(HAND.format(weight=1 + number % 5, **words), process)
            time.sleep(0.05)
        time.sleep(1)
        counted = [each.end() for each in loads]
        hand.end()
    return counted


def until_first(felt: dict[int, float], asked: dict[int, list[float]]) -> list[float]:
    """Milliseconds from the answer to the first request that a member got after it."""
    firsts = ((at, next((x for x in asked.get(port, []) if x >= at - 0.001), None)) for port, at in felt.items())
    return [max((first - at) * 1000, 0) for at, first in firsts if first is not None]


def until_last(felt: dict[int, float], asked: dict[int, list[float]]) -> list[float]:
    """Milliseconds from the answer to the last request that a member got."""
    return [max((asked[port][-1] - at) * 1000, 0) for port, at in felt.items() if asked.get(port)]


def percentile(figures: list[float], part: float) -> float:
    """Name the figure that a part of all does not exceed."""
    return sorted(figures)[min(int(len(figures) * part), len(figures) - 1)]


def tell(name: str, counted: list[dict[str, Any]], count: int) -> int:
    """Print what loads counted, and count the failures."""
    total, failed = sum(each["requests"] for each in counted), sum(failures(each) for each in counted)
    print(f"{name}: {failed} failed of {total} requests during {count} changes", end="; ")
    print(
        ", ".join(f"{kind} {sum(each[kind] for each in counted)}" for kind in ("connect", "read", "status", "timeout"))
    )
    return failed


def main() -> None:
    """Run and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with lab() as made, webs(made) as web:
        tenant, ours = churn(made, web, count)
        asked, felt = web.asked(), tenant.felt
        theirs = as_the_original(made, web, tenant, count // 5)
    failed = tell("ours", ours, count)
    tell("reloaded as the original does", theirs, count // 5)
    first, last, off = (
        until_first(felt.created, asked),
        until_last(felt.deleted, asked),
        until_last(felt.drained, asked),
    )
    show(
        [
            ("member created, until its first request", first, "ms", "< 60, p99 < 250"),
            ("  p99", [percentile(first, 0.99)], "ms", ""),
            ("member deleted, until its last request", last, "ms", "likewise"),
            ("  p99", [percentile(last, 0.99)], "ms", ""),
            ("member switched off, until its last request", off, "ms", "likewise"),
            ("  p99", [percentile(off, 0.99)], "ms", ""),
            ("answered, until ACTIVE", [each * 1000 for each in felt.in_force_s], "ms", ""),
        ]
    )
    assert statistics.median(first) >= 0
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
