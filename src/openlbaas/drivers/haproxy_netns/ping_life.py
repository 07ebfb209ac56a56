"""When pinging begins, changes and ends in the life of a load balancer."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import structlog

from openlbaas.desired.spec import Spec
from openlbaas.domain.errors import NetworkFault
from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.drivers.haproxy_netns import control
from openlbaas.drivers.haproxy_netns.ping_targets import known, targets
from openlbaas.drivers.haproxy_netns.pinging import Pinging

_LOG = structlog.get_logger()


class PingLife:
    """Keeps what is pinged in step with what runs."""

    def __init__(self, pinging: Pinging, socket_of: Callable[[str], Path]) -> None:
        """Take who pings, and where each HAProxy answers."""
        self._pinging = pinging
        self._socket_of = socket_of

    @contextmanager
    def around(self, spec: Spec) -> Iterator[None]:
        """Carry a spec out within this context.

        Order:  a namespace lives as long as a socket in it, so pings end before anything else does; they begin or
                change when everything is done, and HAProxy is told everything again, also when something failed
        Raises: NetworkFault.
        """
        wanted = targets(spec)
        heard = {} if self._pinging.follows(spec.id) else self._heard(spec.id)
        if not wanted:
            self._pinging.leave(spec.id)
        try:
            yield
        except BaseException:
            self.renew(spec.id)
            raise
        try:
            self._pinging.follow(spec.id, wanted, heard)
        except OSError as error:
            raise NetworkFault(f"can't ping members: {error.strerror}") from error

    def adopt(self, spec: Spec | None) -> None:
        """Ping for what an agent before this one started, unless that is done already."""
        if spec is None or self._pinging.follows(spec.id):
            return
        try:
            self._pinging.follow(spec.id, targets(spec), self._heard(spec.id))
        except OSError as error:
            _LOG.warning("can't ping members; tried again soon", load_balancer=spec.id, reason=error.strerror)

    def renew(self, load_balancer_id: str) -> None:
        """Repair what is amiss and tell HAProxy again, in case that it did not hear."""
        try:
            self._pinging.renew(load_balancer_id)
        except OSError as error:
            _LOG.warning("can't ping members; tried again soon", load_balancer=load_balancer_id, reason=error.strerror)

    def corrected(self, load_balancer_id: str, seen: Mapping[str, MemberHealth]) -> Mapping[str, MemberHealth]:
        """Say of the pinged members what pings say, of the others what HAProxy does."""
        pinged = self._pinging.health(load_balancer_id)
        told = {name: is_ for name, is_ in pinged.items() if is_ is not None}
        return {name: is_ for name, is_ in seen.items() if name not in pinged} | told

    def _heard(self, load_balancer_id: str) -> Mapping[str, MemberHealth]:
        """Ask HAProxy what it was told last; nothing when none runs."""
        try:
            return known(control.ask(self._socket_of(load_balancer_id), "show servers state"))
        except (OSError, ValueError):
            return {}
