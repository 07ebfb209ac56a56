"""What HAProxy answers on its stats socket, as values.

Source: HAProxy 2.6 management guide, "show servers state", "show info", "show sess".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from operator import itemgetter

from openlbaas.domain.vocabulary import MemberHealth
from openlbaas.haproxy.peers import SECTION

_FORMAT = "1"
_STOPPED = "0"
_UNKNOWN_YET = "0"
_WANTED = (
    "be_name",
    "srv_name",
    "srv_op_state",
    "srv_admin_state",
    "srv_uweight",
    "srv_time_since_last_change",
    "srv_check_result",
    "srv_check_state",
)
_CHECK_ENABLED = 0x04
_FORCED_MAINTENANCE = 0x01
_HINTS = ("Error(s) found in configuration file", "Fatal errors found in configuration")
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class ServerState:
    """One server as HAProxy sees it.

    Shape: health None while a server that is checked has not been checked yet, or is switched off.
    Units: since_s is the age of its last change, in seconds.
    """

    backend: str
    name: str
    health: MemberHealth | None
    weight: int
    off: bool
    since_s: int


def servers_state(text: str) -> tuple[ServerState, ...]:
    """Read the answer to ``show servers state``.

    Raises: ValueError when it is not in the format that we know.
    """
    lines = text.strip().splitlines()
    if not lines or lines[0] != _FORMAT:
        raise ValueError(f"not an answer to 'show servers state': {text[:80]!r}")
    columns = lines[1].lstrip("# ").split()
    wanted = itemgetter(*(columns.index(name) for name in _WANTED))
    try:
        return tuple(_server(*wanted(line.split())) for line in lines[2:] if line)
    except IndexError as error:
        raise ValueError("an answer to 'show servers state' that was cut off") from error


def _server(  # noqa: PLR0913 - one for each column
    backend: str, name: str, working: str, admin: str, weight: str, since: str, result: str, check: str
) -> ServerState:
    health: MemberHealth | None
    off = bool(int(admin) & _FORCED_MAINTENANCE)
    if off:
        health = None
    elif not int(check) & _CHECK_ENABLED:
        health = MemberHealth.UNCHECKED
    elif result == _UNKNOWN_YET and working != _STOPPED:
        health = None
    else:
        health = MemberHealth.DOWN if working == _STOPPED else MemberHealth.UP
    return ServerState(backend, name, health, int(weight), off, int(since))


def connections(text: str) -> int:
    """Read from the answer to ``show info`` how many clients are connected; those of the socket itself don't count."""
    pairs = (line.partition(": ") for line in text.splitlines())
    return next((int(value) for key, _, value in pairs if key == "CurrConns"), 0)


def requests(text: str) -> int:
    """Count in the answer to ``show sess`` what is carried for clients, without what processes tell each other."""
    own = (" fe=GLOBAL ", f" fe={SECTION} ")
    return sum(" fe=" in line and not any(name in line for name in own) for line in text.splitlines())


def worth_keeping(text: str, checked: Mapping[tuple[str, str], str]) -> str:
    """Cut an answer to ``show servers state`` to what the next process should begin with.

    Shape:  checked are the pairs of backend and server that the next process checks, and where: one that is down and
            checked no more would stay down for ever, and one that is somewhere else now would keep its old port. A
            server that was set to maintenance to retire it is left out as well, should it be wanted again by then.
            Weights are those that the process began with: the next one takes the weight of its configuration where it
            is another one, and what was told meanwhile would win over it where it is not
    Raises: ValueError when it is not in the format that we know.
    """
    servers_state(text)
    lines = text.strip().splitlines()
    columns = lines[1].lstrip("# ").split()
    rows = (dict(zip(columns, line.split(), strict=False)) for line in lines[2:] if line)
    kept = (row for row in rows if _stays(row, checked) and not _in_maintenance(row))
    as_begun = (" ".join((row | {"srv_uweight": row["srv_iweight"]}).values()) for row in kept)
    return "\n".join([*lines[:2], *as_begun, ""])


def _stays(row: Mapping[str, str], checked: Mapping[tuple[str, str], str]) -> bool:
    where, _, port = checked.get((row["be_name"], row["srv_name"]), "").rpartition(":")
    return port == row["srv_port"] and ip_address(where.strip("[]")) == ip_address(row["srv_addr"])


def _in_maintenance(row: Mapping[str, str]) -> bool:
    return bool(int(row["srv_admin_state"]) & _FORCED_MAINTENANCE)


def alerts(text: str, folder: str) -> str:
    """Cut what HAProxy said when it refused to start to the sense: no notices, process ids, hints or path names."""
    kept = (line.split(" : ", 1)[-1].strip() for line in text.splitlines() if line.startswith("[ALERT]"))
    sense = (line.removeprefix("config : ") for line in kept)
    said = [line for line in sense if not any(hint in line for hint in _HINTS)]
    told = "; ".join(dict.fromkeys(said)) or text.strip()[-_LONGEST:] or "HAProxy ended without a word"
    return told.replace(f"{folder}/", "").replace("\n", " ")[:_LONGEST]
