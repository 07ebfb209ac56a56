"""What everything of a lab is called: derived from its folder alone, so that it is found again without any record."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

DEFAULT_FOLDER = "~/.local/state/openlbaas/lab"
SELFSERVICE = "172.20.0.0/24"
POOL = ("172.20.0.2", "172.20.0.254")
PREFIX_LENGTH = 24
CLIENT_ADDRESS = "172.20.0.200"
PROVIDER = "192.168.0.0/16"
PROVIDER_POOL = ("192.168.93.210", "192.168.93.245")
PHYSICAL_NETWORK = "provider"
CONTROL_PORT = 9696
CONTROL_PREFIX_LENGTH = 24
MOST_HOSTS = 200
MOST_SERVERS = 9
HOSTS_FOLDER = Path("/run/olb")
"""Where the hosts of all labs keep their state: HAProxy runs as nobody and must reach it, which a lab's folder below
somebody's home does not let it; and short, since the path of a socket has room for 97 bytes."""
MARKER = "OPENLBAAS_LAB"
"""Environment variable of every process that a lab starts; its value is the lab's prefix."""

_HASH_LENGTH = 6
_NAME = re.compile(r"[a-z][a-z0-9-]{0,14}")
_FIRST_WEBS = {1: 12, 2: 6}
_LATER_WEBS = 10
_RESERVED = frozenset({"client", "control", "wire"})


@dataclass(frozen=True, slots=True)
class Names:
    """A lab, by its folder.

    Shape: folder is absolute
    """

    folder: Path

    @property
    def prefix(self) -> str:
        """What every name of this lab begins with on this machine."""
        return "olb" + hashlib.sha256(str(self.folder).encode()).hexdigest()[:_HASH_LENGTH]

    def namespace(self, name: str) -> str:
        """Name the network namespace of a host, a web server, the client, the control network or the wire."""
        return f"{self.prefix}-{name}"

    def namespace_path(self, name: str) -> str:
        """Where the machine keeps a namespace of ours."""
        return f"/run/netns/{self.namespace(name)}"

    @property
    def mark(self) -> str:
        """How the mount table of a host's processes says whose they are: the source of its own /run/netns."""
        return f"{self.prefix}-netns"

    @property
    def hosts_folder(self) -> Path:
        """Where the hosts of this lab keep their state."""
        return HOSTS_FOLDER / self.prefix

    def host_folder(self, host: str) -> Path:
        """Where a host keeps its state, as its agent's state_path."""
        return self.hosts_folder / host

    def birth(self, name: str) -> Path:
        """Where a process writes down who it is before it becomes what it will be."""
        return self.folder / "run" / f"{name}.born"

    def log(self, name: str) -> Path:
        """Where a process logs."""
        return self.folder / "log" / f"{name}.log"

    @property
    def state(self) -> Path:
        """What the lab remembers of itself."""
        return self.folder / "state.json"

    @property
    def database(self) -> Path:
        """The servers' database where it is a file."""
        return self.folder / "openlbaas.db"

    @property
    def database_folder(self) -> Path:
        """Where a database server of this lab keeps its files, short as those of hosts: its socket is among them."""
        return self.hosts_folder / "database"

    @property
    def tokens(self) -> Path:
        """The server's tokens."""
        return self.folder / "tokens.json"

    @property
    def server_file(self) -> Path:
        """The servers' options."""
        return self.folder / "openlbaas.conf"

    def host_file(self, host: str) -> Path:
        """Where the options of one host's agent are."""
        return self.folder / f"{host}.conf"


def names(folder: str | Path) -> Names:
    """Name a lab by a folder as somebody typed it."""
    return Names(Path(folder).expanduser().resolve())


def bridge(network_id: str) -> str:
    """Name the bridge of a network, as the original does."""
    return f"brq{network_id[:11]}"


def tap(port_id: str) -> str:
    """Name the bridge's end of a port, as the original does."""
    return f"tap{port_id[:11]}"


def host(place: int) -> str:
    """Name the hosts: host1, host2, ..."""
    return f"host{place}"


def host_control_address(place: int) -> str:
    """Where a host is on the control network; place counts from 1."""
    return f"10.255.0.{10 + place}"


def server_control_address(place: int) -> str:
    """Where hosts reach a server; place counts from 1."""
    return f"10.255.0.{place}"


def web_address(place: int) -> str:
    """Where a web server is on the tenant network: web1 and web2 as in the article, then .13, .14, ..."""
    return f"172.20.0.{_FIRST_WEBS.get(place, _LATER_WEBS + place)}"


def web_place(name: str, taken: frozenset[str]) -> int:
    """Choose the place of a web server: web7 is the 7th, any other name gets the first whose address is free."""
    numbered = re.fullmatch(r"web([1-9]\d?)", name)
    if numbered:
        return int(numbered[1])
    return next(place for place in range(1, 1000) if web_address(place) not in taken)


def usable_web_name(name: str) -> bool:
    """Tell whether a web server may be called so."""
    return bool(_NAME.fullmatch(name)) and name not in _RESERVED and not re.fullmatch(r"(host|server)\d+", name)
