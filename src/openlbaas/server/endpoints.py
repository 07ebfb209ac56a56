"""What the server does for each path and method: read the request, run one operation, render what it answers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from openlbaas.dialects import bodies
from openlbaas.dialects.fields import Unacceptable
from openlbaas.dialects.neutron_core.agents import AGENTS
from openlbaas.dialects.neutron_core.versions import extensions, resources, service_providers, versions
from openlbaas.dialects.neutron_lbaas_v2 import graphs, plans
from openlbaas.dialects.neutron_lbaas_v2 import statistics as carried
from openlbaas.dialects.neutron_lbaas_v2 import statuses as status_tree
from openlbaas.dialects.neutron_lbaas_v2.load_balancers import LOAD_BALANCERS
from openlbaas.dialects.paging import Listed, Query, listing, projected, query
from openlbaas.dialects.resource import Resource
from openlbaas.operations import agents, creation, inquiries, read
from openlbaas.server.exchange import Exchange, Reply, json_reply
from openlbaas.server.sources import Source

Endpoint = Callable[[Exchange], Reply]


@dataclass(frozen=True, slots=True)
class Collection:
    """The five endpoints of one resource."""

    resource: Resource
    source: Source

    def index(self, exchange: Exchange) -> Reply:
        """List."""
        asked = query_of(exchange)
        selection = self.resource.selection(asked, exchange.params[0] if exchange.params else None)
        views = self.source.select(exchange.services, exchange.caller, self.resource.kind, selection)
        return _listing(exchange, self.resource, views, asked)

    def create(self, exchange: Exchange) -> Reply:
        """Create one, or several at once where the resource takes it."""
        resource, caller = self.resource, exchange.caller
        body = bodies.creation(exchange.request.body)
        objects = resource.table.creations(body, caller)
        command = _made(resource.creation)(objects, exchange.params[0] if exchange.params else None)
        made = _made(self.source.change)(exchange.services, caller, command)
        if resource.table.plural in body:
            views = made if isinstance(made, tuple) else (made,)
            return json_reply(201, {resource.table.plural: [resource.render(view, caller) for view in views]})
        return json_reply(201, {resource.table.singular: resource.render(made, caller)})

    def show(self, exchange: Exchange) -> Reply:
        """Show one."""
        parent_id, id_ = _ids(exchange)
        view = self.source.show(exchange.services, exchange.caller, self.resource.kind, id_, parent_id)
        row = projected(self.resource.render(view, exchange.caller), query_of(exchange).fields)
        return json_reply(200, {self.resource.table.singular: row})

    def update(self, exchange: Exchange) -> Reply:
        """Change one."""
        parent_id, id_ = _ids(exchange)
        values = self.resource.table.update(bodies.update(exchange.request.body), exchange.caller)
        command = _made(self.resource.update)(id_, parent_id, values)
        view = _made(self.source.change)(exchange.services, exchange.caller, command)
        return json_reply(200, {self.resource.table.singular: self.resource.render(view, exchange.caller)})

    def delete(self, exchange: Exchange) -> Reply:
        """Delete one."""
        bodies.deletion(exchange.request.body)
        parent_id, id_ = _ids(exchange)
        _made(self.source.change)(exchange.services, exchange.caller, _made(self.resource.deletion)(id_, parent_id))
        return Reply(204)


def _made(maker: Callable[..., Any] | None) -> Callable[..., Any]:
    """Take a maker that the table of routes only asks for where the resource has it."""
    assert maker is not None  # noqa: S101 - kept by a test that walks the routes
    return maker


def _ids(exchange: Exchange) -> tuple[str | None, str]:
    *parents, id_ = exchange.params
    return (parents[0] if parents else None), id_


def query_of(exchange: Exchange) -> Query:
    """Read the parameters of a list.

    Raises: Unacceptable.
    """
    given = exchange.request.query
    pairs = parse_qsl(given, keep_blank_values=True, errors="replace") if given else []
    return query(pairs, longest=exchange.settings.api.pagination_max_limit)


def _listing(exchange: Exchange, resource: Resource, views: Iterable[Any], asked: Query) -> Reply:
    rows = [resource.listed(view, exchange.caller) for view in views]
    url = f"{exchange.request.url}{exchange.request.path}"
    table = resource.table
    found = listing(table.plural, rows, asked, visible=resource.visible, hidden=resource.hidden, url=url)
    return json_reply(200, found)


def plain(exchange: Exchange, plural: str, rows: list[dict[str, Any]], id_: str) -> Reply:
    """List rows that are no objects of the domain; *id_* is the attribute that names one."""
    asked = query_of(exchange)
    visible = frozenset(rows[0]) if rows else frozenset()
    listed = [Listed({**row, "id": row[id_]} if asked.limit else row, {}) for row in rows]
    url = f"{exchange.request.url}{exchange.request.path}"
    return json_reply(200, listing(plural, listed, asked, visible=visible, hidden=frozenset(), url=url))


def statuses(exchange: Exchange) -> Reply:
    """Show how everything of a load balancer is doing."""
    found = read.statuses(exchange.services, exchange.caller, exchange.params[0])
    return json_reply(200, status_tree.render(found))


def statistics(exchange: Exchange) -> Reply:
    """Show what a load balancer has carried; ``?details=true`` asks for every counter of every part."""
    found = read.statistics(exchange.services, exchange.caller, exchange.params[0])
    asked = dict(parse_qsl(exchange.request.query)).get("details", "false")
    return json_reply(200, carried.render(found, details=asked.lower() in ("true", "1")))


def plan(exchange: Exchange) -> Reply:
    """Say what the host of a load balancer would do for it now, and why."""
    asked = inquiries.ask(exchange.services, exchange.caller, exchange.params[0])

    def answered() -> Reply:
        found = inquiries.answer(exchange.services, asked)
        if found is None:
            return Reply(202, again=answered)
        return json_reply(200, plans.render(asked.load_balancer_id, asked.host, found))

    return answered()


def create_graph(exchange: Exchange) -> Reply:
    """Make a load balancer with everything below it."""
    command = graphs.read(bodies.creation(exchange.request.body), exchange.caller)
    made = creation.create_graph(exchange.services, exchange.caller, command)
    return json_reply(201, graphs.render(made, exchange.caller))


def hosting_agent(exchange: Exchange) -> Reply:
    """Show the agent that a load balancer is on."""
    view = agents.hosting(exchange.services, exchange.caller, exchange.params[0])
    return json_reply(200, {"agent": projected(AGENTS.render(view, exchange.caller), query_of(exchange).fields)})


def hosted(exchange: Exchange) -> Reply:
    """List the load balancers that are on an agent."""
    views = agents.hosted(exchange.services, exchange.caller, exchange.params[0])
    return _listing(exchange, LOAD_BALANCERS, views, query_of(exchange))


def list_versions(exchange: Exchange) -> Reply:
    """List the versions of the API."""
    return json_reply(200, versions(exchange.request.url))


def list_resources(exchange: Exchange) -> Reply:
    """List what version 2.0 serves."""
    return json_reply(200, resources(exchange.request.url))


def list_extensions(exchange: Exchange) -> Reply:
    """List the extensions that work."""
    return plain(exchange, "extensions", extensions(), "alias")


def show_extension(exchange: Exchange) -> Reply:
    """Show one extension."""
    alias = exchange.params[0]
    found = next((one for one in extensions() if one["alias"] == alias), None)
    if found is None:
        raise Unacceptable(f"Extension with alias {alias} does not exist", "ExtensionNotFound", 404)
    return json_reply(200, {"extension": found})


def list_providers(exchange: Exchange) -> Reply:
    """List the providers that tenants can choose from."""
    rows = service_providers([(one.name, one.default) for one in exchange.settings.providers])
    return plain(exchange, "service_providers", rows, "name")
