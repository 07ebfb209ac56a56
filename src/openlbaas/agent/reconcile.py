"""Making a load balancer what its spec says: look, plan, do, tell."""

from typing import Any

import structlog

from openlbaas.agent.observe import Measuring, Watchdog
from openlbaas.agent.queue import Queue, Verdict
from openlbaas.agent.report import Reporter
from openlbaas.desired.spec import Spec
from openlbaas.domain.errors import HostFault
from openlbaas.drivers.interface import InstanceDriver

STRANGER_REVISION = 0
_LOG = structlog.get_logger()


class Reconciler:
    """Takes specs from the queue and carries them out; several threads may run it."""

    def __init__(
        self, host: str, driver: InstanceDriver[Any, Any], queue: Queue, measuring: Measuring, reporter: Reporter
    ) -> None:
        """Take the driver that does the work, who measures what came of it, and whom to tell."""
        self._host = host
        self._driver = driver
        self._queue = queue
        self._measuring = measuring
        self._watchdog = measuring.watchdog
        self._reporter = reporter
        self._refusals: dict[str, tuple[int, str]] = {}

    def run(self) -> None:
        """Work until the queue is closed."""
        while (spec := self._queue.take()) is not None:
            verdict = Verdict.FAILED
            try:
                verdict = self.turn(spec)
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("a turn ended in an error of the agent", load_balancer=spec.id)
            finally:
                self._queue.end(spec, verdict)

    def refusal(self, load_balancer_id: str) -> str:
        """Name the reason why the last try failed; empty when it did not."""
        return self._refusals.get(load_balancer_id, (0, ""))[1]

    def turn(self, spec: Spec) -> Verdict:
        """Carry out one spec and tell what became of it."""
        reason = self._reason(spec)
        self._reporter.turn(spec.id, self._driver.role(spec.id) if spec.pair is not None else None)
        if spec.revision != STRANGER_REVISION:
            self._reporter.tell(spec, reason)
        if reason is not None:
            return Verdict.FAILED
        if not spec.present:
            self._reporter.forget(spec.id)
        return Verdict.DONE

    def _reason(self, spec: Spec) -> str | None:
        """Carry out one spec and name the reason why it could not be; None when it was."""
        try:
            steps = self._carry_out(spec)
        except HostFault as fault:
            self._log_refusal(spec, str(fault))
            return str(fault)
        except Exception:  # noqa: BLE001 - logged, and the process goes on
            _LOG.exception("a spec could not be carried out", load_balancer=spec.id, revision=spec.revision)
            return f"internal error on host {self._host}: see the agent's log"
        self._refusals.pop(spec.id, None)
        if steps:
            what = "applied" if spec.present else "removed"
            _LOG.info(what, load_balancer=spec.id, revision=spec.revision, steps=steps)
        return None

    def _log_refusal(self, spec: Spec, reason: str) -> None:
        """Log a refusal once, however often the spec is tried again."""
        refusal = (spec.revision, reason)
        if self._refusals.get(spec.id) != refusal:
            self._refusals[spec.id] = refusal
            _LOG.warning("refused", load_balancer=spec.id, revision=spec.revision, reason=reason)

    def _carry_out(self, spec: Spec) -> int:
        """Do what must be done and count the steps.

        Order:  the watch is off while steps are done, or the end of the process that is replaced would be a death.
        Raises: HostFault.
        """
        if spec.present and spec.driver != self._driver.name:
            raise HostFault(f"host {self._host} has no driver {spec.driver}")
        steps = self._driver.plan(self._driver.look(spec.id), spec)
        if not steps:
            self._follow(spec)
            return 0
        if self._watchdog.leave(spec.id):
            # What the process that may be replaced has counted since it was asked last.
            self._measuring.measure(spec, hurry=False)
        try:
            self._driver.do(spec, steps)
        finally:
            self._follow(spec)
        if spec.present:
            # What came of it goes into the report that says that it is done.
            self._measuring.measure(spec, hurry=False)
        return len(steps)

    def _follow(self, spec: Spec) -> None:
        if spec.present:
            self._watchdog.follow(spec)
        else:
            self._watchdog.leave(spec.id)


def adopt(driver: InstanceDriver[Any, Any], queue: Queue, watchdog: Watchdog) -> int:
    """Take over what runs on this host, touching nothing, and count it."""
    count = 0
    for load_balancer_id in sorted(driver.inventory()):
        try:
            spec = driver.recorded(load_balancer_id)
            if spec is not None and spec.present:
                queue.adopt(spec)
                watchdog.follow(spec)
                count += 1
        except Exception:  # noqa: BLE001 - logged; no single load balancer keeps an agent from starting
            _LOG.exception("one could not be adopted; the first answer of a server repairs it", id=load_balancer_id)
    return count
