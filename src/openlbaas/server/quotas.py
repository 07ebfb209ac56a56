"""What the server does for the paths of quotas."""

from openlbaas.dialects import bodies
from openlbaas.dialects.neutron_core import quotas as wire
from openlbaas.dialects.paging import projected
from openlbaas.domain.quota import Quota
from openlbaas.operations import quotas
from openlbaas.server.endpoints import plain, query_of
from openlbaas.server.exchange import Exchange, Reply, json_reply


def index(exchange: Exchange) -> Reply:
    """List the projects for which limits were set, with all their limits."""
    found = quotas.select(exchange.services, exchange.caller)
    return plain(exchange, "quotas", [wire.listed(quota) for quota in found], "tenant_id")


def own_project(exchange: Exchange) -> Reply:
    """Name the caller's project; clients ask this before they ask for its quota."""
    return json_reply(200, {"tenant": {"tenant_id": exchange.caller.project_id}})


def show(exchange: Exchange) -> Reply:
    """Show the limits of a project."""
    return _shown(exchange, quotas.show(exchange.services, exchange.caller, exchange.params[0]))


def default(exchange: Exchange) -> Reply:
    """Show the limits that a project has by itself."""
    return _shown(exchange, quotas.default(exchange.services, exchange.caller, exchange.params[0]))


def update(exchange: Exchange) -> Reply:
    """Set limits of a project."""
    quotas.check_update(exchange.caller)
    limits = wire.limits(bodies.update(exchange.request.body), exchange.caller)
    changed = quotas.update(exchange.services, exchange.caller, exchange.params[0], limits)
    return json_reply(200, {"quota": wire.render(changed)})


def delete(exchange: Exchange) -> Reply:
    """Take the limits away that were set for a project."""
    bodies.deletion(exchange.request.body)
    quotas.delete(exchange.services, exchange.caller, exchange.params[0])
    return Reply(204)


def _shown(exchange: Exchange, quota: Quota) -> Reply:
    return json_reply(200, {"quota": projected(wire.render(quota), query_of(exchange).fields)})
