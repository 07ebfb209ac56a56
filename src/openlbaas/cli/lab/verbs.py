"""The verbs of `openlbaas lab` that act on a lab that stands."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

from openlbaas.cli.lab import names as n
from openlbaas.cli.lab import parts, state, wiring
from openlbaas.cli.lab.bring_up import reserve
from openlbaas.cli.lab.processes import LabError, alive, stop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openlbaas.cli.lab.names import Names
    from openlbaas.cli.lab.state import State, Station

_CURL = ("curl", "--silent", "--show-error", "--noproxy", "*")


def execute(lab: Names, place: str, command: Sequence[str]) -> int:
    """Run a command where a host, a web server or the client is; its exit code is ours."""
    known = state.read(lab)
    if place in known.host_names:
        return _run([*wiring.into_host(lab, place), *command])
    if place not in {"client", *(web.name for web in known.webs)}:
        message = f"No {place} in this lab. There are: client, {_joined(known)}."
        raise LabError(message)
    return _run(["ip", "netns", "exec", lab.namespace(place), *command])


def curl(lab: Names, words: Sequence[str]) -> int:
    """Ask a URL as the client would; curl's exit code is ours."""
    if shutil.which("curl") is None:
        message = "curl is not installed. `scripts/setup` installs it."
        raise LabError(message)
    state.read(lab)
    return _run(["nsenter", f"--net={lab.namespace_path('client')}", "--", *_CURL, *words])


def web_add(lab: Names, name: str) -> str:
    """Put one more web server on the tenant network."""
    known = state.read_ready(lab)
    if any(web.name == name for web in known.webs):
        message = f"There is a {name} already. `openlbaas lab web start --dir {lab.folder} {name}` starts it."
        raise LabError(message)
    if not n.usable_web_name(name):
        message = f"A web server can't be called {name!r}: up to 15 lower-case letters, digits, dashes; no host's name."
        raise LabError(message)
    client = parts.client_of(known)
    address = n.web_address(n.web_place(name, frozenset(station.address for station in known.stations)))
    station = reserve(client, known, name, address)
    client.close()
    known.webs.append(station)
    state.write(lab, known)
    wiring.make_namespaces(lab, [name])
    wiring.join_stations(lab, known, [station])
    parts.await_web(lab, name, parts.start_web(lab, name))
    state.write(lab, known)
    return f"{name} answers on {address} port {state.WEB_PORT}"


def web_stop(lab: Names, name: str) -> str:
    """Stop a web server; its machine stays on the network and refuses connections."""
    known = state.read_ready(lab)
    _web(known, name)
    stopped = stop(lab, name, signal.SIGTERM)
    state.write(lab, known)
    return f"{name} is stopped" if stopped else f"{name} was stopped already"


def web_start(lab: Names, name: str) -> str:
    """Start a web server that was stopped."""
    known = state.read_ready(lab)
    web = _web(known, name)
    if alive(lab, name):
        return f"{name} runs already"
    parts.await_web(lab, name, parts.start_web(lab, name))
    state.write(lab, known)
    return f"{name} answers on {web.address} port {state.WEB_PORT}"


def kill_server(lab: Names, place: int) -> str:
    """Kill a server as a crash would."""
    known = state.read_ready(lab)
    _check_server(known, place)
    killed = stop(lab, f"server{place}", signal.SIGKILL)
    state.write(lab, known)
    return f"server {place} is killed" if killed else f"server {place} did not run"


def start_server(lab: Names, place: int) -> str:
    """Start a server that was killed, where it was."""
    known = state.read_ready(lab)
    _check_server(known, place)
    if alive(lab, f"server{place}"):
        return f"server {place} runs already"
    parts.await_server(lab, known, place, parts.start_server(lab, known, place))
    state.write(lab, known)
    return f"server {place} answers on {state.endpoint(known, place)}"


def kill_database(lab: Names) -> str:
    """Let the database server fall, as in a crash."""
    known = _with_database(lab)
    killed = parts.stop_database(lab)
    state.write(lab, known)
    return "the database is killed" if killed else "the database did not run"


def start_database(lab: Names) -> str:
    """Start the database server that fell, with all that it had acknowledged."""
    known = _with_database(lab)
    if alive(lab, "database"):
        return "the database runs already"
    parts.await_database(lab, *parts.start_database(lab, known))
    state.write(lab, known)
    return f"the database answers in {lab.database_folder}"


def _with_database(lab: Names) -> State:
    known = state.read_ready(lab)
    if not known.database_runs:
        message = "The database of this lab is a file. `openlbaas lab up --database mariadb` makes a lab with a server."
        raise LabError(message)
    return known


def _run(command: Sequence[str]) -> int:
    """Run a command to its end; by becoming it, unless a shell of ours goes on after it."""
    sys.stdout.flush()
    if sys.argv[1:2] == ["lab"]:
        os.execvp(command[0], list(command))  # noqa: S606 - what was asked for
    ended = subprocess.run(command, check=False).returncode
    return ended if ended >= 0 else 128 - ended


def _web(known: State, name: str) -> Station:
    for web in known.webs:
        if web.name == name:
            return web
    message = f"No web server {name} in this lab. There are: {', '.join(web.name for web in known.webs) or 'none'}."
    raise LabError(message)


def _check_server(known: State, place: int) -> None:
    if not 1 <= place <= known.servers:
        message = f"No server {place} in this lab: there are {known.servers}, counted from 1."
        raise LabError(message)


def _joined(known: State) -> str:
    return ", ".join([*known.host_names, *(web.name for web in known.webs)])
