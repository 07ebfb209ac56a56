"""Echo requests and their answers, as a datagram socket for ICMP sends and receives them.

The kernel adds the identifier of the socket and the checksum, and hands over nothing but answers to that identifier.

Source: RFC 792 "Echo or Echo Reply Message"; RFC 4443 section 4.
"""

import struct
from dataclasses import dataclass

TOKEN_BYTES = 8
_HEAD = struct.Struct("!BBHHH")
_CONTENT = struct.Struct(f"!{TOKEN_BYTES}sIQ")
_REQUESTS = {4: 8, 6: 128}
_REPLIES = {4: 0, 6: 129}
_LARGEST_SEQUENCE = 0xFFFF
_LARGEST_KEY = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Echo:
    """What a request carries and its answer brings back.

    Shape: token is secret, so nobody who did not get the request can answer it; key names who is asked, modulo 2**32,
    number is the how-manieth request to it this is.
    """

    token: bytes
    key: int
    number: int


def request(version: int, echo: Echo) -> bytes:
    """Write a request of IP version 4 or 6."""
    head = _HEAD.pack(_REQUESTS[version], 0, 0, 0, echo.number & _LARGEST_SEQUENCE)
    return head + _CONTENT.pack(echo.token, echo.key & _LARGEST_KEY, echo.number)


def reply(version: int, packet: bytes) -> Echo | None:
    """Read an answer; None when it is none, or not one to a request of :func:`request`."""
    if len(packet) != _HEAD.size + _CONTENT.size:
        return None
    kind, code, _checksum, _identifier, _sequence = _HEAD.unpack_from(packet)
    if (kind, code) != (_REPLIES[version], 0):
        return None
    return Echo(*_CONTENT.unpack_from(packet, _HEAD.size))
