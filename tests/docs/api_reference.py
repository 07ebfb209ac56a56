"""The paths of the API as a table, from the routes that answer them."""

from openlbaas.server.routes import Node, neutron_routes

METHODS = ("GET", "POST", "PUT", "DELETE")


def text() -> str:
    """Write one row for each path, in the order in which the routes name them."""
    rows = [(f"/{path}", node) for path, node in _nodes("", neutron_routes().root)]
    return "\n".join(["| path | methods |", "|---|---|", *(f"| `{_named(p)}` | {_methods(n)} |" for p, n in rows)])


def _nodes(path: str, node: Node) -> list[tuple[str, Node]]:
    here = [(path, node)] if node.routes else []
    for name, child in node.children.items():
        here += _nodes(f"{path}/{name}".lstrip("/"), child)
    return here


def _named(path: str) -> str:
    return path.replace("{}", "{id}")


def _methods(node: Node) -> str:
    return ", ".join(method for method in METHODS if method in node.routes)
