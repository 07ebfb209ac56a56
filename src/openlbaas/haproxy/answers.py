"""What HAProxy answers on its stats socket, as values.

Source: HAProxy 2.6 management guide, "show servers state", "show stat", "show info".
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO

from openlbaas.domain.vocabulary import MemberHealth

_FORMAT = "1"
_STOPPED = 0
_UNKNOWN_YET = 0
_CHECK_ENABLED = 0x04


@dataclass(frozen=True, slots=True)
class ServerState:
    """One server as HAProxy sees it.

    Shape: health None while a server that is checked has not been checked yet.
    """

    backend: str
    name: str
    health: MemberHealth | None


def servers_state(text: str) -> tuple[ServerState, ...]:
    """Read the answer to ``show servers state``.

    Raises: ValueError when it is not in the format that we know.
    """
    lines = text.strip().splitlines()
    if not lines or lines[0] != _FORMAT:
        raise ValueError(f"not an answer to 'show servers state': {text[:80]!r}")
    columns = lines[1].lstrip("# ").split()
    return tuple(_server(dict(zip(columns, line.split(), strict=False))) for line in lines[2:] if line)


def _server(row: Mapping[str, str]) -> ServerState:
    health: MemberHealth | None
    if not int(row["srv_check_state"]) & _CHECK_ENABLED:
        health = MemberHealth.UNCHECKED
    elif int(row["srv_check_result"]) == _UNKNOWN_YET and int(row["srv_op_state"]) != _STOPPED:
        health = None
    else:
        health = MemberHealth.DOWN if int(row["srv_op_state"]) == _STOPPED else MemberHealth.UP
    return ServerState(row["be_name"], row["srv_name"], health)


def stat(text: str) -> tuple[dict[str, str], ...]:
    """Read the answer to ``show stat``: one row by column for each frontend, backend and server.

    Raises: ValueError when it is not in the format that we know.
    """
    if not text.startswith("# pxname,"):
        raise ValueError(f"not an answer to 'show stat': {text[:80]!r}")
    return tuple(csv.DictReader(StringIO(text[2:].strip())))


def info(text: str) -> dict[str, str]:
    """Read the answer to ``show info``."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return {key: value for key, colon, value in pairs if colon}


def alerts(text: str) -> str:
    """Cut what HAProxy printed when it refused to start to the sense: no notices, no process ids, no file name."""
    kept = [line.split(" : ", 1)[-1].strip() for line in text.splitlines() if line.startswith("[ALERT]")]
    sense = [line.removeprefix("config : ") for line in kept if not line.startswith("config : Error(s) found")]
    sense = [line for line in sense if "Fatal errors found in configuration" not in line]
    told = "; ".join(dict.fromkeys(sense)) or text.strip()[-500:] or "HAProxy ended without a word"
    return told[:1000]
