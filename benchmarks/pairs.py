"""How long a load balancer of two hosts is away, seen by a client that asks every 10 ms on new connections.

    python benchmarks/pairs.py [RUNS]

The hosts, their network and the client are those of the integration tests: namespaces of one machine. The client gives
a connection 50 ms, so what is away for a moment may be seen as away for 60 ms longer. The bars are those of issue 5.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "integration"))

from netns_host import alone, until
from rival_hosts import Host, Polling
from test_pairs import kill, of, only, paired, two

from harness import show

RUNS = 10
BARS_MS = {"host dies": 500, "planned switch": 50}


def host_dies(one: Host) -> None:
    """End everything on a host at once."""
    one.cut()
    one.lose_power()


def gap_ms(event: Callable[[], object], then: str) -> float:
    """Let something happen; how long nobody answered until another host did."""
    polling = Polling("client")
    polling.latest(20)
    event()
    until(lambda: only(polling, then), then)
    return polling.close().gap_s() * 1e3


def run() -> dict[str, float]:
    """Measure everything once, on hosts of its own."""
    with tempfile.TemporaryDirectory() as folder, two(Path(folder)) as (a, b):
        paired(a, b).close()
        rest = Polling("client")
        rest.latest(50)
        found = {"nothing happens": rest.close().gap_s() * 1e3}
        found["planned switch"] = gap_ms(lambda: b.tell(of(2, takes_over=True)), "b")
        assert b.tell(of(2)) == "applied"
        found["HAProxy dies"] = gap_ms(lambda: kill(b, "haproxy"), "a")
        until(lambda: b.roles()[-1] == "STANDBY", "that b stands by")
        found["host dies"] = gap_ms(lambda: host_dies(a), "b")
        return found


def told_in(file: str) -> None:
    """Measure once and write it down."""
    Path(file).write_text(json.dumps(run()))


def main() -> None:
    """Measure and print."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    every = []
    for _ in range(runs):
        with tempfile.NamedTemporaryFile() as told:
            # What a run leaves behind ends with its host.
            alone(told_in)(told.name)
            every.append(json.loads(Path(told.name).read_text()))
    bars = {event: f"< {bar}" for event, bar in BARS_MS.items()}
    show([(event, [each[event] for each in every], "ms", bars.get(event, "")) for event in every[0]])


if __name__ == "__main__":
    main()
