"""Which versions, resources, extensions and providers the API has."""

from collections.abc import Sequence
from typing import Any

_RESOURCES = (("network", "networks"), ("subnet", "subnets"), ("port", "ports"))

_EXTENSIONS = (
    ("agent", "agent", "The agent management extension.", "2013-02-03T10:00:00-00:00"),
    (
        "binding",
        "Port Binding",
        "Expose port bindings of a virtual port to external application",
        "2014-02-03T10:00:00-00:00",
    ),
    (
        "empty-string-filtering",
        "Empty String Filtering Extension",
        "Allow filtering by attributes with empty string value",
        "2018-05-01T10:00:00-00:00",
    ),
    (
        "external-net",
        "Neutron external network",
        "Adds external network attribute to network resource.",
        "2013-01-14T10:00:00-00:00",
    ),
    (
        "flavors",
        "Neutron Service Flavors",
        "Flavor specification for Neutron advanced services.",
        "2015-09-17T10:00:00-00:00",
    ),
    (
        "hm_max_retries_down",
        "Add a fall threshold to health monitor",
        "Add a fall threshold to health monitor",
        "2016-04-19T16:00:00-00:00",
    ),
    (
        "l7",
        "L7 capabilities for LBaaSv2",
        "Adding L7 policies and rules support for LBaaSv2",
        "2016-01-24T10:00:00-00:00",
    ),
    (
        "lb-graph",
        "Load Balancer Graph",
        "Extension for allowing the creation of load balancers with a full graph in one API request.",
        "2016-02-09T10:00:00-00:00",
    ),
    (
        "lb_network_vip",
        "Create loadbalancer with network_id",
        "Create loadbalancer with network_id",
        "2016-09-09T22:00:00-00:00",
    ),
    (
        "lbaas_agent_schedulerv2",
        "Loadbalancer Agent Scheduler V2",
        "Schedule load balancers among lbaas agents",
        "2013-02-07T10:00:00-00:00",
    ),
    ("lbaasv2", "LoadBalancing service v2", "Extension for LoadBalancing service v2", "2018-01-31T10:00:00-00:00"),
    ("net-mtu", "Network MTU", "Provides MTU attribute for a network resource.", "2015-03-25T10:00:00-00:00"),
    (
        "net-mtu-writable",
        "Network MTU (writable)",
        "Provides a writable MTU attribute for a network resource.",
        "2017-07-12T00:00:00-00:00",
    ),
    (
        "openlbaas-certificates",
        "Certificates of listeners",
        "Keeps the certificates that TERMINATED_HTTPS listeners refer to.",
        "2026-11-23T00:00:00-00:00",
    ),
    (
        "openlbaas-topology",
        "Load balancers of two hosts",
        "Lets load balancers have the topology ACTIVE_STANDBY.",
        "2026-11-24T00:00:00-00:00",
    ),
    (
        "pagination",
        "Pagination support",
        "Extension that indicates that pagination is enabled.",
        "2016-06-12T00:00:00-00:00",
    ),
    (
        "project-id",
        "project_id field enabled",
        "Extension that indicates that project_id field is enabled.",
        "2016-09-09T09:09:09-09:09",
    ),
    (
        "provider",
        "Provider Network",
        "Expose mapping of virtual networks to physical networks",
        "2012-09-07T10:00:00-00:00",
    ),
    (
        "quotas",
        "Quota management support",
        "Expose functions for quotas management per tenant",
        "2012-07-29T10:00:00-00:00",
    ),
    (
        "service-type",
        "Neutron Service Type Management",
        "API for retrieving service providers for Neutron advanced services",
        "2013-01-20T00:00:00-00:00",
    ),
    (
        "shared_pools",
        "Shared pools for LBaaSv2",
        "Allow pools to be shared among listeners for LBaaSv2",
        "2016-01-20T10:00:00-00:00",
    ),
    ("sorting", "Sorting support", "Extension that indicates that sorting is enabled.", "2016-06-12T00:00:00-00:00"),
    (
        "standard-attr-description",
        "standard-attr-description",
        "Extension to add descriptions to standard attributes",
        "2016-02-10T10:00:00-00:00",
    ),
)
SERVICE_TYPE = "LOADBALANCERV2"


def versions(url: str) -> dict[str, Any]:
    """List the versions; *url* is where this server is reached, without a slash at its end."""
    link = {"rel": "self", "href": f"{url}/v2.0/"}
    return {"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]}


def resources(url: str) -> dict[str, Any]:
    """List what the core serves."""
    return {
        "resources": [
            {
                "name": name,
                "collection": collection,
                "links": [{"rel": "self", "href": f"{url}/v2.0/{collection}"}],
            }
            for name, collection in _RESOURCES
        ]
    }


def extensions() -> list[dict[str, Any]]:
    """List the extensions that work, by alias."""
    return [
        {"name": name, "alias": alias, "description": description, "updated": updated, "links": []}
        for alias, name, description, updated in _EXTENSIONS
    ]


def service_providers(providers: Sequence[tuple[str, bool]]) -> list[dict[str, Any]]:
    """List providers, each a name and whether it is the default."""
    return [{"service_type": SERVICE_TYPE, "name": name, "default": default} for name, default in providers]
