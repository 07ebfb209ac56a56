"""Learning what this host should run: the long-poll of its feed.

What a server says is put into the queue as it is. Only a full answer says that the rest must go; silence says nothing.
"""

import time
from collections.abc import Callable

import structlog

from openlbaas.agent.contact import Contact, Pauses
from openlbaas.agent.queue import Queue
from openlbaas.agent.reconcile import STRANGER_REVISION
from openlbaas.agent.report import Reporter
from openlbaas.agent.tunnels import Tunnels
from openlbaas.client.host import HostClient, UnknownHost, Unreachable
from openlbaas.desired.spec import Spec
from openlbaas.dialects.host_v1 import Answer, Feed, Inquiry

_FROM_THE_START = 0
_TOO_SOON_S = 0.1
_LOG = structlog.get_logger()


class Sync:
    """Asks for news, for ever."""

    def __init__(  # noqa: PLR0913 - it stands between all of them
        self,
        client: HostClient,
        contact: Contact,
        pauses: Pauses,
        queue: Queue,
        reporter: Reporter,
        tunnels: Tunnels,
        *,
        inventory: Callable[[], frozenset[str]],
        answer: Callable[[Inquiry], Answer],
        told: Callable[[], None],
        wait_s: float,
    ) -> None:
        """Take whom to ask; inventory names every load balancer of which the host has a trace.

        Shape: answer says what would be done for one of them.
        Order: told is called with each full answer, before anything of it is in the queue.
        """
        self._client = client
        self._contact = contact
        self._pauses = pauses
        self._queue = queue
        self._reporter = reporter
        self._tunnels = tunnels
        self._inventory = inventory
        self._answer = answer
        self._told = told
        self._wait_s = wait_s
        self._after = _FROM_THE_START
        self._agent_id: str | None = None

    def run(self) -> None:
        """Ask until the contact is closed."""
        while not self._contact.closed:
            try:
                self.ask()
            except Exception:  # noqa: BLE001 - logged, and the process goes on
                _LOG.exception("an answer could not be taken in; everything is asked for again")
                self._after = _FROM_THE_START
                self._contact.pause(self._pauses.next_s())

    def ask(self) -> None:
        """Ask once and take the answer in."""
        asked_at, after = time.monotonic(), self._after
        try:
            feed = self._client.feed(self._after, self._wait_s, self._tunnels.version)
        except UnknownHost:
            _LOG.info("the server does not know this host yet")
            self._after = _FROM_THE_START
            self._reporter.introduce()
            return
        except Unreachable as problem:
            self._contact.failed(problem)
            self._contact.pause(self._pauses.next_s())
            return
        self._pauses.reset()
        self._contact.answered()
        self._take(feed)
        if self._after == after and time.monotonic() - asked_at < _TOO_SOON_S:
            # Nothing was new, yet the server did not wait, as one that is about to end.
            self._contact.pause(self._pauses.next_s())

    def _take(self, feed: Feed) -> None:
        if not feed.full and self._agent_id not in (None, feed.agent_id):
            # The server knows this host as somebody new, whose positions say nothing about the old ones.
            self._agent_id, self._after = feed.agent_id, _FROM_THE_START
            return
        if feed.tunnels is not None:
            self._tunnels.take(feed.tunnels)
        if feed.full:
            self._told()
            self._reporter.forget_all()
            strangers = self._strangers(feed)
            _LOG.info("everything is known", load_balancers=len(feed.specs), strangers=len(strangers))
        else:
            strangers = ()
        for spec in (*feed.specs, *strangers):
            self._reporter.forget(spec.id)
            self._queue.put(spec)
        for inquiry in feed.inquiries:
            self._reporter.answer(self._answer(inquiry))
        self._agent_id, self._after = feed.agent_id, feed.position

    def _strangers(self, feed: Feed) -> tuple[Spec, ...]:
        """Name what a full answer does not list: no trace of it may stay."""
        listed = {spec.id for spec in feed.specs}
        known = {spec.id for spec in self._queue.specs()}
        gone = sorted((self._inventory() | known) - listed)
        return tuple(Spec(id=id_, revision=STRANGER_REVISION, project_id="", present=False) for id_ in gone)
