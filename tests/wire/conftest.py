"""What every test of the wire needs: an application on a database of its own, with one host."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from openlbaas.identity.tokens import Tokens
from openlbaas.server.asgi import Application, application
from openlbaas.server.watch import Watch
from openlbaas.settings import Settings, load
from wire.transcript import Player
from world import World, world

CALLERS = {
    "admin": ("project", ["admin", "member"]),
    "tenant": ("project", ["member"]),
    "stranger": ("other", ["member"]),
}


def tokens_file(folder: Path) -> Path:
    """Write a file of tokens, each the name of its caller."""
    entries = [
        {"sha256": hashlib.sha256(name.encode()).hexdigest(), "project_id": project, "user": name, "roles": roles}
        for name, (project, roles) in CALLERS.items()
    ]
    path = folder / "tokens.json"
    path.write_bytes(msgspec.json.encode({"tokens": entries}))
    return path


def options(folder: Path) -> Settings:
    """Read the options of the server under test."""
    path = folder / "openlbaas.conf"
    path.write_text("[api]\nmax_body_bytes = 100000\n[host_protocol]\ntoken = host-secret\n")
    return load(["--config-file", str(path)], "openlbaas-server")


@pytest.fixture
def plane(tmp_path: Path) -> World:
    """A control plane with a network and a subnet."""
    return world(tmp_path)


@pytest.fixture
def app(plane: World, tmp_path: Path) -> Iterator[Application]:
    """An application on it."""
    settings = options(tmp_path)
    made = application(plane.services, settings, Tokens(tokens_file(tmp_path)), Watch())
    yield made
    made.lanes.close()


def begun(app: Application, plane: World) -> Player:
    """Make a player with one live host, a network and its subnet."""
    network = plane.network(shared=True)
    subnet = plane.subnet(network)
    return Player(app, plane, plane.host(), {"network": network.id, "subnet": subnet.id})


@pytest.fixture
def player(app: Application, plane: World) -> Player:
    """A player of transcripts."""
    return begun(app, plane)
