"""The calls of the load-balancer and network API, by name: create, list, show, update, delete, find.

Shape:   objects are the dicts of the wire, unwrapped from their envelope
Raises:  every call raises client.transport.ClientError when the server refuses
Source:  Neutron API v2.0, base path /v2.0
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from openlbaas.client.transport import NOT_FOUND, ClientError, Reply, Transport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = dict[str, Any]
Query = list[tuple[str, str]]

_ID_GROUPS = (8, 4, 4, 4, 12)
_HEX = frozenset("0123456789abcdefABCDEF")


class Collection(NamedTuple):
    """A kind of object and where it lives.

    Shape:   path may hold one {parent}, filled with the id of the object it lies in
    """

    singular: str
    plural: str
    path: str


LOAD_BALANCERS = Collection("loadbalancer", "loadbalancers", "/lbaas/loadbalancers")
LISTENERS = Collection("listener", "listeners", "/lbaas/listeners")
POOLS = Collection("pool", "pools", "/lbaas/pools")
MEMBERS = Collection("member", "members", "/lbaas/pools/{parent}/members")
HEALTH_MONITORS = Collection("healthmonitor", "healthmonitors", "/lbaas/healthmonitors")
L7_POLICIES = Collection("l7policy", "l7policies", "/lbaas/l7policies")
L7_RULES = Collection("rule", "rules", "/lbaas/l7policies/{parent}/rules")
CERTIFICATES = Collection("certificate", "certificates", "/lbaas/certificates")
NETWORKS = Collection("network", "networks", "/networks")
SUBNETS = Collection("subnet", "subnets", "/subnets")
PORTS = Collection("port", "ports", "/ports")
AGENTS = Collection("agent", "agents", "/agents")
EXTENSIONS = Collection("extension", "extensions", "/extensions")
SERVICE_PROVIDERS = Collection("service_provider", "service_providers", "/service-providers")
FLAVORS = Collection("flavor", "flavors", "/flavors")
SERVICE_PROFILES = Collection("service_profile", "service_profiles", "/service_profiles")
EVENTS = Collection("event", "events", "/lbaas/events")
HOSTS = Collection("host", "hosts", "/lbaas/hosts")
QUOTAS = Collection("quota", "quotas", "/quotas")


class NotFound(ClientError):
    """No object has this name or id."""

    def __init__(self, kind: str, wanted: str, *, by_name: bool = True) -> None:
        """Say it as the Neutron client does, because scripts look for that sentence."""
        how = "name or id" if by_name else "id"
        super().__init__(NOT_FOUND, "NotFound", f"Unable to find {kind} with {how} '{wanted}'")


class NotUnique(ClientError):
    """Several objects have this name."""

    def __init__(self, kind: str, wanted: str) -> None:
        """Say it as the Neutron client does, because scripts look for that sentence."""
        message = f"Multiple {kind} matches found for name '{wanted}', use an ID to be more specific."
        super().__init__(409, "NotUnique", message)


class Listing(NamedTuple):
    """The rows of a collection in the server's order, and the roles the server saw in the caller."""

    rows: list[Row]
    roles: frozenset[str]


class Client:
    """The API of one server, as seen by one caller."""

    def __init__(self, transport: Transport, base: str = "/v2.0") -> None:
        """Speak through this transport; base is what stands before every path."""
        self.transport = transport
        self._base = base

    def close(self) -> None:
        """Close the connection."""
        self.transport.close()

    def create(self, collection: Collection, body: Mapping[str, Any], parent: str = "") -> Row:
        """Create one object; the answer is the object as the server made it."""
        return self._one(collection, self.send("POST", _path(collection, parent), {collection.singular: body}))

    def show(
        self, collection: Collection, identity: str, parent: str = "", query: Sequence[tuple[str, str]] = ()
    ) -> Row:
        """One object by its id."""
        return self._one(collection, self.send("GET", f"{_path(collection, parent)}/{identity}", query=query))

    def update(self, collection: Collection, identity: str, body: Mapping[str, Any], parent: str = "") -> Row:
        """Change the given attributes of one object; the answer is the whole object."""
        path = f"{_path(collection, parent)}/{identity}"
        return self._one(collection, self.send("PUT", path, {collection.singular: body}))

    def delete(self, collection: Collection, identity: str, parent: str = "") -> None:
        """Ask for an object to go away; a load balancer's parts may stay visible until its host has let go of them."""
        self.send("DELETE", f"{_path(collection, parent)}/{identity}")

    def list(self, collection: Collection, query: Sequence[tuple[str, str]] = (), parent: str = "") -> Listing:
        """All rows that match, page after page as the server links them."""
        path = _path(collection, parent)
        rows: list[Row] = []
        roles: frozenset[str] = frozenset()
        following: Query | None = list(query)
        while following is not None:
            reply = self.send("GET", path, query=following)
            answer = _answer(reply)
            page = answer.get(collection.plural, [])
            rows.extend(page)
            roles = frozenset(role for role in reply.headers.get("x-openlbaas-roles", "").split(",") if role)
            # An empty page that links on would be walked for ever.
            following = _next_page(answer, collection) if page else None
        return Listing(rows, roles)

    def find(self, collection: Collection, wanted: str, parent: str = "", *, by_name: bool = True) -> str:
        """The id of the one object with this id or name.

        Raises:  NotFound, NotUnique
        """
        if looks_like_id(wanted):
            rows = self.list(collection, [("id", wanted), ("fields", "id")], parent).rows
            if len(rows) == 1:
                return str(rows[0]["id"])
        rows = self.list(collection, [("name", wanted), ("fields", "id")], parent).rows if by_name else []
        if len(rows) > 1:
            raise NotUnique(collection.singular, wanted)
        if not rows:
            raise NotFound(collection.singular, wanted, by_name=by_name)
        return str(rows[0]["id"])

    def get(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Row:
        """Any other document of the API, whole."""
        return _answer(self.send("GET", path, query=query))

    def send(self, method: str, path: str, body: Any = None, query: Sequence[tuple[str, str]] = ()) -> Reply:
        """One request below the base path, its body as JSON."""
        encoded = None if body is None else json.dumps(body).encode()
        return self.transport.request(method, self._base + path, query=query, body=encoded)

    def _one(self, collection: Collection, reply: Reply) -> Row:
        found = _answer(reply).get(collection.singular)
        if not isinstance(found, dict):
            message = f"The server's answer holds no {collection.singular}."
            raise ClientError(reply.status, "BadAnswer", message, reply.request_ids)
        return found


def looks_like_id(text: str) -> bool:
    """Whether this is written like a UUID with dashes."""
    groups = text.split("-")
    return tuple(map(len, groups)) == _ID_GROUPS and all(_HEX.issuperset(group) for group in groups)


def _path(collection: Collection, parent: str) -> str:
    return collection.path.replace("{parent}", parent)


def _answer(reply: Reply) -> Row:
    try:
        answer = json.loads(reply.body)
    except ValueError as problem:
        message = f"The server's answer is not JSON: {reply.body[:80]!r}"
        raise ClientError(reply.status, "BadAnswer", message, reply.request_ids) from problem
    if not isinstance(answer, dict):
        message = f"The server's answer is not an object: {reply.body[:80]!r}"
        raise ClientError(reply.status, "BadAnswer", message, reply.request_ids)
    return answer


def _next_page(answer: Row, collection: Collection) -> Query | None:
    from urllib.parse import parse_qsl, urlsplit

    for link in answer.get(f"{collection.plural}_links", []):
        if link.get("rel") == "next":
            return parse_qsl(urlsplit(link["href"]).query, keep_blank_values=True)
    return None
