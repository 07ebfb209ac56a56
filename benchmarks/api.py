"""What one request costs the server: CPU of its process, on one connection, over many requests.

    python benchmarks/api.py [REQUESTS]

Beside each stands the least that any request costs: the list of versions, which touches neither database nor domain.
"""

import os
import signal
import sys
from collections.abc import Callable

from chain import LBAAS, rest_of_chain
from harness import Lab, lab, own_cpu_s, show, until

BALANCERS = 100
ROUNDS = 10


def fill(made: Lab) -> tuple[str, str]:
    """Make the load balancers of the list, one of them with everything below it; name that one and its pool."""
    ids = [
        made.api.create(f"{LBAAS}/loadbalancers", "loadbalancer", vip_subnet_id=made.told["subnet_id"])["id"]
        for _ in range(BALANCERS)
    ]
    pool = rest_of_chain(made, ids[0])["pool"]
    for id_ in ids:
        until(lambda id_=id_: made.api.status(id_) == "ACTIVE", "ACTIVE")
    return ids[0], pool["id"]


def measured(made: Lab, once: Callable[[], object], requests: int) -> list[float]:
    """Spend requests in rounds; milliseconds of the server's CPU for one, by round."""
    server = made.servers[0]
    found = []
    for _ in range(ROUNDS):
        before = own_cpu_s(server)
        for _ in range(requests // ROUNDS):
            once()
        found.append((own_cpu_s(server) - before) * 1000 / (requests // ROUNDS))
    return found


def members(made: Lab, pool_id: str) -> Callable[[], object]:
    """Make a function that creates another member each time."""
    ports = iter(range(1000, 60000))
    path = f"{LBAAS}/pools/{pool_id}/members"
    subnet_id = made.told["subnet_id"]
    return lambda: made.api.create(
        path, "member", address="172.20.0.250", protocol_port=next(ports), subnet_id=subnet_id
    )


def main() -> None:
    """Run and print."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    with lab() as made:
        one, pool_id = fill(made)
        call, member = made.api.call, members(made, pool_id)
        balancer = f"{LBAAS}/loadbalancers/{one}"
        rows = [
            ("list of versions (floor)", measured(made, lambda: call("GET", "/"), requests), ""),
            ("GET of one load balancer", measured(made, lambda: call("GET", balancer), requests), "< 1"),
            ("statuses of one", measured(made, lambda: call("GET", f"{balancer}/statuses"), requests), ""),
            (
                f"list of {BALANCERS} load balancers",
                measured(made, lambda: call("GET", f"{LBAAS}/loadbalancers"), requests),
                "< 6",
            ),
            ("create of a member, host's feed and reports too", measured(made, member, min(requests, 100)), ""),
        ]
        # While the agent stands still nothing but the request itself is counted.
        os.kill(made.agents[0], signal.SIGSTOP)
        try:
            rows.append(("create of a member", measured(made, member, min(requests, 100)), "< 5"))
        finally:
            os.kill(made.agents[0], signal.SIGCONT)
    show([(what, figures, "ms", bar) for what, figures, bar in rows])


if __name__ == "__main__":
    main()
