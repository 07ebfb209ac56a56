"""What the server does for the paths of hosts and moves."""

from openlbaas.dialects import bodies
from openlbaas.dialects.neutron_lbaas_v2 import hosts as wire
from openlbaas.dialects.paging import projected
from openlbaas.domain.agents import HostView
from openlbaas.operations import agents, relocation
from openlbaas.server.endpoints import plain, query_of
from openlbaas.server.exchange import Exchange, Reply, json_reply


def index(exchange: Exchange) -> Reply:
    """List the hosts."""
    found = relocation.select(exchange.services, exchange.caller)
    return plain(exchange, "hosts", [wire.render(view) for view in found], "id")


def show(exchange: Exchange) -> Reply:
    """Show a host."""
    return _shown(exchange, relocation.show(exchange.services, exchange.caller, exchange.params[0]))


def drain(exchange: Exchange) -> Reply:
    """Give a host nothing new and move all that it has."""
    return _shown(exchange, relocation.drain(exchange.services, exchange.caller, exchange.params[0], draining=True))


def undrain(exchange: Exchange) -> Reply:
    """Let a host take part again."""
    return _shown(exchange, relocation.drain(exchange.services, exchange.caller, exchange.params[0], draining=False))


def fail(exchange: Exchange) -> Reply:
    """Take a host for dead."""
    force = wire.force(_body(exchange), exchange.caller)
    return _shown(exchange, relocation.fail(exchange.services, exchange.caller, exchange.params[0], force=force))


def rebalance(exchange: Exchange) -> Reply:
    """Even hosts out, or say which moves that would take."""
    dry_run = wire.dry_run(_body(exchange), exchange.caller)
    found = relocation.rebalance(exchange.services, exchange.caller, dry_run=dry_run)
    return json_reply(200, {"moves": [wire.moved(move) for move in found]})


def move(exchange: Exchange) -> Reply:
    """Move a load balancer."""
    host = wire.destination(_body(exchange), exchange.caller)
    done = relocation.move(exchange.services, exchange.caller, exchange.params[0], host)
    return json_reply(200, {"move": wire.moved(done)})


def serving(exchange: Exchange) -> Reply:
    """List the hosts of a load balancer."""
    found = agents.serving(exchange.services, exchange.caller, exchange.params[0])
    return json_reply(200, {"hosts": [wire.serving(one) for one in found]})


def _body(exchange: Exchange) -> object:
    """Read a body that need not be there."""
    return bodies.document(exchange.request.body) if exchange.request.body else {}


def _shown(exchange: Exchange, view: HostView) -> Reply:
    return json_reply(200, {"host": projected(wire.render(view), query_of(exchange).fields)})
