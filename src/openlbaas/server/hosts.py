"""The host protocol: the long-poll of a host's feed, and its reports."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

import msgspec

from openlbaas.dialects.host_v1 import TOKEN_HEADER, Feed, HostError, Report, ReportAnswer
from openlbaas.domain.errors import NotFound, NotNow, OpenLBaaSError
from openlbaas.operations import feed, report
from openlbaas.operations.services import Services
from openlbaas.server.exchange import Reply, json_reply
from openlbaas.server.heartbeats import Heartbeats
from openlbaas.server.lanes import Lanes
from openlbaas.server.watch import Watch

LARGEST_REPORT_BYTES = 32 * 1024 * 1024
_LONGEST_WAIT_S = 60.0
_LOOK_AGAIN_S = 30.0
_LOG = logging.getLogger("openlbaas.server")
_TOKEN = TOKEN_HEADER.lower()


class Hosts:
    """Answers hosts."""

    def __init__(self, services: Services, watch: Watch, token: str, lanes: Lanes) -> None:
        """Take what hosts are answered from, and the token that they must send."""
        self.services = services
        self.watch = watch
        self.token = token.encode()
        self.lanes = lanes
        self.heartbeats = Heartbeats(lambda heard: lanes.write(report.heard, services, heard), services.clock)

    def refusal(self, headers: Mapping[str, str]) -> Reply | None:
        """Refuse whoever lacks the token of the hosts, before anything of the body is read."""
        sent = headers.get(_TOKEN, "").encode()
        if self.token and hmac.compare_digest(sent, self.token):
            return None
        message = f"{TOKEN_HEADER} is wrong or missing" if self.token else "[host_protocol] token is not set here"
        return _refused(401, "unauthorized", message)

    async def feed(self, query: str) -> Reply:
        """Answer a host's question for news, at the latest after the wait that it asked for."""
        try:
            given = parse_qs(query)
            host, after = given["host"][0], int(given.get("after", ["0"])[0])
            wait_s = float(given.get("wait", ["0"])[0])
            tunnels = given.get("tunnels", [None])[0]
        except (KeyError, ValueError):
            return _refused(400, "malformed", "host, after and wait are a name, an integer and seconds")
        return await self._guarded(self._news(host, after, tunnels, min(max(wait_s, 0.0), _LONGEST_WAIT_S)))

    async def report(self, body: bytes) -> Reply:
        """Take in a host's report."""
        try:
            told = msgspec.json.decode(body, type=Report)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            return _refused(400, "malformed", str(error))
        return await self._guarded(self._taken(told, body))

    async def _taken(self, told: Report, body: bytes) -> ReportAnswer:
        answer = await self.lanes.write(report.report, self.services, told)
        self.heartbeats.took(told, body, answer.agent_id, json_reply(200, answer))
        return answer

    async def _news(self, host: str, after: int, tunnels: str | None, wait_s: float) -> Feed:
        loop = asyncio.get_running_loop()
        until = loop.time() + wait_s
        with self.watch.waiter(host) as woken:
            while True:
                woken.clear()
                found = await self.lanes.read(feed.feed, self.services, host, after, tunnels)
                left_s = until - loop.time()
                news = found.full or found.position != after or found.tunnels is not None
                if news or left_s <= 0 or self.watch.closing:
                    return found
                rest_s = min(left_s, _LOOK_AGAIN_S)
                with suppress(TimeoutError):
                    await asyncio.wait_for(woken.wait(), rest_s)
                if rest_s == left_s and not woken.is_set():
                    # Nobody said that there is more, and the next question, which comes at once, looks.
                    return found

    async def _guarded(self, answer: Awaitable[Any]) -> Reply:
        try:
            return json_reply(200, await answer)
        except NotFound as error:
            return _refused(404, "unknown_host", str(error))
        except NotNow as error:
            return _refused(503, error.code, str(error))
        except OpenLBaaSError as error:
            _LOG.exception("a host's request failed")
            return _refused(500, error.code, "internal server error")


def _refused(status: int, code: str, message: str) -> Reply:
    return json_reply(status, HostError(code=code, message=message))
