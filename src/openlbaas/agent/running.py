"""The agent put together: which thread does what, and how they end."""

import threading
import time
from collections.abc import Callable, Iterator
from random import Random, SystemRandom
from typing import Any

import structlog

from openlbaas.agent.contact import LONGEST_PAUSE_S, Contact, Pauses
from openlbaas.agent.inquiries import Inquiries
from openlbaas.agent.observe import Measuring, Watchdog
from openlbaas.agent.queue import Backlog, Queue
from openlbaas.agent.recall import Recall
from openlbaas.agent.reconcile import Reconciler, adopt
from openlbaas.agent.report import Reporter
from openlbaas.agent.sync import Sync
from openlbaas.agent.tunnels import Tunnels
from openlbaas.client.host import HostClient
from openlbaas.dialects.host_v1 import Report
from openlbaas.domain.vocabulary import Role
from openlbaas.drivers.interface import InstanceDriver
from openlbaas.settings.values import AgentOptions, HostProtocol

_LAST_WORK_S = 0.5
_LAST_WORDS_S = 0.3
_LOG = structlog.get_logger()


class Agent:
    """The threads of one host's agent.

    Order: start once, stop once. Every thread is a daemon: what an end interrupts is seen and repaired by the next
    agent's first look, as after a crash.
    """

    def __init__(
        self,
        options: AgentOptions,
        protocol: HostProtocol,
        driver: InstanceDriver[Any, Any],
        random: Random | None = None,
    ) -> None:
        """Put the parts together; nothing is asked and nothing touched yet.

        Raises: ValueError when the address of a server can't be read.
        """
        chance = random or SystemRandom()
        self._driver = driver
        self._contact = Contact()
        self._asking = HostClient(protocol.servers, protocol.token, options.host)
        self._telling = HostClient(protocol.servers, protocol.token, options.host)
        self._queue = Queue(Backlog(options.heal_interval_s, chance.random))
        self._watchdog = Watchdog(driver, self._fell)
        self._reporter = Reporter(
            self._telling,
            self._contact,
            # Who is silent for longer than usual is soon taken for dead.
            Pauses(chance, min(options.report_interval_s, LONGEST_PAUSE_S)),
            _blank(options, driver),
            interval_s=options.report_interval_s,
            instances=lambda: sum(spec.present for spec in self._queue.specs()),
        )
        self._measuring = Measuring(driver, self._watchdog, self._reporter, options.measure_interval_s)
        driver.notify(self._measuring.hasten)
        driver.take_turns(self._turned)
        reconciler = Reconciler(options.host, driver, self._queue, self._measuring, self._reporter)
        self._tunnels = Tunnels(driver, options.heal_interval_s)
        self._recall = Recall(driver, self._queue, self._watchdog)
        self._sync = Sync(
            self._asking,
            self._contact,
            Pauses(chance),
            self._queue,
            self._reporter,
            self._tunnels,
            inventory=driver.inventory,
            answer=Inquiries(driver, self._queue, reconciler.refusal).answer,
            told=self._recall.told,
            wait_s=protocol.feed_wait_s,
        )
        self._workers = [_thread(f"worker-{n}", reconciler.run) for n in range(options.workers)]
        self._speaker = _thread("report", self._reporter.run)
        parts = (self._sync, self._watchdog, self._measuring, self._tunnels, self._recall)
        self._others = [_thread(type(part).__name__.lower(), part.run) for part in parts]

    def start(self) -> None:
        """Adopt what runs, then begin to ask."""
        self._driver.guard(self._queue.look)
        adopted = adopt(self._driver, self._queue, self._watchdog)
        self._measuring.hasten_all()
        for spec in self._queue.specs():
            self._turned(spec.id)
        _LOG.info("started", adopted=adopted)
        for thread in self._threads():
            thread.start()

    def stop(self) -> None:
        """End within a second; what runs on the host runs on."""
        self._recall.close()
        self._queue.close()
        self._measuring.close()
        self._watchdog.close()
        self._tunnels.close()
        _join(self._workers, _LAST_WORK_S)
        self._reporter.close()
        _join([self._speaker], _LAST_WORDS_S)
        self._contact.close()
        self._asking.close()
        self._telling.close()
        _join(list(self._threads()), _LAST_WORDS_S)

    def _fell(self, load_balancer_id: str) -> None:
        self._queue.fell(load_balancer_id)
        self._reporter.mourn(load_balancer_id)

    def _turned(self, load_balancer_id: str) -> None:
        role = self._driver.role(load_balancer_id)
        self._reporter.turn(load_balancer_id, role)
        if role is Role.FAULT:
            self._queue.look(load_balancer_id)

    def _threads(self) -> Iterator[threading.Thread]:
        yield from (*self._workers, self._speaker, *self._others)


def _blank(options: AgentOptions, driver: InstanceDriver[Any, Any]) -> Report:
    """Write the report that says nothing but who tells."""
    return Report(
        host=options.host,
        drivers=(driver.name,),
        availability_zone=options.availability_zone or None,
        configurations={
            "capacity": options.capacity,
            "report_interval": options.report_interval_s,
            **driver.configurations,
        },
    )


def _thread(name: str, run: Callable[[], None]) -> threading.Thread:
    return threading.Thread(target=run, name=name, daemon=True)


def _join(threads: list[threading.Thread], longest_s: float) -> None:
    until = time.monotonic() + longest_s
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
