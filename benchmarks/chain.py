"""How long and how much CPU a tenant's chain takes: load balancer, listener, pool, two members, monitor, first answer.

    python benchmarks/chain.py [RUNS]

The figures of the original, on a machine of this kind: 8.6 s to the first right answer and 5,326 ms of CPU for the
chain, 466 ms of CPU for a member. As a floor, the same network and HAProxy are also made by hand, with `ip` and the
configuration that our agent wrote.
"""

import statistics
import subprocess
import sys
import time
from typing import Any

from harness import Lab, lab, show, until

LBAAS = "/v2.0/lbaas"
MEMBERS = 5
"""Added in a row: the kernel counts CPU in ticks of 10 ms, too coarse for one."""


def chain(made: Lab) -> dict[str, float]:
    """Make one chain as fast as the API lets, and tear it down in order."""
    api, subnet = made.api, made.told["subnet_id"]
    cpu = made.cpu_s()
    began = time.perf_counter()
    balancer = api.create(f"{LBAAS}/loadbalancers", "loadbalancer", vip_subnet_id=subnet, name="bench")
    parts = rest_of_chain(made, balancer["id"])
    right = {f"{web['name']}\n".encode() for web in made.told["webs"]}
    until(lambda: made.client.ask(balancer["vip_address"]) in right, "the first right answer")
    wall = time.perf_counter() - began
    until(lambda: api.status(balancer["id"]) == "ACTIVE", "ACTIVE")
    used = made.cpu_s() - cpu
    member = more_members(made, balancer["id"], parts["pool"]["id"])
    delete(made, balancer["id"], parts)
    return {"wall": wall * 1e3, "cpu": used * 1e3, **member}


def rest_of_chain(made: Lab, balancer_id: str) -> dict[str, Any]:
    """Make what hangs below a load balancer, each as soon as the one before was answered."""
    api, subnet = made.api, made.told["subnet_id"]
    listener = api.create(
        f"{LBAAS}/listeners", "listener", loadbalancer_id=balancer_id, protocol="HTTP", protocol_port=80
    )
    pool = api.create(f"{LBAAS}/pools", "pool", listener_id=listener["id"], protocol="HTTP", lb_algorithm="ROUND_ROBIN")
    members = f"{LBAAS}/pools/{pool['id']}/members"
    for web in made.told["webs"]:
        api.create(members, "member", subnet_id=subnet, address=web["address"], protocol_port=80)
    monitor = api.create(
        f"{LBAAS}/healthmonitors", "healthmonitor", pool_id=pool["id"], type="HTTP", delay=1, timeout=1, max_retries=2
    )
    return {"listener": listener, "pool": pool, "monitor": monitor}


def more_members(made: Lab, balancer_id: str, pool_id: str) -> dict[str, float]:
    """Add members one by one, each when the one before is in force; the median wall, and the CPU of each."""
    cpu, walls = made.cpu_s(), []
    for number in range(MEMBERS):
        began = time.perf_counter()
        made.api.create(
            f"{LBAAS}/pools/{pool_id}/members",
            "member",
            subnet_id=made.told["subnet_id"],
            address=made.told["webs"][0]["address"],
            protocol_port=8080 + number,
        )
        until(lambda: made.api.status(balancer_id) == "ACTIVE", "ACTIVE", pause_s=0.02)
        walls.append(time.perf_counter() - began)
    return {"member_wall": statistics.median(walls) * 1e3, "member_cpu": (made.cpu_s() - cpu) * 1e3 / MEMBERS}


def delete(made: Lab, balancer_id: str, parts: dict[str, Any]) -> None:
    """Delete in the walkthrough's order and wait until nothing is left."""
    api, pool = made.api, parts["pool"]["id"]
    api.call("DELETE", f"{LBAAS}/healthmonitors/{parts['monitor']['id']}")
    for member in api.call("GET", f"{LBAAS}/pools/{pool}/members").body["members"]:
        api.call("DELETE", f"{LBAAS}/pools/{pool}/members/{member['id']}")
    api.call("DELETE", f"{LBAAS}/pools/{pool}")
    api.call("DELETE", f"{LBAAS}/listeners/{parts['listener']['id']}")
    api.call("DELETE", f"{LBAAS}/loadbalancers/{balancer_id}")
    until(lambda: api.status(balancer_id) is None, "the load balancer to be gone")


def create_alone(made: Lab) -> float:
    """Create a load balancer, wait for ACTIVE, delete it; milliseconds until ACTIVE."""
    began = time.perf_counter()
    balancer = made.api.create(f"{LBAAS}/loadbalancers", "loadbalancer", vip_subnet_id=made.told["subnet_id"])
    until(lambda: made.api.status(balancer["id"]) == "ACTIVE", "ACTIVE")
    wall = time.perf_counter() - began
    made.api.call("DELETE", f"{LBAAS}/loadbalancers/{balancer['id']}")
    until(lambda: made.api.status(balancer["id"]) is None, "the load balancer to be gone")
    return wall * 1e3


def by_hand(number: int) -> float:
    """Make a namespace with an address by `ip`, one process a step, and remove it; milliseconds."""
    name, outer, inner = f"olb-hand{number}", f"olbhand{number}o", f"olbhand{number}i"
    steps = (
        f"ip netns add {name}",
        f"ip link add {outer} type veth peer name {inner}",
        f"ip link set {inner} netns {name}",
        f"ip link set {outer} up",
        f"ip -n {name} addr add 198.18.77.2/24 dev {inner}",
        f"ip -n {name} link set lo up",
        f"ip -n {name} link set {inner} up",
        f"ip -n {name} route add default via 198.18.77.1",
    )
    began = time.perf_counter()
    try:
        for step in steps:
            subprocess.run(step.split(), check=True)
        subprocess.run(["ip", "netns", "exec", name, "haproxy", "-v"], check=True, stdout=subprocess.DEVNULL)
        return (time.perf_counter() - began) * 1e3
    finally:
        subprocess.run(["ip", "netns", "del", name], check=False)


def main() -> None:
    """Run and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with lab() as made:
        chain(made)
        chains = [chain(made) for _ in range(runs)]
        alone = [create_alone(made) for _ in range(runs)]
    hand = [by_hand(number) for number in range(runs)]
    show(
        [
            ("chain until first answer", [c["wall"] for c in chains], "ms", "< 500"),
            ("chain, CPU of all processes", [c["cpu"] for c in chains], "ms", "< 400"),
            ("load balancer until ACTIVE", alone, "ms", "< 100"),
            ("member until ACTIVE", [c["member_wall"] for c in chains], "ms", ""),
            ("member until ACTIVE, CPU", [c["member_cpu"] for c in chains], "ms", "< 60"),
            ("by hand: ip steps + haproxy -v", hand, "ms", "(floor)"),
        ]
    )
    ratio = statistics.median(alone) / statistics.median(hand)
    print(f"\nload balancer until ACTIVE / by hand: {ratio:.2f}")


if __name__ == "__main__":
    main()
