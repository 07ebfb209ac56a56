"""What the driver hears and counts: news of members at once, and every request once, whatever process served it."""

import os
import signal
import socket
import threading
from pathlib import Path

from balancers import BRIDGE, CLIENT, VIP, WEB1, WEB2, bare, full, id_of, monitor
from netns_host import Host, Web, alone, apply, host, once, until
from totals import Totals

from openlbaas.desired.spec import Spec
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns
from openlbaas.drivers.haproxy_netns.hints import Hints

LISTENER = id_of(3, 1)
TWO = id_of(5, 2)


def neighbours(made: Host) -> tuple[Web, Web]:
    made.neighbour("web1", BRIDGE, f"{WEB1}/24")
    made.neighbour("web2", BRIDGE, f"{WEB2}/24")
    made.neighbour("client", BRIDGE, f"{CLIENT}/24")
    return Web("web1", "web1", WEB1), Web("web2", "web2", WEB2)


def seen_of_two(driver: HaproxyNetns, spec: Spec) -> str:
    """Ask how the second member is."""
    health = driver.measure(spec).health.get(TWO)
    return "" if health is None else health.value


def listening_agent(made: Host, spec: Spec, heard: Path) -> int:
    """Listen in a process of its own, which asks when it hears news and never else, and notes it; its number."""
    child = os.fork()
    if child == 0:
        driver = HaproxyNetns(made.options)
        driver.notify(lambda id_: id_ == spec.id and heard.write_text(seen_of_two(driver, spec)))
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
        spec = full(health_monitor=monitor())
        first = listening_agent(made, spec, heard)
        driver = HaproxyNetns(made.options)
        apply(driver, spec)
        until(lambda: heard.read_text() == "UP", "word of its first check")
        web2.stop()
        until(lambda: heard.read_text() == "DOWN", "word of its end")
        # An agent that begins anew listens where the one before did, and HAProxy finds it.
        os.kill(first, signal.SIGKILL)
        os.waitpid(first, 0)
        later: list[str] = []
        driver.notify(lambda _: later.append(seen_of_two(driver, spec)))
        Web("web2", "web2", WEB2)
        until(lambda: "UP" in later, "word of its return")


@alone
def test_when_many_go_at_once_somebody_slow_hears_of_them_all(tmp_path: Path) -> None:
    with host(tmp_path) as made:
        path = made.options.state_path + "/slow.sock"
        go, heard = threading.Event(), []

        def hear(load_balancer_id: str) -> None:
            go.wait()
            heard.append(load_balancer_id)

        Hints(Path(path), os.getegid(), hear)
        for number in range(500):
            line = f"<129>Nov 23 20:00:04 qlbaas-{number}[1]: Server b/s is DOWN. 2 active servers left."
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as talk:
                talk.sendto(line.encode(), path)
        go.set()
        until(lambda: len(heard) == 500, "all of them")
        assert heard == [str(number) for number in range(500)]


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
        server = Totals()
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
