"""Calls an ASGI application in this process, as a server would."""

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec

from openlbaas.server.asgi import Application


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return msgspec.json.decode(self.body)


async def exchange(
    application: Application, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> Answer:
    """Send one request and collect the answer."""
    path, _, query = target.partition("?")
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(k.lower().encode(), v.encode()) for k, v in {"Host": "lb.test:9696", **(headers or {})}.items()],
        "scheme": "http",
        "server": ("lb.test", 9696),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: Any) -> None:
        sent.append(event)

    await application(scope, receive, send)
    start, *parts = sent
    return Answer(
        start["status"],
        {name.decode(): value.decode() for name, value in start["headers"]},
        b"".join(part["body"] for part in parts),
    )


def call(
    application: Application, method: str, target: str, body: bytes = b"", headers: dict[str, str] | None = None
) -> Answer:
    """Send one request from a test that is not asynchronous."""
    return asyncio.run(exchange(application, method, target, body, headers))
