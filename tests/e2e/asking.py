"""The plainest client of the API there is: for requests that no real client would send."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

LISTS = (
    "lbaas/loadbalancers",
    "lbaas/listeners",
    "lbaas/pools",
    "lbaas/healthmonitors",
    "networks",
    "subnets",
    "ports",
)


@dataclass(frozen=True)
class Answer:
    """One reply, with its body as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    @property
    def refusal(self) -> tuple[int, str, str]:
        """Status, type and message of an error in its envelope."""
        (envelope,) = self.json.values()
        assert set(self.json) == {"NeutronError"}, self.body
        assert set(envelope) == {"type", "message", "detail"}
        return self.status, envelope["type"], envelope["message"]


@dataclass(frozen=True)
class Asking:
    """Somebody with a token."""

    endpoint: str
    token: str

    def send(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Send bytes on a connection of their own."""
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=10)
        try:
            connection.request(method, f"/v2.0/{path}", body, {"X-Auth-Token": self.token})
            reply = connection.getresponse()
            headers = {name.lower(): value for name, value in reply.getheaders()}
            return Answer(reply.status, headers, reply.read())
        finally:
            connection.close()

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        """Send a value."""
        return self.send(method, path, None if body is None else json.dumps(body).encode())

    def make(self, path: str, kind: str, **attributes: object) -> dict[str, Any]:
        """Create something that must come about."""
        answer = self.ask("POST", path, {kind: attributes})
        assert answer.status == 201, answer.body
        made: dict[str, Any] = answer.json[kind]
        return made

    def everything(self) -> dict[str, Any]:
        """All that tenants can see, with the members of every pool."""
        connection = http.client.HTTPConnection(urlsplit(self.endpoint).netloc, timeout=10)
        try:
            found = {path: self._read(connection, path) for path in LISTS}
            for pool in found["lbaas/pools"]["pools"]:
                path = f"lbaas/pools/{pool['id']}/members"
                found[path] = self._read(connection, path)
            return found
        finally:
            connection.close()

    def _read(self, connection: http.client.HTTPConnection, path: str) -> Any:
        connection.request("GET", f"/v2.0/{path}", headers={"X-Auth-Token": self.token})
        reply = connection.getresponse()
        assert reply.status == 200, path
        return json.loads(reply.read())
