"""What HAProxy has counted, from the answer to ``show stat``.

Source: HAProxy 2.6 management guide, 9.1 "CSV format".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter

COMMAND = "show stat -1 7 -1"
"""Frontends, backends and servers."""

_HEAD = "# pxname,"
_KINDS = {"FRONTEND": 0, "BACKEND": 1}
_SERVERS = 2
_NOTHING = ("0", "")
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

    Raises: ValueError when it is not there, or lacks a column.
    """
    begin = text.find(_HEAD)
    if begin < 0:
        raise ValueError(f"not an answer to 'show stat': {text[:80]!r}")
    head, *lines = text[begin + 2 :].splitlines()
    names = head.split(",")
    places = [names.index(column) for column in _COLUMNS.values()]
    last = max(places)
    wanted = itemgetter(*places)
    found: tuple[dict[str, Numbers], ...] = ({}, {}, {})
    for line in lines:
        parts = line.split(",", last + 1)
        if len(parts) <= last:
            continue
        kind = _KINDS.get(parts[1], _SERVERS)
        numbers = zip(_COLUMNS, wanted(parts), strict=True)
        found[kind][parts[kind // _SERVERS]] = {name: int(is_) for name, is_ in numbers if is_ not in _NOTHING}
    return Counts(*found)
