"""The rim: bytes of HTTP to requests and back, and everything that blocks into threads.

A plain ASGI application: dispatching by one tree of paths, reading the body under a limit and crossing into a thread
once per request is all that is needed, and it is measured to cost a fraction of a framework's request cycle.
"""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from openlbaas.dialects.host_v1 import FEED_PATH, REPORT_PATH
from openlbaas.dialects.neutron_errors import BROKEN, NO_SUCH_METHOD, WireError
from openlbaas.identity.interface import Identify
from openlbaas.operations.services import Services
from openlbaas.server.api import Api
from openlbaas.server.exchange import Reply, Request, error_reply, json_reply
from openlbaas.server.hosts import LARGEST_REPORT_BYTES, Hosts
from openlbaas.server.lanes import Lanes
from openlbaas.server.watch import Watch

if TYPE_CHECKING:
    from openlbaas.settings import Settings

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HEALTH_PATH = "/healthz"

_AGAIN_S = 0.02
_READING = frozenset({"GET", "HEAD"})
_LOG = logging.getLogger("openlbaas.server")


class TooLarge(Exception):
    """A body is larger than this server takes."""

    def __init__(self, largest: int) -> None:
        """Say how large a body may be, in bytes."""
        super().__init__(f"Request body is larger than {largest} bytes.")


class Application:
    """The ASGI application."""

    def __init__(self, services: Services, settings: "Settings", identify: Identify, watch: Watch) -> None:
        """Take what requests are answered from."""
        self.lanes = Lanes(settings.database.connection)
        self.api = Api(services, settings, identify)
        self.watch = watch
        self.hosts = Hosts(services, watch, settings.host_protocol.token, self.lanes)
        self.largest_bytes = settings.api.max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or the events of the process's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = f"req-{uuid.uuid4()}"
        try:
            reply = await self._reply(scope, receive, request_id)
        except TooLarge as error:
            reply = error_reply(WireError(413, "HTTPRequestEntityTooLarge", str(error)))
        except Exception:  # noqa: BLE001 - a bug must cost one request, not the connection
            _LOG.exception("unexpected error at the rim of %s", request_id)
            reply = error_reply(BROKEN)
        await _send(reply, request_id, scope["method"], send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif event["type"] == "lifespan.shutdown":
                self.watch.close()
                self.lanes.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _reply(self, scope: Scope, receive: Receive, request_id: str) -> Reply:
        path = scope["path"]
        if path == HEALTH_PATH and scope["method"] in ("GET", "HEAD"):
            return json_reply(200, {"status": "ok"})
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if path in (FEED_PATH, REPORT_PATH):
            return await self._host_reply(scope, headers, receive)
        body = await _body(headers, receive, self.largest_bytes)
        lane = self.lanes.read if scope["method"] in _READING else self.lanes.write
        reply = await lane(self.api, _request(scope, headers, body, request_id))
        while reply.again is not None:
            await asyncio.sleep(_AGAIN_S)
            reply = await self.lanes.read(reply.again)
        return reply

    async def _host_reply(self, scope: Scope, headers: dict[str, str], receive: Receive) -> Reply:
        refusal = self.hosts.refusal(headers)
        if refusal is not None:
            return refusal
        if scope["path"] == FEED_PATH and scope["method"] == "GET":
            return await self.hosts.feed(scope["query_string"].decode("latin-1"))
        if scope["path"] == REPORT_PATH and scope["method"] == "POST":
            return await self.hosts.report(await _body(headers, receive, LARGEST_REPORT_BYTES))
        return error_reply(NO_SUCH_METHOD)


def application(services: Services, settings: "Settings", identify: Identify, watch: Watch) -> Application:
    """Make the application of one server."""
    return Application(services, settings, identify, watch)


def _request(scope: Scope, headers: dict[str, str], body: bytes, request_id: str) -> Request:
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    parts = [part for part in path.split("/") if part]
    if parts and parts[-1].endswith(".json"):
        parts[-1] = parts[-1].removesuffix(".json")
    host = headers.get("host") or "{}:{}".format(*(scope.get("server") or ("localhost", 0)))
    return Request(
        id=request_id,
        method=scope["method"],
        path=path,
        segments=tuple(unquote(part) if "%" in part else part for part in parts),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=body,
        url=f"{scope['scheme']}://{host}",
    )


async def _body(headers: dict[str, str], receive: Receive, largest: int) -> bytes:
    """Collect a body.

    Raises: TooLarge, where the length is announced before any of it is read.
    """
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced[:20]) > largest:
        raise TooLarge(largest)
    chunks, size = [], 0
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            return b""
        chunk = event.get("body", b"")
        size += len(chunk)
        if size > largest:
            raise TooLarge(largest)
        chunks.append(chunk)
        if not event.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def _send(reply: Reply, request_id: str, method: str, send: Send) -> None:
    headers = [(b"x-openstack-request-id", request_id.encode())]
    headers += [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.body:
        headers.append((b"content-type", reply.content_type.encode()))
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})
