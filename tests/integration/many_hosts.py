"""Several hosts on one underlay: a network namespace each, joined by a bridge, with a driver in each."""

import contextlib
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netns_host import Result, inside, ip

from openlbaas.desired.spec import Spec
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns
from openlbaas.settings.values import Haproxy, Wiring

UNDERLAY = "underlay"


@dataclass
class Place:
    """One host: its namespace, its driver and who lives on its bridges."""

    name: str
    wiring: Wiring
    neighbours: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start anew, as an agent does."""
        self.state = Path("/run") / f"state-{self.name}"
        self.state.mkdir(exist_ok=True)
        self.restart()

    def restart(self, wiring: Wiring | None = None) -> None:
        """Have another driver, as after an agent's end, maybe with other options."""
        self.wiring = wiring or self.wiring
        options = Haproxy(
            binary="haproxy",
            user="nobody",
            user_group="nogroup",
            send_gratuitous_arp=3,
            hard_stop_after_s=60,
            state_path=str(self.state / "lbaas"),
        )
        self.driver = self.do(lambda: HaproxyNetns(options, self.state / "netns", wiring=self.wiring))

    def do(self, work: Callable[[], Result]) -> Result:
        """Do something on the host; what it raises is raised here."""
        found: list[Result] = []
        faults: list[BaseException] = []

        def tried() -> None:
            try:
                found.append(work())
            except BaseException as fault:  # noqa: BLE001 - raised where it is waited for
                faults.append(fault)

        inside(self.name, tried)
        if faults:
            raise faults[0]
        return found[0]

    def apply(self, spec: Spec) -> int:
        """Carry a spec out and see that nothing is left to do; name the number of steps."""
        return self.do(lambda: _applied(self.driver, spec))

    def neighbour(self, name: str, bridge: str, *addresses: str, mtu: int = 1500) -> None:
        """Put a machine on a bridge of the host."""
        ip("netns", "add", name)
        self.ip("link", "add", f"v-{name}", "type", "veth", "peer", "name", "eth0", "netns", name)
        self.ip("link", "set", f"v-{name}", "up", "master", bridge, "mtu", str(mtu))
        machine(name, *addresses, mtu=mtu)
        self.neighbours.append(name)

    def leave(self, name: str) -> None:
        """Take a machine away."""
        self.ip("link", "delete", f"v-{name}")
        ip("netns", "delete", name)
        self.neighbours.remove(name)

    def ip(self, *words: str) -> str:
        """Run ip on the host."""
        return ip("-n", self.name, *words)

    def bridge(self, *words: str) -> str:
        """Run bridge on the host."""
        return subprocess.run(["bridge", "-n", self.name, *words], check=True, capture_output=True, text=True).stdout

    def links(self) -> dict[str, dict[str, Any]]:
        """Name the interfaces of the host with what ``ip -d`` tells of them."""
        return {each["ifname"]: each for each in json.loads(self.ip("-d", "-j", "link", "show"))}

    def addresses(self, interface: str) -> set[str]:
        """Name the addresses of an interface, without those that the link gave itself."""
        (found,) = json.loads(self.ip("-j", "address", "show", interface))
        return {f"{a['local']}/{a['prefixlen']}" for a in found["addr_info"] if a["scope"] != "link"}

    def routes(self, interface: str) -> set[str]:
        """Name the routes through an interface that have a next hop."""
        lines = [
            line for family in ("-4", "-6") for line in self.ip(family, "route", "show", "dev", interface).splitlines()
        ]
        return {" ".join(line.split()) for line in lines if "via" in line}


def machine(name: str, *addresses: str, mtu: int = 1500) -> None:
    """Give a namespace with an eth0 its addresses and switch it on."""
    ip("-n", name, "link", "set", "lo", "up")
    ip("-n", name, "link", "set", "eth0", "up", "mtu", str(mtu))
    for address in addresses:
        ip("-n", name, "address", "add", address, "dev", "eth0", *(("nodad",) if ":" in address else ()))


def outside(name: str, *addresses: str) -> None:
    """Put a machine on the underlay itself."""
    ip("netns", "add", name)
    ip("link", "add", f"u-{name}", "up", "master", UNDERLAY, "type", "veth", "peer", "name", "eth0", "netns", name)
    machine(name, *addresses)


@contextlib.contextmanager
def places(*wirings: Wiring, addresses: bool = True, mtu: int = 1500) -> Iterator[list[Place]]:
    """Have hosts host1, host2 and so on with eth1 on the underlay; with an address each, if wanted: 10.77.0.N."""
    ip("link", "add", UNDERLAY, "up", "type", "bridge")
    made = []
    for number, wiring in enumerate(wirings, start=1):
        name = f"host{number}"
        ip("netns", "add", name)
        ip("link", "add", f"u-{name}", "up", "master", UNDERLAY, "type", "veth", "peer", "name", "eth1", "netns", name)
        ip("link", "set", f"u-{name}", "mtu", str(mtu))
        ip("-n", name, "link", "set", "eth1", "up", "mtu", str(mtu))
        ip("-n", name, "link", "set", "lo", "up")
        if addresses:
            ip("-n", name, "address", "add", f"10.77.0.{number}/24", "dev", "eth1")
        made.append(Place(name, wiring))
    yield made


def _applied(driver: HaproxyNetns, spec: Spec) -> int:
    steps = driver.plan(driver.look(spec.id), spec)
    driver.do(spec, steps)
    left = driver.plan(driver.look(spec.id), spec)
    assert left == (), left
    return len(steps)


class Stream:
    """Asks without a pause until told to end, and counts what went wrong."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self.good = 0
        self.faults: list[str] = []
        self._ask = ask
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self._ask()
            except OSError as fault:
                self.faults.append(repr(fault))
            else:
                self.good += 1

    def end(self) -> None:
        """Stop asking."""
        self._ended.set()
        self._thread.join()
