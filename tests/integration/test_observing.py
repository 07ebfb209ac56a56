"""What the driver hears and counts: news of members at once, and every request once, whatever process served it."""

import os
import signal
from pathlib import Path

from balancers import BRIDGE, CLIENT, VIP, WEB1, WEB2, bare, full, id_of, monitor
from netns_host import Host, Web, alone, apply, host, once, until

from openlbaas.dialects.host_v1 import Sample
from openlbaas.domain.statistics import COUNTERS, Counted, Statistics, Told, merged, only
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns

LISTENER = id_of(3, 1)
REQUESTS = COUNTERS.index("requests")
TWO = id_of(5, 2)


def neighbours(made: Host) -> tuple[Web, Web]:
    made.neighbour("web1", BRIDGE, f"{WEB1}/24")
    made.neighbour("web2", BRIDGE, f"{WEB2}/24")
    made.neighbour("client", BRIDGE, f"{CLIENT}/24")
    return Web("web1", "web1", WEB1), Web("web2", "web2", WEB2)


def listening_agent(made: Host, heard: Path) -> int:
    """Listen in a process of its own, which notes in a file what it hears; its number."""
    child = os.fork()
    if child == 0:
        driver = HaproxyNetns(made.options)
        driver.notify(heard.write_text)
        heard.touch()
        signal.pause()
    until(heard.exists, "somebody who listens")
    return child


@alone
def test_news_of_a_member_comes_by_itself(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        apply(HaproxyNetns(made.options), bare())
        _, web2 = neighbours(made)
        heard = tmp_path / "heard"
        first = listening_agent(made, heard)
        driver = HaproxyNetns(made.options)
        spec = full(health_monitor=monitor())
        apply(driver, spec)
        until(lambda: driver.measure(spec).health.get(TWO) is MemberHealth.UP, "the first checks")
        web2.stop()
        until(lambda: heard.read_text() == spec.id, "word of its end")
        assert driver.measure(spec).health[TWO] is MemberHealth.DOWN
        # An agent that begins anew listens where the one before did, and HAProxy finds it.
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
        later: list[str] = []
        driver.notify(later.append)
        Web("web2", "web2", WEB2)
        until(lambda: spec.id in later, "word of its return")
        assert driver.measure(spec).health[TWO] is MemberHealth.UP


class Server:
    """Adds up what is told, as the server does."""

    def __init__(self) -> None:
        self.found = Statistics()

    def take(self, samples: tuple[Sample, ...]) -> int:
        """Take samples in and name how many requests there were in all."""
        told = [
            Told(
                each.process,
                Counted(listeners={k: tuple(getattr(v, n) for n in COUNTERS) for k, v in each.listeners.items()}),
                ended=each.ended,
            )
            for each in samples
        ]
        self.found = merged(self.found, told)
        if samples:
            self.found = only(self.found, (each.process for each in samples))
        return self.found.whole[REQUESTS]


def asked(times: int) -> None:
    for _ in range(times):
        assert once("client", VIP)


@alone
def test_every_request_is_counted_once(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        driver = HaproxyNetns(made.options)
        apply(driver, bare())
        neighbours(made)
        spec = full()
        apply(driver, spec)
        server = Server()
        asked(7)
        assert server.take(driver.measure(spec).samples) == 7
        assert server.take(driver.measure(spec).samples) == 7
        asked(5)
        # Another algorithm needs another process.
        other = full(algorithm="LEAST_CONNECTIONS", revision=3)
        server.take(driver.measure(spec).samples)
        apply(driver, other)
        asked(3)
        until(lambda: server.take(driver.measure(other).samples) == 15, "all requests")
        again = HaproxyNetns(made.options)
        asked(2)
        assert server.take(again.measure(other).samples) == 17
        (process,) = made.processes()
        os.kill(process, signal.SIGKILL)
        until(lambda: process not in made.processes(), "the end of the process")
        apply(again, other)
        asked(1)
        assert server.take(again.measure(other).samples) == 18
        apply(again, bare(revision=4))
        server.take(again.measure(other).samples)
        assert server.found.seen == {}
        assert set(server.found.counted.listeners) == {LISTENER}
