"""What the network of a load balancer costs on its host: namespace, interface, address, route; without API or agent.

    python benchmarks/network.py [RUNS]

The benchmark is a host of its own: it moves itself to new network and mount namespaces, which end with it. Beside the
driver's figures stand those of the same steps by the programs `ip` and `brctl`, as a person or a script would do them.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from harness import show
from openlbaas.desired.spec import AddressSpec, ListenerSpec, NetworkSpec, Spec, VipSpec
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns
from openlbaas.settings.values import Haproxy

MOVED = "OPENLBAAS_BENCHMARK_MOVED"
NAMED = Path("/run/netns")
NETWORK = NetworkSpec(id="3b0f8a52-6d4c-4f0e-9a1a-6f2d2f1c9e01")
HTTP = ListenerSpec(id="9d1f5f0a-54f5-4bb8-8f0b-2d2b7a3d9c02", protocol="HTTP", port=80)


def move() -> None:
    """Begin again inside namespaces of our own, and hide the names of the machine's namespaces there."""
    if MOVED not in os.environ:
        os.environ[MOVED] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])
    NAMED.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(NAMED)], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def spec(number: int, *listeners: ListenerSpec) -> Spec:
    """Describe one load balancer."""
    vip = VipSpec(
        port_id=str(uuid.uuid4()),
        mac_address=f"fa:16:3e:00:00:{number:02x}",
        network=NETWORK,
        addresses=(AddressSpec(f"172.20.0.{number + 2}", 24),),
        gateways=("172.20.0.1",),
    )
    return Spec(id=str(uuid.uuid4()), revision=1, project_id="benchmark", vip=vip, listeners=listeners)


def cpu_s() -> float:
    """Add up the CPU of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Do something; milliseconds of wall time and of CPU."""
    cpu, began = cpu_s(), time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3, (cpu_s() - cpu) * 1e3


def carry_out(driver: HaproxyNetns, wanted: Spec) -> None:
    """Do what the agent does for one spec."""
    driver.do(wanted, driver.plan(driver.look(wanted.id), wanted))


def gone(wanted: Spec) -> Spec:
    """Describe the same load balancer as deleted."""
    return Spec(id=wanted.id, revision=2, project_id=wanted.project_id, present=False)


def by_hand(number: int) -> None:
    """Make the network of a load balancer by programs, one for each step."""
    name, outside, inside = f"hand{number}", f"taphand{number}", f"ns-hand{number}"
    for step in (
        f"ip netns add {name}",
        f"ip -n {name} link set lo up",
        f"ip link add {outside} type veth peer name {inside}",
        f"ip link set {inside} netns {name}",
        f"brctl addif brhand {outside}",
        f"ip link set {outside} up",
        f"ip -n {name} addr add 172.21.0.{number + 2}/24 dev {inside}",
        f"ip -n {name} link set {inside} up",
        f"ip -n {name} route add default via 172.21.0.1",
    ):
        subprocess.run(step.split(), check=True)


def remove_by_hand(number: int) -> None:
    """Remove it again."""
    subprocess.run(["ip", "netns", "del", f"hand{number}"], check=True)


def main() -> None:
    """Run and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    move()
    subprocess.run(["ip", "link", "add", "brhand", "type", "bridge"], check=True)
    subprocess.run(["ip", "link", "set", "brhand", "up"], check=True)
    figures: dict[str, list[tuple[float, float]]] = {}

    def note(name: str, work: Callable[[], object]) -> None:
        figures.setdefault(name, []).append(timed(work))

    with tempfile.TemporaryDirectory() as folder:
        options = Haproxy(
            binary="haproxy", user="nobody", user_group="nogroup", send_gratuitous_arp=3, hard_stop_after_s=300,
            state_path=folder,
        )  # fmt: skip
        Path(folder).chmod(0o755)
        driver = HaproxyNetns(options)
        first = spec(240)
        carry_out(driver, first)
        for number in range(runs):
            bare, serving = spec(number % 100), spec(100 + number % 100, HTTP)
            note("network of a load balancer", lambda wanted=bare: carry_out(driver, wanted))
            note("look at it, nothing to do", lambda wanted=bare: carry_out(driver, wanted))
            note("remove it", lambda wanted=bare: carry_out(driver, gone(wanted)))
            note("network and HAProxy", lambda wanted=serving: carry_out(driver, wanted))
            note("remove both", lambda wanted=serving: carry_out(driver, gone(wanted)))
            note("by hand: ip and brctl", lambda n=number: by_hand(n))
            note("by hand: remove", lambda n=number: remove_by_hand(n))
        carry_out(driver, gone(first))
    rows = []
    for name, pairs in figures.items():
        bar = "< 8" if name == "network of a load balancer" else ""
        rows.append((name, [wall for wall, _ in pairs], "ms", bar))
        rows.append((f"{name}, CPU", [cpu for _, cpu in pairs], "ms", ""))
    show(rows)
    ours, theirs = (
        statistics.median(w for w, _ in figures[n]) for n in ("network of a load balancer", "by hand: ip and brctl")
    )
    print(f"\nby hand / ours: {theirs / ours:.1f}")


if __name__ == "__main__":
    main()
