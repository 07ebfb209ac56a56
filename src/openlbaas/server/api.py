"""The Neutron API as a plain function from request to reply; it blocks, and runs in a thread of its own."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from openlbaas.dialects.neutron_errors import BROKEN, NO_SUCH_METHOD, NO_SUCH_PATH, wire_error
from openlbaas.domain.caller import Caller
from openlbaas.domain.errors import Defect, HostFault, OpenLBaaSError
from openlbaas.identity.interface import Identify
from openlbaas.operations.services import Services
from openlbaas.server.exchange import Exchange, Reply, Request, error_reply
from openlbaas.server.routes import Found, Route, neutron_routes

if TYPE_CHECKING:
    from openlbaas.settings import Settings

_LOG = logging.getLogger("openlbaas.server")
_CHANGES = frozenset({"POST", "PUT", "DELETE"})
_ANYBODY = Caller(project_id="")
_NOBODY = Reply(401, b"Authentication required", "text/plain; charset=utf-8")


class Api:
    """Answers requests of the Neutron API."""

    def __init__(self, services: Services, settings: "Settings", identify: Identify) -> None:
        """Take what requests are answered from."""
        self.services = services
        self.settings = settings
        self.identify = identify
        self.routes = neutron_routes()

    def __call__(self, request: Request) -> Reply:
        """Answer one request, whatever it is."""
        found = self.routes.find(request.segments)
        if found is None:
            return error_reply(NO_SUCH_PATH)
        method = "GET" if request.method == "HEAD" else request.method
        route = found.routes.get(method)
        if route is None:
            return _wrong_method(found)
        caller = self.identify(request.headers)
        if caller is None and not route.public:
            return replace(_NOBODY, headers=(("WWW-Authenticate", f'Keystone uri="{request.url}"'),))
        if caller is None:
            caller = _ANYBODY
        exchange = Exchange(self.services, self.settings, caller, request, found.params)
        reply = _run(route, exchange)
        if request.method in _CHANGES:
            _LOG.info(
                "%s %s -> %d by project %s (%s)",
                request.method,
                request.path,
                reply.status,
                caller.project_id,
                request.id,
            )
        if caller is _ANYBODY:
            return reply
        return replace(reply, headers=(*reply.headers, ("X-OpenLBaaS-Roles", ",".join(sorted(caller.roles)))))


def _run(route: Route, exchange: Exchange) -> Reply:
    return _guarded(partial(route.endpoint, exchange), route, exchange)


def _guarded(answer: Callable[[], Reply], route: Route, exchange: Exchange) -> Reply:
    try:
        reply = answer()
        return reply if reply.again is None else replace(reply, again=partial(_guarded, reply.again, route, exchange))
    except (Defect, HostFault):
        _LOG.exception("defect while answering %s", exchange.request.id)
    except OpenLBaaSError as error:
        return error_reply(wire_error(error, route.resource))
    except Exception:  # noqa: BLE001 - a bug must cost one request, not the server
        _LOG.exception("unexpected error while answering %s", exchange.request.id)
    return error_reply(BROKEN)


def _wrong_method(found: Found) -> Reply:
    allowed = set(found.routes) | ({"HEAD"} if "GET" in found.routes else set())
    return replace(error_reply(NO_SUCH_METHOD), headers=(("Allow", ", ".join(sorted(allowed))),))
