"""What a large load balancer costs on its host: 20 listeners, 40 pools and 1,000 members, with and without monitors.

    python benchmarks/large.py [RUNS]

The benchmark is a host of its own, as that of the network is. What is timed is rendering alone, the whole way from a
look to a process that listens, a look that finds nothing to do, and two changes of an ordinary kind.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from harness import show
from network import carry_out, gone, move, timed
from openlbaas.desired.spec import (
    AddressSpec,
    HealthMonitorSpec,
    ListenerSpec,
    MemberSpec,
    NetworkSpec,
    PolicySpec,
    PoolSpec,
    RuleSpec,
    Spec,
    VipSpec,
)
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns
from openlbaas.haproxy.render import Surroundings, render
from openlbaas.settings.values import Haproxy

LISTENERS, POOLS, MEMBERS, POLICIES = 20, 40, 1000, 40
AROUND = Surroundings(
    stats_socket="/s/haproxy_stats.sock",
    state_file="/s/haproxy.state",
    files_folder="/s/files",
    hints_socket="/s/hints",
)
SLOW = HealthMonitorSpec(id=f"{1:036x}", type="HTTP", delay_s=60, timeout_s=5, fall=3, rise=2, url_path="/health")


def id_of(kind: int, number: int) -> str:
    """Make an id that looks like one."""
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def pool(number: int, members: int) -> PoolSpec:
    """Describe a pool with its share of all members."""
    own = tuple(
        MemberSpec(id=id_of(5, number * 1000 + n), address=f"172.20.{1 + number}.{1 + n}", port=80)
        for n in range(members)
    )
    return PoolSpec(id=id_of(4, number), protocol="HTTP", algorithm="ROUND_ROBIN", members=own, health_monitor=SLOW)


def policy(number: int) -> PolicySpec:
    """Describe a policy with one rule."""
    rule = RuleSpec(id=id_of(8, number), type="PATH", compare_type="STARTS_WITH", value=f"/{number}/")
    return PolicySpec(
        id=id_of(7, number), action="REDIRECT_TO_POOL", redirect_pool_id=id_of(4, number % POOLS), rules=(rule,)
    )


def large() -> Spec:
    """Describe the load balancer."""
    each = POLICIES // LISTENERS
    listeners = tuple(
        ListenerSpec(
            id=id_of(3, n),
            protocol="HTTP",
            port=8000 + n,
            default_pool_id=id_of(4, n),
            policies=tuple(policy(n * each + m) for m in range(each)),
        )
        for n in range(LISTENERS)
    )
    vip = VipSpec(
        port_id=id_of(2, 1),
        mac_address="fa:16:3e:00:00:01",
        network=NetworkSpec(id=id_of(9, 1)),
        addresses=(AddressSpec("172.20.0.4", 16),),
    )
    pools = tuple(pool(n, MEMBERS // POOLS) for n in range(POOLS))
    return Spec(id=id_of(1, 1), revision=1, project_id="benchmark", vip=vip, listeners=listeners, pools=pools)


def main() -> None:
    """Run and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    move()
    figures: dict[str, list[float]] = {}

    def note(name: str, work: Callable[[], object]) -> None:
        figures.setdefault(name, []).append(timed(work)[0])

    wanted = large()
    fewer = msgspec.structs.replace(wanted, pools=tuple(pool(n, MEMBERS // POOLS - 1) for n in range(POOLS)))
    heavier = tuple(msgspec.structs.replace(m, weight=7) for m in wanted.pools[0].members)
    changed = msgspec.structs.replace(
        wanted, pools=(msgspec.structs.replace(wanted.pools[0], members=heavier), *wanted.pools[1:])
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        options = Haproxy(
            binary="haproxy", user="nobody", user_group="nogroup", send_gratuitous_arp=3, hard_stop_after_s=1,
            state_path=folder,
        )  # fmt: skip
        driver = HaproxyNetns(options)
        for _ in range(runs):
            note("render", lambda: render(wanted, AROUND))
            note("apply to a bare host", lambda: carry_out(driver, wanted))
            note("look, nothing to do", lambda: carry_out(driver, wanted))
            note("apply other weights", lambda: carry_out(driver, changed))
            note("apply 40 members fewer", lambda: carry_out(driver, fewer))
            note("remove", lambda: carry_out(driver, gone(wanted)))
    bars = {"render": "< 20", "apply to a bare host": "< 1000"}
    show([(name, times, "ms", bars.get(name, "")) for name, times in figures.items()])


if __name__ == "__main__":
    main()
