"""The processes of a lab, each started in one way: by up, and again by the verbs that bring a part back."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from openlbaas.cli.lab import databases, web, wiring
from openlbaas.cli.lab import names as n
from openlbaas.cli.lab.processes import LabError, start, stop, until
from openlbaas.cli.lab.state import WEB_PORT, endpoint
from openlbaas.client.lbaas import AGENTS, Client
from openlbaas.client.transport import ClientError, Transport
from openlbaas.client.transport import endpoint as parsed

if TYPE_CHECKING:
    import socket

    from openlbaas.cli.lab.databases import Database
    from openlbaas.cli.lab.names import Names
    from openlbaas.cli.lab.state import State

_REQUEST_S = 10.0
_ANSWER_S = 2.0


def make_database(lab: Names, state: State) -> None:
    """Start the database server of a new lab, and make the database in it; nothing where it is a file.

    Raises: LabError when there is none on this machine, or it does not start
    """
    if state.database_runs:
        database, pid = start_database(lab, state)
        await_database(lab, database, pid)
        database.create()


def start_database(lab: Names, state: State) -> tuple[Database, int]:
    """Start the database server; name its pid.

    Raises: LabError when there is none on this machine
    """
    try:
        database = databases.made(state.database, lab.database_folder)
    except databases.NoDatabase as problem:
        raise LabError(str(problem)) from problem
    # PostgreSQL looks for itself from where it stands, and may not look into everybody's folders.
    return database, start(lab, "database", ["env", "--chdir=/", *database.command])


def await_database(lab: Names, database: Database, pid: int) -> None:
    """Wait until the database server takes statements.

    Raises: LabError
    """
    until(database.answers, "taking statements", lab=lab, name="database", pid=pid)


def stop_database(lab: Names) -> bool:
    """Let a database server fall at once, and wait until it has; tell whether there was one.

    Raises: LabError
    """
    postgresql = (lab.database_folder / "data" / "PG_VERSION").exists()
    kind = "postgresql" if postgresql else "mariadb"
    return stop(lab, "database", databases.FALLS_BY[kind])


def start_upgrade(lab: Names) -> int:
    """Begin to bring the database to the newest schema; name the pid."""
    words = ["-m", "openlbaas.store.command", "upgrade", "--config-file", str(lab.server_file)]
    return start(lab, "upgrade", [sys.executable, *words])


def start_server(lab: Names, state: State, place: int, outer: socket.socket | None = None) -> int:
    """Start a server on its socket of this machine and on its socket of the control network; name its pid.

    Raises: LabError when somebody else has its port
    """
    with ExitStack() as closing:
        sockets = [
            closing.enter_context(outer or wiring.listen("127.0.0.1", state.port + place - 1)),
            closing.enter_context(
                wiring.listen_inside(lab.namespace_path("control"), n.server_control_address(place), n.CONTROL_PORT)
            ),
        ]
        words = ["-m", "openlbaas.server.main", "--config-file", str(lab.server_file)]
        return start(lab, f"server{place}", [sys.executable, *words], sockets=sockets)


def await_server(lab: Names, state: State, place: int, pid: int) -> None:
    """Wait until a server answers.

    Raises: LabError
    """
    # Its sockets are open already: the first question waits in the queue until the server takes it.
    until(lambda: answers(state, place), "answering", lab=lab, name=f"server{place}", pid=pid)


def start_agent(lab: Names, host: str) -> int:
    """Start a host's agent on that host; name its pid.

    Raises: LabError when the host is down
    """
    words = ["-m", "openlbaas.agent.main", "--config-file", str(lab.host_file(host))]
    return start(lab, f"{host}-agent", [*wiring.into_host(lab, host), sys.executable, *words], log=lab.log(host))


def await_agent(lab: Names, client: Client, host: str, pid: int, before: str = "") -> None:
    """Wait until a server has heard of the start of a host's agent, and not only of the one that was there before.

    Raises: LabError; ClientError
    """

    def heard() -> bool:
        return agent_started(client, host) not in {"", before}

    until(heard, "reporting to a server", lab=lab, name=host, pid=pid)


def agent_started(client: Client, host: str) -> str:
    """Say when a host's agent was started, to the second; "" when no server has heard of it."""
    rows = client.list(AGENTS, [("host", host), ("fields", "started_at")]).rows
    return str(rows[0]["started_at"]) if rows else ""


def start_web(lab: Names, name: str) -> int:
    """Start a web server in its namespace; name its pid."""
    program = [sys.executable, "-I", "-S", str(Path(web.__file__)), name, str(WEB_PORT), str(lab.log(name))]
    entering = ["nsenter", f"--net={lab.namespace_path(name)}", "--"]
    return start(lab, name, [*entering, *program], log=lab.log(f"{name}.err"))


def await_web(lab: Names, name: str, pid: int) -> None:
    """Wait until a web server listens.

    Raises: LabError
    """
    until(lambda: _listens(pid), "listening", lab=lab, name=name, pid=pid)


def client_of(state: State, server: int = 1) -> Client:
    """Speak to a lab's API as its administrator."""
    headers = {"X-Auth-Token": state.token, "Accept": "application/json"}
    return Client(Transport(parsed(endpoint(state, server)), headers, timeout_s=_REQUEST_S))


def answers(state: State, place: int) -> bool:
    """Tell whether a server of a lab answers now."""
    asking = Transport(parsed(endpoint(state, place)), {}, timeout_s=_ANSWER_S)
    try:
        asking.request("GET", "/healthz")
    except ClientError:
        return False
    finally:
        asking.close()
    return True


def _listens(pid: int) -> bool:
    """Tell whether somebody listens on the web servers' port in a process's network namespace."""
    try:
        lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    except OSError:
        return False
    return any(line.split()[1].endswith(f":{WEB_PORT:04X}") and line.split()[3] == "0A" for line in lines)
