"""What HAProxy has counted, from the answer to ``show stat``.

Source: HAProxy 2.6 management guide, 9.1 "CSV format".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

COMMAND = "show stat -1 7 -1"
"""Frontends, backends and servers."""

_HEAD = "# pxname,"
_KINDS = {"FRONTEND": 0, "BACKEND": 1}
_COLUMNS = {
    "bytes_in": "bin",
    "bytes_out": "bout",
    "active_connections": "scur",
    "total_connections": "stot",
    "requests": "req_tot",
    "responses_1xx": "hrsp_1xx",
    "responses_2xx": "hrsp_2xx",
    "responses_3xx": "hrsp_3xx",
    "responses_4xx": "hrsp_4xx",
    "responses_5xx": "hrsp_5xx",
    "responses_other": "hrsp_other",
    "request_errors": "ereq",
    "connection_errors": "econ",
    "response_errors": "eresp",
}

Numbers = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of frontends, backends and servers, by name; what is 0 is left out."""

    frontends: Mapping[str, Numbers] = field(default_factory=dict)
    backends: Mapping[str, Numbers] = field(default_factory=dict)
    servers: Mapping[str, Numbers] = field(default_factory=dict)


def counts(text: str) -> Counts:
    """Read the answer, which may stand behind another command's.

    Raises: ValueError when it is not there.
    """
    begin = text.find(_HEAD)
    if begin < 0:
        raise ValueError(f"not an answer to 'show stat': {text[:80]!r}")
    head, *lines = text[begin + 2 :].splitlines()
    names = head.split(",")
    places = [(name, names.index(column)) for name, column in _COLUMNS.items()]
    found: tuple[dict[str, Numbers], ...] = ({}, {}, {})
    for line in lines:
        parts = line.split(",")
        if len(parts) < len(names):
            continue
        kind = _KINDS.get(parts[1], 2)
        found[kind][parts[1] if kind == 2 else parts[0]] = {  # noqa: PLR2004 - the servers
            name: int(parts[place]) for name, place in places if parts[place] not in ("", "0")
        }
    return Counts(*found)
