"""Every path of the Neutron API, and what answers it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from openlbaas.dialects.neutron_core import AGENTS, FLAVORS, NETWORKS, PORTS, SERVICE_PROFILES, SUBNETS
from openlbaas.dialects.neutron_lbaas_v2 import (
    CERTIFICATES,
    EVENTS,
    HEALTH_MONITORS,
    L7_POLICIES,
    L7_RULES,
    LISTENERS,
    LOAD_BALANCERS,
    MEMBERS,
    POOLS,
)
from openlbaas.dialects.resource import Resource
from openlbaas.server import endpoints, flavors, quotas, relocation, sources
from openlbaas.server.endpoints import Collection, Endpoint

_PARAMETER = "{}"


@dataclass(frozen=True, slots=True)
class Route:
    """What answers one method of one path; resource is what its errors are about; public needs no caller."""

    endpoint: Endpoint
    resource: Resource | None = None
    public: bool = False


@dataclass(slots=True)
class Node:
    """One place in the tree of paths."""

    children: dict[str, "Node"] = field(default_factory=dict)
    routes: dict[str, Route] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """The routes of a path by method, and the ids in it."""

    routes: dict[str, Route]
    params: tuple[str, ...]


class Routes:
    """The tree of paths."""

    def __init__(self) -> None:
        """Begin with no path."""
        self.root = Node()

    def add(self, path: str, method: str, route: Route) -> None:
        """Answer a method of a path; ``{}`` in it stands for an id."""
        node = self.root
        for part in path.strip("/").split("/"):
            node = node.children.setdefault(part, Node()) if part else node
        node.routes[method] = route

    def find(self, segments: Sequence[str]) -> Found | None:
        """Look a path up; a word wins over an id."""
        node, params = self.root, []
        for segment in segments:
            child = node.children.get(segment) if segment != _PARAMETER else None
            if child is None:
                child = node.children.get(_PARAMETER)
                params.append(segment)
            if child is None:
                return None
            node = child
        return Found(node.routes, tuple(params)) if node.routes else None


def _add_collection(routes: Routes, path: str, collection: Collection) -> None:
    resource = collection.resource
    item = f"{path}/{_PARAMETER}"
    routes.add(path, "GET", Route(collection.index, resource))
    routes.add(item, "GET", Route(collection.show, resource))
    if resource.creation is not None:
        routes.add(path, "POST", Route(collection.create, resource))
    if resource.update is not None:
        routes.add(item, "PUT", Route(collection.update, resource))
    if resource.deletion is not None:
        routes.add(item, "DELETE", Route(collection.delete, resource))


_COLLECTIONS = (
    ("/v2.0/lbaas/loadbalancers", Collection(LOAD_BALANCERS, sources.BALANCERS)),
    ("/v2.0/lbaas/listeners", Collection(LISTENERS, sources.BALANCERS)),
    ("/v2.0/lbaas/pools", Collection(POOLS, sources.BALANCERS)),
    ("/v2.0/lbaas/pools/{}/members", Collection(MEMBERS, sources.BALANCERS)),
    ("/v2.0/lbaas/healthmonitors", Collection(HEALTH_MONITORS, sources.BALANCERS)),
    ("/v2.0/lbaas/l7policies", Collection(L7_POLICIES, sources.BALANCERS)),
    ("/v2.0/lbaas/l7policies/{}/rules", Collection(L7_RULES, sources.BALANCERS)),
    ("/v2.0/lbaas/certificates", Collection(CERTIFICATES, sources.CERTIFICATES)),
    ("/v2.0/lbaas/events", Collection(EVENTS, sources.EVENTS)),
    ("/v2.0/networks", Collection(NETWORKS, sources.NETWORKS)),
    ("/v2.0/subnets", Collection(SUBNETS, sources.NETWORKS)),
    ("/v2.0/ports", Collection(PORTS, sources.NETWORKS)),
    ("/v2.0/agents", Collection(AGENTS, sources.AGENTS)),
    ("/v2.0/flavors", Collection(FLAVORS, sources.FLAVORS)),
    ("/v2.0/service_profiles", Collection(SERVICE_PROFILES, sources.FLAVORS)),
)


def neutron_routes() -> Routes:
    """Make the routes of the Neutron API."""
    routes = Routes()
    routes.add("/", "GET", Route(endpoints.list_versions, public=True))
    routes.add("/v2.0", "GET", Route(endpoints.list_resources))
    routes.add("/v2.0/extensions", "GET", Route(endpoints.list_extensions))
    routes.add("/v2.0/extensions/{}", "GET", Route(endpoints.show_extension))
    routes.add("/v2.0/service-providers", "GET", Route(endpoints.list_providers))
    for path, collection in _COLLECTIONS:
        _add_collection(routes, path, collection)
    hosting = "/v2.0/lbaas/loadbalancers/{}/loadbalancer-hosting-agent"
    routes.add(hosting, "GET", Route(endpoints.hosting_agent, LOAD_BALANCERS))
    routes.add("/v2.0/lbaas/graphs", "POST", Route(endpoints.create_graph, LOAD_BALANCERS))
    routes.add("/v2.0/lbaas/loadbalancers/{}/statuses", "GET", Route(endpoints.statuses, LOAD_BALANCERS))
    routes.add("/v2.0/lbaas/loadbalancers/{}/plan", "GET", Route(endpoints.plan, LOAD_BALANCERS))
    routes.add("/v2.0/lbaas/loadbalancers/{}/stats", "GET", Route(endpoints.statistics, LOAD_BALANCERS))
    routes.add("/v2.0/lbaas/loadbalancers/{}/move", "PUT", Route(relocation.move, LOAD_BALANCERS))
    routes.add("/v2.0/lbaas/loadbalancers/{}/hosts", "GET", Route(relocation.serving, LOAD_BALANCERS))
    routes.add("/v2.0/lbaas/hosts", "GET", Route(relocation.index))
    routes.add("/v2.0/lbaas/hosts/rebalance", "PUT", Route(relocation.rebalance))
    routes.add("/v2.0/lbaas/hosts/{}", "GET", Route(relocation.show, AGENTS))
    routes.add("/v2.0/lbaas/hosts/{}/drain", "PUT", Route(relocation.drain, AGENTS))
    routes.add("/v2.0/lbaas/hosts/{}/undrain", "PUT", Route(relocation.undrain, AGENTS))
    routes.add("/v2.0/lbaas/hosts/{}/failover", "PUT", Route(relocation.fail, AGENTS))
    routes.add("/v2.0/agents/{}/agent-loadbalancers", "GET", Route(endpoints.hosted, AGENTS))
    routes.add("/v2.0/quotas", "GET", Route(quotas.index))
    routes.add("/v2.0/quotas/tenant", "GET", Route(quotas.own_project))
    routes.add("/v2.0/quotas/{}", "GET", Route(quotas.show))
    routes.add("/v2.0/quotas/{}", "PUT", Route(quotas.update))
    routes.add("/v2.0/quotas/{}", "DELETE", Route(quotas.delete))
    routes.add("/v2.0/quotas/{}/default", "GET", Route(quotas.default))
    bound = "/v2.0/flavors/{}/service_profiles"
    routes.add(bound, "GET", Route(flavors.bound))
    routes.add(bound, "POST", Route(flavors.bind))
    routes.add(f"{bound}/{{}}", "GET", Route(flavors.binding))
    routes.add(f"{bound}/{{}}", "DELETE", Route(flavors.unbind))
    routes.add("/v2.0/flavors/{}/next_providers", "GET", Route(flavors.next_providers))
    return routes
