"""The tree of paths."""

import pytest

from openlbaas.server.endpoints import Collection
from openlbaas.server.routes import Node, neutron_routes

ROUTES = neutron_routes()


def nodes(node: Node) -> list[Node]:
    """Walk the tree."""
    return [node, *(below for child in node.children.values() for below in nodes(child))]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("", ()),
        ("v2.0", ()),
        ("v2.0/lbaas/pools", ()),
        ("v2.0/lbaas/pools/p", ("p",)),
        ("v2.0/lbaas/pools/p/members/m", ("p", "m")),
        ("v2.0/lbaas/loadbalancers/l/loadbalancer-hosting-agent", ("l",)),
        ("v2.0/agents/a/agent-loadbalancers", ("a",)),
    ],
)
def test_found(path: str, params: tuple[str, ...]) -> None:
    found = ROUTES.find([part for part in path.split("/") if part])
    assert found is not None
    assert found.params == params
    assert "GET" in found.routes


@pytest.mark.parametrize(
    "path", ["v2.0/lbaas", "v3", "v2.0/lbaas/pools/p/members/m/x", "v2.0/{}", "{}", "v2.0/routers"]
)
def test_not_found(path: str) -> None:
    assert ROUTES.find(path.split("/")) is None


def test_an_id_may_look_like_the_placeholder() -> None:
    found = ROUTES.find(["v2.0", "lbaas", "pools", "{}"])
    assert found is not None
    assert found.params == ("{}",)


def test_a_collection_has_a_maker_for_each_of_its_methods() -> None:
    for node in nodes(ROUTES.root):
        for method, route in node.routes.items():
            collection = getattr(route.endpoint, "__self__", None)
            if not isinstance(collection, Collection):
                continue
            makers = {
                "POST": collection.resource.creation,
                "PUT": collection.resource.update,
                "DELETE": collection.resource.deletion,
            }
            assert method == "GET" or makers[method] is not None
