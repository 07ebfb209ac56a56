"""Coming and going, over and over, leaves nothing; STARTS says how often, for a thousand once in a while."""

import gc
import os
from pathlib import Path
from typing import Any

import msgspec
from balancers import MEMBERS, full, gone, monitor
from netns_host import Host, alone, apply, host, until

from openlbaas.desired.spec import HealthMonitorSpec
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns

STARTS = int(os.environ.get("STARTS", "40"))
WARM = 8
MOST_GROWTH_KIB = 8192
"""What the driver remembers of interfaces is bounded, but not full after the first starts."""


def kept(made: Host) -> dict[str, Any]:
    """What one could hold on to: descriptors, threads, mounts, and everything on the host."""
    gc.collect()
    spaces, links, processes, files = made.trace()
    return {
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "mounts": mounts(),
        "zombies": [line for line in children() if line.split()[2] == "Z"],
        "host": (spaces, links, processes, files),
        "neighbours": Path("/proc/net/arp").read_text().count("\n"),
    }


def mounts() -> list[str]:
    """What is mounted by this host; the one below it, which its /run/netns lies over, is others' to change."""
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    own = [line.split()[0] for line in lines if line.split()[4] == "/run/netns"][-1:]
    return [line for line in lines if line.split()[1] in own]


def children() -> list[str]:
    """The processes that are ours to wait for."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "stat").read_text()
            except OSError:
                continue
            if line.rpartition(")")[2].split()[1] == str(os.getpid()):
                found.append(f"{entry.name} x {line.rpartition(')')[2].split()[0]}")
    return found


def resident_kib() -> int:
    """The memory of this process."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def live_and_die(driver: HaproxyNetns, number: int) -> None:
    """Start, be told something, be replaced by a new process twice, measure, stop."""
    spec = full(health_monitor=monitor(), revision=number)
    apply(driver, spec)
    apply(driver, msgspec.structs.replace(spec, pools=(msgspec.structs.replace(spec.pools[0], members=MEMBERS[:1]),)))
    slower: HealthMonitorSpec = monitor(delay_s=3)
    other = msgspec.structs.replace(spec.pools[0], health_monitor=slower)
    apply(driver, msgspec.structs.replace(spec, pools=(other,)))
    driver.measure(spec)
    watched = driver.watch(spec.id)
    assert watched is not None
    os.close(watched)
    apply(driver, spec)
    apply(driver, gone(spec))


@alone
def test_starts_and_stops_leave_nothing(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = made.driver()
        for number in range(WARM):
            live_and_die(driver, number)
        until(lambda: made.processes() == {}, "the end of every process")
        before, before_kib = kept(made), resident_kib()
        for number in range(STARTS):
            live_and_die(driver, number)
        until(lambda: made.processes() == {}, "the end of every process")
        until(lambda: kept(made) == before, f"what there was before: {before}, but {kept(made)}")
        assert resident_kib() - before_kib < MOST_GROWTH_KIB
