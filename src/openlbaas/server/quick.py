"""HTTP as uvicorn speaks it, with a short way for reports that say nothing new.

Hundreds of hosts say each second that they live. Most of what such a report costs is the making of a request, a task
and an answer out of its bytes; where those are the bytes of a report that is known to say nothing, none of it is
needed (measured: docs/decisions/0015). Everything else goes the long way, and so does whatever is not plain at sight.
"""

import hmac
from collections.abc import Callable
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from openlbaas.dialects.host_v1 import REPORT_PATH, TOKEN_HEADER
from openlbaas.server.exchange import Reply

if TYPE_CHECKING:
    import asyncio

Answer = Callable[[bytes], Reply | None]

_BEGINNING = f"POST {REPORT_PATH} HTTP/1.1\r\n".encode()
_END = b"\r\n\r\n"
_TOKEN = TOKEN_HEADER.lower().encode()
_LENGTH = b"content-length"
_HARMLESS = frozenset({b"host", b"accept", b"accept-encoding", b"content-type", b"user-agent", _LENGTH, _TOKEN})
_MOST_HEADS = 1024


class Heads:
    """Heads of requests that were found to be those of a report, by a host, and nothing besides.

    Hosts send the same head each time, so that each is taken apart once.
    """

    def __init__(self, token: str) -> None:
        """Take the token of the hosts; empty when none is set, which no head has."""
        self._token = token.encode()
        self._lengths: dict[bytes, int] = {}

    def length(self, head: bytes) -> int | None:
        """Say how long the body below this head is, in bytes; None for a head that is not plainly a host's report."""
        known = self._lengths.get(head)
        if known is None:
            known = self._found(head)
            if known is not None:
                if len(self._lengths) >= _MOST_HEADS:
                    self._lengths.clear()
                self._lengths[head] = known
        return known

    def _found(self, head: bytes) -> int | None:
        if not head.startswith(_BEGINNING):
            return None
        fields: dict[bytes, bytes] = {}
        for line in head[len(_BEGINNING) :].split(b"\r\n"):
            name, colon, value = line.partition(b":")
            name = name.lower()
            if not colon or name not in _HARMLESS or name in fields or b"\n" in value or b"\r" in value:
                return None
            fields[name] = value.strip(b" \t")
        length = fields.get(_LENGTH, b"")
        if not (self._token and hmac.compare_digest(fields.get(_TOKEN, b""), self._token)):
            return None
        return int(length) if length.isdigit() and len(length) < len(str(2**31)) else None


def quick(token: str, answer: Answer) -> "type[asyncio.Protocol]":
    """Make the protocol of a server.

    Shape: token is that of the hosts; answer knows what a body is answered that says nothing new, None for others.
    """
    heads = Heads(token)

    class Quick(HttpToolsProtocol):
        """One connection."""

        def data_received(self, data: bytes) -> None:
            """Answer a report that is all there is, or let the long way begin."""
            if data.startswith(_BEGINNING) and self._is_between():
                head, _, body = data.partition(_END)
                if heads.length(head) == len(body):
                    reply = answer(body)
                    if reply is not None:
                        self._reply(reply)
                        return
            super().data_received(data)

        def _is_between(self) -> bool:
            """Tell whether a request was answered, and nothing of the next one has come."""
            cycle = self.cycle
            done = cycle is not None and cycle.response_complete and not cycle.more_body and cycle.keep_alive
            return done and cycle.scope is self.scope and not self.transport.is_closing()

        def _reply(self, reply: Reply) -> None:
            self.server_state.total_requests += 1
            self._rest()
            common = b"".join(b"%b: %b\r\n" % each for each in self.server_state.default_headers)
            kind, length = reply.content_type.encode(), len(reply.body)
            own = b"content-type: %b\r\ncontent-length: %d\r\n\r\n" % (kind, length)
            self.transport.write(b"HTTP/1.1 %d OK\r\n%b%b%b" % (reply.status, common, own, reply.body))

        def _rest(self) -> None:
            """Begin the time anew after which a connection is closed on which nothing was asked."""
            self._unset_keepalive_if_required()
            closing = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
            self.timeout_keep_alive_task = closing

    return Quick
