"""What happens by itself on a host: processes that end, members that come and go."""

import os
import select
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog

from openlbaas.agent.report import Reporter
from openlbaas.desired.spec import Spec
from openlbaas.domain.errors import HostFault
from openlbaas.drivers.interface import InstanceDriver

_SHORTEST_PAUSE_S, _PAUSE_S = 0.001, 1.0
# News of one load balancer, of whose thousand members each is checked anew, take a tenth of the time at most.
_RESTS, _LONGEST_REST_S = 9, 0.5
_LOG = structlog.get_logger()


class Watchdog:
    """Holds a descriptor of each process that serves, and says at once when one ends.

    Order: follow and leave are called by one thread at a time for the same load balancer.
    """

    def __init__(self, driver: InstanceDriver[Any, Any], fell: Callable[[str], None]) -> None:
        """Take the driver that opens the descriptors, and whom to call with the id of what fell."""
        self._driver = driver
        self._fell = fell
        self._guard = threading.Lock()
        self._descriptors: dict[str, int] = {}
        self._specs: dict[str, Spec] = {}
        self._epoll = select.epoll()
        self._wake = os.eventfd(0)
        self._epoll.register(self._wake, select.EPOLLIN)
        self._closed = False

    def follow(self, spec: Spec) -> None:
        """Watch the process of a load balancer, if one serves; once is enough."""
        if spec.id not in self._descriptors:
            descriptor = self._driver.watch(spec.id)
            if descriptor is None:
                return
            with self._guard:
                self._descriptors[spec.id] = descriptor
                self._epoll.register(descriptor, select.EPOLLIN)
        with self._guard:
            if spec.id in self._descriptors:
                self._specs[spec.id] = spec

    def leave(self, load_balancer_id: str) -> bool:
        """Watch the process of a load balancer no more, and tell whether it was watched."""
        with self._guard:
            watched = load_balancer_id in self._descriptors
            self._leave(load_balancer_id)
        return watched

    def followed(self) -> tuple[Spec, ...]:
        """List the load balancers with a process that serves."""
        with self._guard:
            return tuple(self._specs.values())

    def run(self) -> None:
        """Watch until closed."""
        while not self._closed:
            try:
                for descriptor, _ in self._epoll.poll():
                    self._notice(descriptor)
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("the watch failed; it goes on")

    def close(self) -> None:
        """Stop watching; what runs, runs on."""
        self._closed = True
        os.eventfd_write(self._wake, 1)

    def _notice(self, descriptor: int) -> None:
        load_balancer_id = self._ended(descriptor)
        if load_balancer_id is not None:
            self._driver.fell(load_balancer_id)
            _LOG.warning("a process ended by itself", load_balancer=load_balancer_id)
            self._fell(load_balancer_id)

    def _ended(self, descriptor: int) -> str | None:
        """Name whose process ended and leave it; None when the descriptor was given up meanwhile."""
        with self._guard:
            owners = (id_ for id_, held in self._descriptors.items() if held == descriptor)
            load_balancer_id = next(owners, None)
            # The number may name another process by now: only what ends now counts.
            if load_balancer_id is None or not _readable(descriptor):
                return None
            self._leave(load_balancer_id)
            return load_balancer_id

    def _leave(self, load_balancer_id: str) -> None:
        self._specs.pop(load_balancer_id, None)
        descriptor = self._descriptors.pop(load_balancer_id, None)
        if descriptor is not None:
            self._epoll.unregister(descriptor)
            os.close(descriptor)


def _readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


class Measuring:
    """Asks each load balancer that serves how its members are, one after the other through the interval."""

    def __init__(
        self, driver: InstanceDriver[Any, Any], watchdog: Watchdog, reporter: Reporter, interval_s: float
    ) -> None:
        """Take whom to ask and whom to tell."""
        self._driver = driver
        self.watchdog = watchdog
        self._reporter = reporter
        self._interval_s = interval_s
        self._closed = False
        self._wake = threading.Event()
        self._guard = threading.Lock()
        self._hastened: set[str] = set()
        self._due: dict[str, float] = {}
        self._soon: dict[str, float] = {}
        self._rests: dict[str, float] = {}

    def run(self) -> None:
        """Measure until closed."""
        pause_s = 0.0
        while True:
            if self._wake.wait(pause_s):
                self._wake.clear()
            if self._closed:
                return
            pause_s = self.round(time.monotonic())

    def hasten(self, load_balancer_id: str) -> None:
        """Measure a load balancer now, for something changed there, and still in its turn; from any thread."""
        with self._guard:
            self._hastened.add(load_balancer_id)
        self._wake.set()

    def hasten_all(self) -> None:
        """Measure every load balancer now: nobody listened while there was no agent."""
        with self._guard:
            self._hastened.update(spec.id for spec in self.watchdog.followed())
        self._wake.set()

    def round(self, now: float) -> float:
        """Measure what is due at an instant and say for how many seconds the rest may wait."""
        specs = {spec.id: spec for spec in self.watchdog.followed()}
        self._due = schedule(self._due, specs, now, self._interval_s)
        with self._guard:
            hastened, self._hastened = self._hastened, set()
        self._rests = {id_: until for id_, until in self._rests.items() if until > now}
        soon = {id_: self._rests.get(id_, now) for id_ in hastened} | self._soon
        self._soon = {id_: at for id_, at in soon.items() if id_ in specs}
        for load_balancer_id, due in self._due.items():
            if due <= now:
                self._due[load_balancer_id] = now + self._interval_s
            elif self._soon.get(load_balancer_id, due) > now:
                continue
            self._soon.pop(load_balancer_id, None)
            self._rests[load_balancer_id] = now + self._measured_within(specs[load_balancer_id])
        # Never so long that what has just begun to serve would wait, nor for each alone: by the handful it costs less.
        left_s = min(self._soon.values(), default=now + _PAUSE_S) - now
        return min(self._interval_s, max(left_s, _SHORTEST_PAUSE_S))

    def _measured_within(self, spec: Spec) -> float:
        """Measure a load balancer and say how long it has peace."""
        began = time.perf_counter()
        self.measure(spec)
        return min((time.perf_counter() - began) * (1 + _RESTS), _LONGEST_REST_S)

    def close(self) -> None:
        """Stop measuring."""
        self._closed = True
        self._wake.set()

    def measure(self, spec: Spec, *, hurry: bool = True) -> None:
        """Measure a load balancer now, in the calling thread; without hurry, news wait for the next report."""
        try:
            measured = self._driver.measure(spec)
            self._reporter.see(spec.id, measured.health, hurry=hurry)
            self._reporter.count(spec.id, measured.samples)
        except HostFault as fault:
            _LOG.debug("not measured", load_balancer=spec.id, reason=str(fault))
        except Exception:  # noqa: BLE001 - logged, and the process goes on
            _LOG.exception("a measurement failed", load_balancer=spec.id)


def schedule(due: dict[str, float], ids: Iterable[str], now: float, interval_s: float) -> dict[str, float]:
    """Keep when each is due; what is new begins now, spread over the interval when there are many."""
    new = [id_ for id_ in ids if id_ not in due]
    spread = {id_: now + interval_s * place / len(new) for place, id_ in enumerate(new)}
    return {id_: due[id_] if id_ in due else spread[id_] for id_ in ids}
