"""What the host has to say: gathered from every thread, sent by one.

Nothing is sent twice for the same result, and nothing is dropped before a server has taken it in.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping

import msgspec
import structlog

from openlbaas.agent.contact import Contact, Pauses
from openlbaas.client.host import HostClient, UnknownHost, Unreachable
from openlbaas.desired.spec import Spec, digest
from openlbaas.dialects.host_v1 import Answer, Outcome, Report, Sample
from openlbaas.domain.vocabulary import MemberHealth, Role

_MOST_ENDED = 256
"""Processes of one load balancer that ended while no server took anything in."""
_LOG = structlog.get_logger()


class Reporter:
    """Sends outcomes and health at once, and a heartbeat when there was nothing for a while."""

    def __init__(  # noqa: PLR0913 - what a report is made of
        self,
        client: HostClient,
        contact: Contact,
        pauses: Pauses,
        blank: Report,
        *,
        interval_s: float,
        instances: Callable[[], int],
    ) -> None:
        """Take the report that says nothing yet; instances counts the load balancers of the host."""
        self._client = client
        self._contact = contact
        self._pauses = pauses
        self._blank = blank
        self._interval_s = interval_s
        self._instances = instances
        self._moved = threading.Condition()
        self._closed = False
        self._started = True
        self._introduced = 0
        self._beat_at = 0.0
        self._outcomes: dict[tuple[str, bool], Outcome] = {}
        self._members: dict[str, dict[str, str]] = {}
        self._told: dict[str, tuple[int, bool]] = {}
        self._seen: dict[str, dict[str, str]] = {}
        self._statistics: dict[str, tuple[Sample, ...]] = {}
        self._counted: dict[str, tuple[Sample, ...]] = {}
        self._died: dict[str, None] = {}
        self._roles: dict[str, str] = {}
        self._turned: dict[str, Role] = {}
        self._answers: dict[str, Answer] = {}

    def tell(self, spec: Spec, reason: str | None) -> None:
        """Tell what became of a spec: applied, or refused for a reason; once per result."""
        applied = reason is None
        with self._moved:
            if self._told.get(spec.id) == (spec.revision, applied):
                return
            self._told[spec.id] = (spec.revision, applied)
            # What was applied stays said beside a later refusal: the server needs to know both.
            self._outcomes.pop((spec.id, applied), None)
            self._outcomes[spec.id, applied] = Outcome(
                load_balancer_id=spec.id,
                revision=spec.revision,
                digest=digest(spec),
                applied=applied,
                reason=reason or "",
            )
            self._moved.notify_all()

    def see(self, load_balancer_id: str, health: Mapping[str, MemberHealth], *, hurry: bool = True) -> None:
        """Tell the health of members, if it is news: at once, or with the next report."""
        members = {member_id: seen.value for member_id, seen in health.items()}
        with self._moved:
            if self._seen.get(load_balancer_id, {}) == members:
                return
            self._seen[load_balancer_id] = members
            self._members[load_balancer_id] = members
            if hurry:
                self._moved.notify_all()

    def count(self, load_balancer_id: str, samples: tuple[Sample, ...]) -> None:
        """Tell what was counted, if it is news, with the next report; what is gone is kept until it is taken in."""
        with self._moved:
            if not samples or self._counted.get(load_balancer_id) == samples:
                return
            self._counted[load_balancer_id] = samples
            gone = tuple(each for each in self._statistics.get(load_balancer_id, ()) if each.ended)
            self._statistics[load_balancer_id] = latest(gone, samples)

    def answer(self, answer: Answer) -> None:
        """Tell what somebody asked, at once."""
        with self._moved:
            self._answers[answer.id] = answer
            self._moved.notify_all()

    def mourn(self, load_balancer_id: str) -> None:
        """Tell at once that what served a load balancer ended by itself."""
        with self._moved:
            self._died[load_balancer_id] = None
            self._moved.notify_all()

    def turn(self, load_balancer_id: str, role: Role | None) -> None:
        """Tell at once what this host is for a load balancer that two serve by turns, if it is news."""
        with self._moved:
            if self._turned.get(load_balancer_id) is role:
                return
            if role is None:
                del self._turned[load_balancer_id]
                self._roles.pop(load_balancer_id, None)
                return
            self._turned[load_balancer_id] = role
            self._roles[load_balancer_id] = role.value
            if role is Role.ACTIVE and load_balancer_id in self._seen:
                # Members are as the host sees them that has the VIP.
                self._members[load_balancer_id] = self._seen[load_balancer_id]
            self._moved.notify_all()

    def forget(self, load_balancer_id: str) -> None:
        """Say whatever comes of this load balancer, even if it was said before."""
        with self._moved:
            self._told.pop(load_balancer_id, None)
            self._seen.pop(load_balancer_id, None)
            self._counted.pop(load_balancer_id, None)
            self._turned.pop(load_balancer_id, None)

    def forget_all(self) -> None:
        """Say everything again: the server may have lost it."""
        with self._moved:
            self._told.clear()
            self._seen.clear()
            self._counted.clear()
            self._roles = {load_balancer_id: role.value for load_balancer_id, role in self._turned.items()}

    def introduce(self) -> None:
        """Report as one who has just started; returns when a server has taken it in, or at the end."""
        with self._moved:
            self._started = True
            before = self._introduced
            self._moved.notify_all()
            self._moved.wait_for(lambda: self._closed or self._introduced > before)

    def run(self) -> None:
        """Send until closed."""
        while True:
            report = self._next()
            if report is None:
                return
            try:
                self._send(report)
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("a report failed; it is sent again")
                self._put_back(report)
                self._contact.pause(self._pauses.next_s())

    def close(self) -> None:
        """End as soon as what was gathered is sent."""
        with self._moved:
            self._closed = True
            self._moved.notify_all()

    def _send(self, report: Report) -> None:
        try:
            self._client.report(report)
        except (Unreachable, UnknownHost) as problem:
            self._put_back(report)
            self._contact.failed(problem)
            self._contact.pause(self._pauses.next_s())
            return
        self._pauses.reset()
        self._contact.answered()
        with self._moved:
            self._beat_at = time.monotonic() + self._interval_s
            if report.started:
                self._introduced += 1
                self._moved.notify_all()

    def _next(self) -> Report | None:
        """Wait for something to say, or the time to say that there is nothing."""
        with self._moved:
            while not self._pending():
                left_s = self._beat_at - time.monotonic()
                if self._closed or left_s <= 0:
                    break
                self._moved.wait(left_s)
            if self._closed and (self._contact.closed or not (self._pending() or self._statistics)):
                return None
            outcomes, self._outcomes = tuple(self._outcomes.values()), {}
            members, self._members = self._members, {}
            statistics, self._statistics = self._statistics, {}
            died, self._died = tuple(self._died), {}
            roles, self._roles = self._roles, {}
            answers, self._answers = tuple(self._answers.values()), {}
            started, self._started = self._started, False
        return msgspec.structs.replace(
            self._blank,
            started=started,
            instances=self._instances(),
            outcomes=outcomes,
            members=members,
            statistics=statistics,
            died=died,
            roles=roles,
            answers=answers,
        )

    def _pending(self) -> bool:
        return bool(self._started or self._outcomes or self._members or self._died or self._roles or self._answers)

    def _put_back(self, report: Report) -> None:
        """Keep what was not taken in, except where there is newer."""
        with self._moved:
            self._started = self._started or report.started
            kept = {(outcome.load_balancer_id, outcome.applied): outcome for outcome in report.outcomes}
            self._outcomes = {**kept, **self._outcomes}
            self._members = {**report.members, **self._members}
            self._died = {**dict.fromkeys(report.died), **self._died}
            self._roles = {**report.roles, **self._roles}
            self._answers = {**{each.id: each for each in report.answers}, **self._answers}
            for load_balancer_id, samples in report.statistics.items():
                self._statistics[load_balancer_id] = latest(samples, self._statistics.get(load_balancer_id, ()))


def latest(before: Iterable[Sample], now: Iterable[Sample]) -> tuple[Sample, ...]:
    """Keep one sample of each process: the one that says that it ended, else the newer; of the ended the last ones."""
    found: dict[str, Sample] = {}
    for each in (*before, *now):
        known = found.get(each.process)
        if known is None or not known.ended:
            found[each.process] = each
    ended = [process for process, each in found.items() if each.ended]
    for process in ended[: max(len(ended) - _MOST_ENDED, 0)]:
        del found[process]
    return tuple(found.values())
