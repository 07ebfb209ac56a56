"""What the server does for the paths below a flavor."""

from openlbaas.dialects import bodies
from openlbaas.dialects.neutron_core import flavors as wire
from openlbaas.domain.flavors import Flavor, ProfileNotBound
from openlbaas.domain.vocabulary import Kind
from openlbaas.operations import flavors
from openlbaas.server.endpoints import plain
from openlbaas.server.exchange import Exchange, Reply, json_reply


def bound(exchange: Exchange) -> Reply:
    """List the service profiles of a flavor."""
    return plain(exchange, "service_profiles", [{"id": id_} for id_ in _flavor(exchange).profile_ids], "id")


def binding(exchange: Exchange) -> Reply:
    """Show that a flavor has a service profile."""
    flavor = _flavor(exchange)
    profile_id = exchange.params[1]
    if profile_id not in flavor.profile_ids:
        raise ProfileNotBound(flavor.id, profile_id)
    return json_reply(200, {"service_profile": {"id": profile_id}})


def bind(exchange: Exchange) -> Reply:
    """Give a flavor a service profile."""
    profile_id = wire.binding(bodies.creation(exchange.request.body), exchange.caller)
    flavors.bind(exchange.services, exchange.caller, exchange.params[0], profile_id)
    return json_reply(201, {"service_profile": {"id": profile_id}})


def unbind(exchange: Exchange) -> Reply:
    """Take a service profile from a flavor."""
    bodies.deletion(exchange.request.body)
    flavors.unbind(exchange.services, exchange.caller, *exchange.params)
    return Reply(204)


def next_providers(exchange: Exchange) -> Reply:
    """Name the provider that a load balancer of a flavor would get now."""
    provider, profile = flavors.next_provider(exchange.services, exchange.params[0])
    return plain(exchange, "next_providers", [{"provider": provider.name, "driver": profile.driver}], "provider")


def _flavor(exchange: Exchange) -> Flavor:
    found = flavors.show(exchange.services, exchange.caller, Kind.FLAVOR, exchange.params[0])
    assert isinstance(found, Flavor)  # noqa: S101 - what was asked for
    return found
