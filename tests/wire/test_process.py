"""The server as a process: how it starts, refuses to start, and ends."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlbaas.server.sockets import opened
from openlbaas.store import schema

DEADLINE_S = 30.0
LONGER_S = 600


def configured(folder: Path, more: str = "") -> list[str]:
    """Name the command of a server whose database is in a folder."""
    path = folder / "openlbaas.conf"
    path.write_text(
        f"[DEFAULT]\nbind_port = 0\n{more}\n[database]\nconnection = sqlite:///{folder}/db.sqlite\n"
        "[host_protocol]\ntoken = secret\n"
    )
    return [sys.executable, "-m", "openlbaas.server.main", "--config-file", str(path)]


def refused(command: list[str]) -> str:
    """Run a server that must not start, and name why."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_an_older_database_is_refused_with_the_command_to_run(tmp_path: Path) -> None:
    assert "openlbaas db upgrade" in refused(configured(tmp_path))


def test_everybody_an_administrator_only_on_this_machine(tmp_path: Path) -> None:
    schema.upgrade(f"sqlite:///{tmp_path}/db.sqlite")
    assert "noauth" in refused(configured(tmp_path, "bind_host = 0.0.0.0"))


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    schema.upgrade(f"sqlite:///{tmp_path}/db.sqlite")
    with opened("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert f"can't listen on 127.0.0.1 port {port}" in refused(configured(tmp_path, f"bind_port = {port}"))


@pytest.fixture
def handed(tmp_path: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """A server on a socket that is handed to it, and the port of that socket."""
    schema.upgrade(f"sqlite:///{tmp_path}/db.sqlite")
    with opened("127.0.0.1", 0) as listening, (tmp_path / "log").open("wb") as log:
        descriptor = listening.fileno()
        hand_over = f"import os, sys; os.dup2({descriptor}, 3); os.execv(sys.executable, sys.argv[1:])"
        command = [sys.executable, "-c", hand_over, *configured(tmp_path)]
        environment = {**os.environ, "LISTEN_FDS": "1"}
        process = subprocess.Popen(command, pass_fds=[descriptor], env=environment, stderr=log)
        try:
            yield listening.getsockname()[1], process
        finally:
            process.kill()
            process.wait()


def asked(port: int, method: str, path: str, body: object = None) -> http.client.HTTPResponse:
    """Send one request; the socket listens before the server runs, so it waits by itself."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE_S)
    content = None if body is None else json.dumps(body)
    connection.request(method, path, content, {"X-Host-Token": "secret"})
    return connection.getresponse()


def test_it_serves_on_what_it_was_handed_and_ends_although_hosts_wait(
    handed: tuple[int, "subprocess.Popen[bytes]"],
) -> None:
    port, process = handed
    assert asked(port, "GET", "/healthz").status == 200
    assert asked(port, "POST", "/host/v1/report", {"host": "h"}).status == 200
    told = json.loads(asked(port, "GET", "/host/v1/feed?host=h&after=0&wait=0").read())
    with socket.create_connection(("127.0.0.1", port), timeout=DEADLINE_S) as waiting:
        path = f"/host/v1/feed?host=h&after={told['position']}&wait={LONGER_S}"
        waiting.sendall(f"GET {path} HTTP/1.1\r\nHost: h\r\nX-Host-Token: secret\r\n\r\n".encode())
        # Answered on another connection: by then the server has read what was sent before.
        assert asked(port, "GET", "/v2.0/lbaas/loadbalancers").status == 200
        process.send_signal(signal.SIGTERM)
        assert waiting.recv(100).startswith(b"HTTP/1.1 200 ")
    assert process.wait(DEADLINE_S) == 0
