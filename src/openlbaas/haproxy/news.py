"""Whose servers may have come or gone, from a line of HAProxy's log.

Source: HAProxy 2.6, "log-tag", "option log-health-checks"; its lines about servers, as 2.6.12 writes them.
"""

import re

_LINE = re.compile(
    rb"^<\d+>[^\[]* qlbaas-([0-9A-Za-z-]{1,64})\[\d+\]: "
    rb"(?:Server \S+ is (?:UP|DOWN)\b|Health check for server \S+ succeeded\b)"
)


def told(line: bytes) -> str | None:
    """Name the load balancer with news; None when a line is about something else.

    Shape: a server that goes is told by name; the first check of one that is well says only that it succeeded, and one
    that failed says nothing more than the line about the server does.
    """
    found = _LINE.match(line)
    return None if found is None else found[1].decode()
