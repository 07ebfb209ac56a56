"""``openlbaas dev``: a server and an agent for real use on this host, in the foreground.

Exit codes: 0 ended by a signal, or cleaned · 1 can't run · 2 not understood
"""

from __future__ import annotations

import argparse
import fcntl
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from openlbaas.cli.dev_place import CIDR, GATEWAY, NETWORK, DevError, Place, begun, clean, make_network, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from openlbaas.cli.supervise import Child
    from openlbaas.client.lbaas import Client

DEFAULT_FOLDER = "/var/lib/openlbaas/dev"
"""Not the folder of a server that runs as a service: the cleaning must never meet its database."""
_START_S = 30.0
_PAUSE_S = 0.02
_MOST_PORT = 65535


def main(argv: Sequence[str]) -> int:
    """Run server and agent until a signal, or remove what they made."""
    from openlbaas.client.transport import ClientError

    try:
        chosen = _parser().parse_args(argv)
    except SystemExit as finished:  # argparse after --help, or after words that it does not know
        return int(finished.code or 0)
    folder = Path(chosen.dir).expanduser().resolve()
    if os.geteuid() != 0:
        print("openlbaas dev: network namespaces are only for root: run it with sudo", file=sys.stderr)
        return 1
    try:
        if chosen.clean:
            return _clean(folder)
        return _run(Place(folder, chosen.port, chosen.noauth), chosen.config_file)
    except DevError as problem:
        print(f"openlbaas dev: {problem}", file=sys.stderr)
    except ClientError as problem:
        print(f"openlbaas dev: {problem.message}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="openlbaas dev",
        description="A server and an agent on this host, in the foreground. Ctrl-C ends both; the load balancers go on"
        f" serving and are adopted by the next start. The first start makes a network {NETWORK!r}, {CIDR}, with this"
        f" host on it as {GATEWAY}. Needs root.",
    )
    parser.add_argument("--dir", default=DEFAULT_FOLDER, help=f"folder of everything that is kept ({DEFAULT_FOLDER})")
    parser.add_argument("--port", type=_port, default=9696, help="port of the API on 127.0.0.1 (9696)")
    parser.add_argument("--noauth", action="store_true", help="ask nobody for a token; on the loopback only")
    parser.add_argument(
        "--config-file", action="append", default=[], help="options of your own, which win; may be repeated"
    )
    parser.add_argument("--clean", action="store_true", help="remove everything that earlier starts have made")
    return parser


def _port(text: str) -> int:
    if not 1 <= int(text) <= _MOST_PORT:
        message = f"{text} is no port"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _clean(folder: Path) -> int:
    if not begun(folder):
        print(f"there is nothing of `openlbaas dev` in {folder}")
        return 0
    with _alone(folder):
        stayed = clean(folder)
    for sentence in stayed:
        print(sentence)
    print(f"what `openlbaas dev` had made for {folder} is gone")
    return 0


def _run(place: Place, own_files: Sequence[str]) -> int:
    from openlbaas.cli.supervise import block_signals, end, supervise, tend
    from openlbaas.client.lbaas import AGENTS

    place.folder.mkdir(parents=True, exist_ok=True)
    with _alone(place.folder):
        _refuse_taken(place)
        token = prepare(place)
        files = [word for path in (place.options, *own_files) for word in ("--config-file", str(path))]
        _upgrade(files)
        block_signals()
        server, agent = children(files)
        try:
            tend(server, os.environ, _say)
            client = _client(place, token)
            _await(server, lambda: _answers(client))
            make_network(place.folder, client)
            tend(agent, os.environ, _say)
            _await(agent, lambda: bool(client.list(AGENTS, [("alive", "True"), ("fields", "id")]).rows))
            client.close()
        except BaseException:
            end(agent)
            end(server)
            raise
        print(told(place), flush=True)
        supervise([server, agent], os.environ, _say)
    _say("ended; load balancers go on serving")
    return 0


def children(files: Sequence[str]) -> tuple[Child, Child]:
    """Name the processes: the server, the agent."""
    from openlbaas.cli.supervise import Child

    return (
        Child("openlbaas-server", [sys.executable, "-m", "openlbaas.server.main", *files]),
        Child("openlbaas-agent", [sys.executable, "-m", "openlbaas.agent.main", *files]),
    )


def told(place: Place) -> str:
    """Say what runs and how to use it."""
    return f"""\
The API answers on {place.endpoint}; credentials: source {place.folder}/openrc
Network {NETWORK} is {CIDR}, this host is {GATEWAY} on it: members may be services of this host on {GATEWAY}.

    openlbaas lbaas-loadbalancer-create --name lb --wait {NETWORK}

Ctrl-C ends server and agent; load balancers go on serving. `openlbaas dev --clean --dir {place.folder}` removes all.
"""


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only one who works in a folder.

    Raises: DevError
    """
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            message = f"Another `openlbaas dev` runs in {folder}."
            raise DevError(message) from problem
        yield


def _refuse_taken(place: Place) -> None:
    """Refuse a port that somebody listens on.

    Raises: DevError
    """
    try:
        socket.create_server(("127.0.0.1", place.port)).close()
    except OSError as problem:
        message = f"Can't listen on 127.0.0.1 port {place.port}: {problem.strerror}. Choose another with --port."
        raise DevError(message) from problem


def _upgrade(files: Sequence[str]) -> None:
    """Bring the database to the newest schema, making it where there is none.

    Raises: DevError
    """
    command = [sys.executable, "-m", "openlbaas.store.command", "upgrade", *files]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        message = f"The database can't be upgraded: {ran.stdout}{ran.stderr}"
        raise DevError(message)


def _client(place: Place, token: str) -> Client:
    from openlbaas.client.lbaas import Client
    from openlbaas.client.transport import Transport, endpoint

    return Client(Transport(endpoint(place.endpoint), {"X-Auth-Token": token, "Accept": "application/json"}))


def _answers(client: Client) -> bool:
    from openlbaas.client.transport import Unreachable

    try:
        client.transport.request("GET", "/healthz")
    except Unreachable:
        return False
    return True


def _await(child: Child, condition: Callable[[], bool]) -> None:
    """Wait until a child has come up.

    Raises: DevError when it ends instead, or takes too long; ClientError
    """
    give_up = time.monotonic() + _START_S
    while not condition():
        if child.process is None or child.process.poll() is not None or time.monotonic() > give_up:
            message = f"{child.name} does not come up; what it says stands above."
            raise DevError(message)
        time.sleep(_PAUSE_S)


def _say(line: str) -> None:
    print(f"openlbaas dev: {line}", file=sys.stderr, flush=True)
