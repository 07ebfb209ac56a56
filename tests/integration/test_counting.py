"""What is counted while processes hand over to each other under load, and for connections that outlive them."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
from balancers import BRIDGE, CLIENT, VIP, WEB1, WEB2, bare, full, other
from netns_host import Browser, Host, Web, alone, apply, host, once, until
from totals import Totals

from openlbaas.desired.spec import Spec
from openlbaas.drivers.haproxy_netns.driver import HaproxyNetns


@contextlib.contextmanager
def serving(made: Host, spec: Spec) -> Iterator[tuple[HaproxyNetns, Web, Web]]:
    """Have a load balancer that serves, and its members."""
    driver = made.driver()
    apply(driver, bare())
    for name, address in (("web1", WEB1), ("web2", WEB2), ("client", CLIENT)):
        made.neighbour(name, BRIDGE, f"{address}/24")
    webs = Web("web1", "web1", WEB1), Web("web2", "web2", WEB2)
    apply(driver, spec)
    yield driver, *webs


class Load:
    """Clients that ask until told to stop: some on a connection each time, some on one that they keep."""

    def __init__(self) -> None:
        self.answered = [0] * 4
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(len(self.answered))]
        for thread in self._threads:
            thread.start()

    def _ask(self, number: int) -> None:
        browser = Browser("client", VIP)
        while not self._ending.is_set():
            answer = once("client", VIP) if number % 2 else browser.get_again()
            assert answer in {"web1", "web2"}, answer
            self.answered[number] += 1
        browser.close()

    def end(self) -> int:
        """Stop, and name how many requests were answered."""
        self._ending.set()
        for thread in self._threads:
            thread.join()
        return sum(self.answered)


@alone
def test_reloads_under_load_count_each_request_once(tmp_path: Path) -> None:
    with host(tmp_path) as made, serving(made, full()) as (driver, *_):
        spec, totals, load = full(), Totals(), Load()
        told = [0]
        for turn in range(8):
            before = sum(load.answered)
            until(lambda before=before: sum(load.answered) > before + 20, "more answers")
            (pool,) = spec.pools
            algorithm = "LEAST_CONNECTIONS" if turn % 2 == 0 else "ROUND_ROBIN"
            told.append(totals.take(driver.measure(spec).samples))
            spec = other(spec, pools=(msgspec.structs.replace(pool, algorithm=algorithm),))
            apply(driver, spec)
            told.append(totals.take(driver.measure(spec).samples))
        answered = load.end()
        until(lambda: totals.take(driver.measure(spec).samples) >= answered, "the last counts")
        until(lambda: len(totals.found.seen) == 1, "the end of all that were replaced")
        assert totals["requests"] == answered
        assert totals["responses_2xx"] == answered
        assert sum(totals.of_members("responses_2xx").values()) == answered
        assert told == sorted(told)


@alone
def test_what_outlives_its_process_is_counted_to_its_end(tmp_path: Path) -> None:
    with host(tmp_path) as made, serving(made, full()) as (driver, *webs):
        totals, spec = Totals(), full()
        for web in webs:
            web.hold.clear()
        asking = threading.Thread(target=once, args=("client", VIP))
        asking.start()
        until(lambda: sum(len(web.requests) for web in webs) == 1, "the request")
        (process,) = made.processes()
        spec = other(spec, pools=(msgspec.structs.replace(spec.pools[0], algorithm="LEAST_CONNECTIONS"),))
        apply(driver, spec)
        assert process in made.processes()
        totals.take(driver.measure(spec).samples)
        assert totals["active_connections"] == 1
        assert totals["responses_2xx"] == 0
        for web in webs:
            web.hold.set()
        asking.join()
        until(lambda: totals.take(driver.measure(spec).samples) and len(totals.found.seen) == 1, "its end")
        assert totals["responses_2xx"] == 1
        assert totals["active_connections"] == 0
        assert sum(totals.of_members("bytes_out").values()) == totals["bytes_out"] > len("web1")


@alone
def test_a_connection_that_does_not_end_is_counted_all_the_same(tmp_path: Path) -> None:
    (listener,), (pool,) = full().listeners, full().pools
    replace = msgspec.structs.replace
    spec = full()
    spec = replace(spec, listeners=(replace(listener, protocol="TCP"),), pools=(replace(pool, protocol="TCP"),))
    with host(tmp_path) as made, serving(made, spec) as (driver, *_):
        totals, browser = Totals(), Browser("client", VIP)
        (process,) = made.processes()
        browser.get()
        until(lambda: totals.take(driver.measure(spec).samples) or totals["bytes_out"], "what it has carried")
        carried = totals["bytes_out"]
        spec = other(spec, pools=(replace(spec.pools[0], algorithm="LEAST_CONNECTIONS"),))
        apply(driver, spec)
        for _ in range(3):
            browser.get()
        browser.close()
        until(lambda: not totals.take(driver.measure(spec).samples) and len(totals.found.seen) == 1, "its end")
        until(lambda: process not in made.processes(), "the end of the process")
        assert totals["bytes_out"] == 4 * carried
        assert totals["total_connections"] == 1
