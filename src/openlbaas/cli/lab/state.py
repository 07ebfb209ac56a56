"""What a lab remembers: its own state, and what it tells others in lab.json and openrc."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from openlbaas.cli.lab import databases
from openlbaas.cli.lab import names as n
from openlbaas.cli.lab.processes import LabError, alive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openlbaas.cli.lab.names import Names

WEB_PORT = 80
_LOCK = "lock"


@dataclass(frozen=True)
class Station:
    """A machine on the tenant network: a web server or the client."""

    name: str
    address: str
    port_id: str
    mac_address: str


@dataclass
class State:
    """Everything about a lab that its folder's name does not say.

    Shape: network_id, subnet_id, client and webs are empty until the API has made them; ready when up has ended well;
           cut names the planes, control and tenant, that hosts are cut off from, and hosts with none are not in it
    """

    port: int
    hosts: int
    servers: int
    token: str
    host_token: str
    project_id: str
    database: str = "sqlite"
    network_id: str = ""
    subnet_id: str = ""
    client: Station | None = None
    webs: list[Station] = field(default_factory=list)
    ready: bool = False
    cut: dict[str, list[str]] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        """Where the API answers."""
        return endpoint(self, 1)

    @property
    def host_names(self) -> list[str]:
        """Name the hosts in order."""
        return [n.host(place) for place in range(1, self.hosts + 1)]

    def connection(self, lab: Names) -> str:
        """Where the servers' database is, as SQLAlchemy takes it."""
        if self.database_runs:
            return databases.connection(self.database, lab.database_folder)
        return f"sqlite:///{lab.database}"

    @property
    def database_runs(self) -> bool:
        """Tell whether the database is a process, and not a file."""
        return self.database != "sqlite"

    @property
    def several(self) -> bool:
        """Tell whether there is a wire between hosts, and the web servers are on it."""
        return self.hosts > 1

    @property
    def stations(self) -> list[Station]:
        """List the client, once there is one, and the web servers."""
        return [*([self.client] if self.client else []), *self.webs]


def endpoint(state: State, server: int) -> str:
    """Where one of the servers answers on this machine; server counts from 1."""
    return f"http://127.0.0.1:{state.port + server - 1}"


def exists(lab: Names) -> bool:
    """Tell whether somebody has begun a lab in this folder."""
    return lab.state.exists()


def read(lab: Names) -> State:
    """Read the state of a lab.

    Raises: LabError when there is none that can be used
    """
    try:
        told: dict[str, Any] = json.loads(lab.state.read_text())
        told["client"] = Station(**told["client"]) if told["client"] else None
        told["webs"] = [Station(**web) for web in told["webs"]]
        return State(**told)
    except FileNotFoundError as problem:
        message = f"There is no lab in {lab.folder}. `openlbaas lab up --dir {lab.folder}` makes one."
        raise LabError(message) from problem
    except (ValueError, TypeError, KeyError) as problem:
        message = (
            f"{lab.state} can't be read ({problem}). `openlbaas lab down --dir {lab.folder}` cleans up all the same."
        )
        raise LabError(message) from problem


def read_ready(lab: Names) -> State:
    """Read the state of a lab that came up.

    Raises: LabError when there is none, or `lab up` did not end well
    """
    state = read(lab)
    if not state.ready:
        message = f"The lab in {lab.folder} is only half up. `openlbaas lab down --dir {lab.folder}` removes it."
        raise LabError(message)
    return state


def write(lab: Names, state: State) -> None:
    """Keep the state, and once there is something to tell, tell it."""
    _replace(lab.state, json.dumps(dataclasses.asdict(state), indent=1), 0o600)
    if state.ready:
        _replace(lab.folder / "lab.json", json.dumps(told(lab, state), indent=1) + "\n", 0o600)
        _replace(lab.folder / "openrc", openrc(state), 0o600)


def told(lab: Names, state: State) -> dict[str, Any]:
    """Say what lab.json says; a pid is null while the process does not run."""
    return {
        "endpoint": state.endpoint,
        "token": state.token,
        "project_id": state.project_id,
        "network_id": state.network_id,
        "subnet_id": state.subnet_id,
        "client": {"namespace": lab.namespace("client"), "address": n.CLIENT_ADDRESS},
        "hosts": [
            {
                "name": name,
                "namespace": lab.namespace(name),
                "agent_pid": alive(lab, f"{name}-agent"),
                "pid": alive(lab, name),
            }
            for name in state.host_names
        ],
        "servers": [
            {"endpoint": endpoint(state, place), "pid": alive(lab, f"server{place}")}
            for place in range(1, state.servers + 1)
        ],
        "database": state.connection(lab),
        "database_pid": alive(lab, "database"),
        "webs": [
            {
                "name": web.name,
                "address": web.address,
                "port": WEB_PORT,
                "namespace": lab.namespace(web.name),
                "pid": alive(lab, web.name),
            }
            for web in state.webs
        ],
    }


def openrc(state: State) -> str:
    """Write the exports that the stock clients and ours take."""
    return (
        "# Read by a shell: source this file, then run neutron or openlbaas.\n"
        "unset OS_AUTH_URL OS_URL\n"
        "export OS_AUTH_TYPE=admin_token\n"
        f"export OS_ENDPOINT={state.endpoint}\n"
        f"export OS_TOKEN={state.token}\n"
    )


@contextmanager
def locked(lab: Names) -> Iterator[None]:
    """Keep every other command that changes this lab waiting; the lock dies with its process."""
    lab.folder.mkdir(parents=True, exist_ok=True)
    with (lab.folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(path: Path, text: str, mode: int) -> None:
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    beside.replace(path)
