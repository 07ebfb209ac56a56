"""Whose servers may have come or gone, from lines of HAProxy's log.

Source: HAProxy 2.6, "log-tag", "option log-health-checks"; its lines about servers, as 2.6.12 writes them.
"""

import re

_LINE = re.compile(
    rb"qlbaas-([0-9A-Za-z-]{1,64})\[\d+\]: (?:Server \S+ is (?:UP|DOWN)\b|Health check for server \S+ succeeded)"
)


def told(lines: bytes) -> tuple[str, ...]:
    """Name the load balancers with news, each once.

    Shape: a server that goes is told by name; the first check of one that is well says only that it succeeded, and one
    that failed says nothing more than the line about the server does.
    """
    return tuple(dict.fromkeys(match[1].decode() for match in _LINE.finditer(lines)))
