"""What can be done with a lab that is up, and how it goes away."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from openlbaas.cli.lab import names as n
from openlbaas.cli.lab import parts, wiring
from openlbaas.cli.lab.processes import LabError, alive, end, inside, ours, stop
from openlbaas.cli.lab.state import WEB_PORT, endpoint, exists, locked, read_ready, write
from openlbaas.cli.lab.up import add_station

if TYPE_CHECKING:
    import argparse

    from openlbaas.cli.lab.names import Names
    from openlbaas.cli.lab.state import State

_MADE = (
    "lab.json",
    "openrc",
    "openlbaas.conf",
    "openlbaas.db",
    "openlbaas.db-wal",
    "openlbaas.db-shm",
    "tokens.json",
    "state.json",
    "lock",
)
_GONE = 127


def status(lab: Names, _asked: argparse.Namespace) -> int:
    """Show what there is and what runs; 1 when something that should run does not."""
    state = read_ready(lab)
    rows = [(f"server{place}", endpoint(state, place)) for place in range(1, state.servers + 1)]
    rows += [(f"{host}-agent", f"agent of {host}, namespace {lab.namespace(host)}") for host in state.host_names]
    rows += [(web.name, f"http://{web.address}:{WEB_PORT}/ on selfservice") for web in state.webs]
    width = max(len(name) for name, _ in rows)
    well = True
    for name, what in rows:
        pid = alive(lab, name)
        well = well and pid is not None
        print(f"{name:{width}}  {f'pid {pid}' if pid else 'DOWN':12}  {what}")
    print(f"{'client':{width}}  {'':12}  {n.CLIENT_ADDRESS}, namespace {lab.namespace('client')}")
    return 0 if well else 1


def execute(lab: Names, asked: argparse.Namespace) -> int:
    """Become a command inside the client, a host or a web server."""
    state = read_ready(lab)
    command = asked.command[1:] if asked.command[:1] == ["--"] else asked.command
    if not command:
        message = "Say what to run: openlbaas lab exec host1 -- ip netns"
        raise LabError(message)
    entering = _into(lab, state, asked.where)
    environment = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
    sys.stdout.flush()
    try:
        os.execvpe(entering[0], [*entering, *command], environment)  # noqa: S606 - what was asked for
    except OSError as problem:
        message = f"Can't run {command[0]}: {problem.strerror}."
        raise LabError(message) from problem
    return _GONE


def _into(lab: Names, state: State, where: str) -> list[str]:
    if where in state.host_names:
        return wiring.into_host(lab, where)
    if where in {station.name for station in state.stations}:
        return ["nsenter", f"--net={lab.namespace_path(where)}", "--"]
    known = ", ".join([*state.host_names, *(station.name for station in state.stations)])
    message = f"There is no {where} in this lab; there are: {known}."
    raise LabError(message)


def curl(lab: Names, asked: argparse.Namespace) -> int:
    """Ask a URL from the client and print the body alone."""
    asked.where = "client"
    asked.command = ["curl", "--silent", "--show-error", "--max-time", "10", *asked.words]
    return execute(lab, asked)


def web(lab: Names, asked: argparse.Namespace) -> int:
    """Add, stop or start a web server."""
    with locked(lab):
        state = read_ready(lab)
        known = {one.name for one in state.webs}
        if asked.act == "add":
            if asked.name in known or not n.usable_web_name(asked.name):
                message = f"A web server can't be called {asked.name} here: it is taken, or not a plain name."
                raise LabError(message)
            station = add_station(parts.client_of(state), lab, state, asked.name)
            print(f"{station.name} answers on http://{station.address}:{WEB_PORT}/")
        elif asked.name not in known:
            message = f"There is no web server {asked.name}; there are: {', '.join(sorted(known))}."
            raise LabError(message)
        elif asked.act == "stop":
            stop(lab, asked.name, signal.SIGKILL)
            print(f"{asked.name} is stopped")
        else:
            if alive(lab, asked.name) is None:
                parts.await_web(lab, asked.name, parts.start_web(lab, asked.name))
            print(f"{asked.name} is running")
        write(lab, state)
    return 0


def boot(lab: Names, asked: argparse.Namespace) -> int:
    """Start a host's agent, and the host itself where it is down."""
    with locked(lab):
        state = read_ready(lab)
        place = _host_place(state, asked.host)
        if alive(lab, asked.host) is None:
            end(lab, lambda: inside(lab, asked.host))
            wiring.remake_host(lab, state, place)
        if alive(lab, f"{asked.host}-agent") is None:
            pid = parts.start_agent(lab, asked.host)
            parts.await_agent(lab, parts.client_of(state), asked.host, pid)
        write(lab, state)
        print(f"{asked.host} is up, its agent is process {alive(lab, f'{asked.host}-agent')}")
    return 0


def kill_agent(lab: Names, asked: argparse.Namespace) -> int:
    """Kill a host's agent, as a crash would; what it runs runs on."""
    with locked(lab):
        state = read_ready(lab)
        _host_place(state, asked.host)
        stop(lab, f"{asked.host}-agent", signal.SIGKILL)
        write(lab, state)
    print(f"the agent of {asked.host} is dead; `openlbaas lab boot {asked.host}` starts it again")
    return 0


def kill_server(lab: Names, asked: argparse.Namespace) -> int:
    """Kill a server, as a crash would."""
    with locked(lab):
        state = read_ready(lab)
        _server_place(state, asked.server)
        stop(lab, f"server{asked.server}", signal.SIGKILL)
        write(lab, state)
    print(f"server{asked.server} is dead; `openlbaas lab start-server {asked.server}` starts it again")
    return 0


def start_server(lab: Names, asked: argparse.Namespace) -> int:
    """Start a server that was killed."""
    with locked(lab):
        state = read_ready(lab)
        _server_place(state, asked.server)
        if alive(lab, f"server{asked.server}") is None:
            pid = parts.start_server(lab, state, asked.server)
            parts.await_server(lab, state, asked.server, pid)
        write(lab, state)
    print(f"server{asked.server} answers on {endpoint(state, asked.server)}")
    return 0


def _host_place(state: State, name: str) -> int:
    if name not in state.host_names:
        message = f"There is no host {name}; there are: {', '.join(state.host_names)}."
        raise LabError(message)
    return state.host_names.index(name) + 1


def _server_place(state: State, place: int) -> None:
    if not 1 <= place <= state.servers:
        message = f"There is no server {place}; there are 1 to {state.servers}."
        raise LabError(message)


def down(lab: Names, _asked: argparse.Namespace) -> int:
    """Remove everything of a lab, however much of it there is.

    Order: processes first, since namespaces with a process in them would live on; the state last, since it says that
    there may be something to remove
    """
    if not lab.folder.exists():
        print(f"there is no lab in {lab.folder}")
        return 0
    with locked(lab):
        existed = exists(lab) or bool(wiring.namespaces(lab))
        end(lab, lambda: ours(lab))
        wiring.remove_namespaces(wiring.namespaces(lab))
        _remove_files(lab)
    print(f"the lab in {lab.folder} is gone" if existed else f"there is no lab in {lab.folder}")
    return 0


def _remove_files(lab: Names) -> None:
    for folder in (lab.folder / "run", lab.folder / "log", lab.hosts_folder):
        shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        # The last lab takes away what all of them share.
        lab.hosts_folder.parent.rmdir()
    for file in (*_MADE, *(path.name for path in lab.folder.glob("host*.conf"))):
        (lab.folder / file).unlink(missing_ok=True)
