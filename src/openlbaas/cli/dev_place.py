"""What `openlbaas dev` makes on a host, a folder of files and a network with the host on it; and how that goes away."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openlbaas.client import lbaas

if TYPE_CHECKING:
    from collections.abc import Sequence

NETWORK = "private"
CIDR = "10.77.0.0/24"
GATEWAY = "10.77.0.1"
_GATEWAY_ON_BRIDGE = "10.77.0.1/24"
_FILES = ("dev.conf", "dev.json", "openrc", "tokens.json", "certificates.key", "lock")
_PATTERNS = ("openlbaas.db*", "agent*.lock")
_BRIDGE_LETTERS = 11
_GONE_S = 5.0
_PAUSE_S = 0.01


class DevError(Exception):
    """Something a person must know; the text is whole sentences."""


@dataclass(frozen=True)
class Place:
    """Where a server and an agent of one host keep everything."""

    folder: Path
    port: int
    noauth: bool

    @property
    def endpoint(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def options(self) -> Path:
        """The options of both processes."""
        return self.folder / "dev.conf"


def prepare(place: Place) -> str:
    """Write files of options and credentials anew, with the secrets that there are, and hand back the token."""
    known = remembered(place.folder)
    token = str(known.setdefault("token", secrets.token_hex(16)))
    host_token = str(known.setdefault("host_token", secrets.token_hex(16)))
    known.setdefault("project_id", secrets.token_hex(16))
    remember(place.folder, known)
    entry = {
        "sha256": hashlib.sha256(token.encode()).hexdigest(),
        "project_id": known["project_id"],
        "user": "admin",
        "roles": ["admin", "member"],
    }
    _write(place.folder / "tokens.json", json.dumps({"tokens": [entry]}, indent=1))
    _write(place.options, options(place, host_token, str(known["project_id"])))
    _write(place.folder / "openrc", openrc(place, token))
    return token


def options(place: Place, host_token: str, project_id: str) -> str:
    """Write the options of server and agent."""
    return f"""\
# Written anew by each start of `openlbaas dev`; give it options of your own with --config-file.
[DEFAULT]
bind_host = 127.0.0.1
bind_port = {place.port}
state_path = {place.folder}

[identity]
driver = {"noauth" if place.noauth else "tokens"}
tokens_file = {place.folder / "tokens.json"}
noauth_project_id = {project_id}

[host_protocol]
token = {host_token}
servers = {place.endpoint}

# As many as the machine can take.
[quotas]
quota_loadbalancer = -1
quota_pool = -1
"""


def openrc(place: Place, token: str) -> str:
    """Write the exports that the stock clients and ours take."""
    return (
        "# Read by a shell: source this file, then run neutron or openlbaas.\n"
        "unset OS_AUTH_URL OS_URL\n"
        "export OS_AUTH_TYPE=admin_token\n"
        f"export OS_ENDPOINT={place.endpoint}\n"
        f"export OS_TOKEN={'noauth' if place.noauth else token}\n"
    )


def begun(folder: Path) -> bool:
    """Tell whether anything was ever made below this folder: the notes are written before all else."""
    return (folder / "dev.json").exists()


def remembered(folder: Path) -> dict[str, object]:
    """Read what earlier starts have noted."""
    try:
        known: dict[str, object] = json.loads((folder / "dev.json").read_text())
    except FileNotFoundError:
        return {}
    except ValueError as problem:
        message = f"{folder / 'dev.json'} can't be read: {problem}. Put {{}} into it to go on."
        raise DevError(message) from problem
    return known


def remember(folder: Path, known: dict[str, object]) -> None:
    """Note something for later starts and for the cleaning."""
    _write(folder / "dev.json", json.dumps(known, indent=1))


def make_network(folder: Path, client: lbaas.Client) -> None:
    """Have a network to put load balancers on, and this host on it as its gateway; again after a reboot.

    Order: the bridge is noted before it is made, so that the cleaning knows it
    Raises: ClientError; DevError
    """
    known = remembered(folder)
    if "network_id" not in known:
        network = client.create(lbaas.NETWORKS, {"name": NETWORK, "shared": True})
        body = {"name": NETWORK, "network_id": network["id"], "ip_version": 4, "cidr": CIDR, "gateway_ip": GATEWAY}
        client.create(lbaas.SUBNETS, body)
        known["network_id"] = network["id"]
        remember(folder, known)
    bridge = _bridge(known)
    if not Path("/sys/class/net", bridge).exists():
        _ip("link", "add", "name", bridge, "type", "bridge", "stp_state", "0", "forward_delay", "0")
    _ip("link", "set", bridge, "up")
    _ip("address", "replace", _GATEWAY_ON_BRIDGE, "dev", bridge)


def clean(folder: Path) -> list[str]:
    """Remove everything that was made below or for this folder; the answer says what had to stay, and why.

    Order: load balancers first, then the bridges that they were on, then the notes that say which those were
    Raises: DevError
    """
    known = remembered(folder)
    for path in (folder / "lbaas" / "v2").glob("*-*"):
        _remove_namespace(f"qlbaas-{path.name}")
    marks = folder / "lbaas" / "bridges"
    bridges = {path.name for path in marks.glob("brq*")} | ({_bridge(known)} if "network_id" in known else set())
    stayed = [sentence for bridge in sorted(bridges) if (sentence := _remove_bridge(bridge))]
    shutil.rmtree(folder / "lbaas", ignore_errors=True)
    for path in [folder / name for name in _FILES] + [path for one in _PATTERNS for path in folder.glob(one)]:
        path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
    elif folder.is_dir():
        stayed.append(f"{folder} stays: there is something else in it.")
    return stayed


def _bridge(known: dict[str, object]) -> str:
    return f"brq{str(known['network_id'])[:_BRIDGE_LETTERS]}"


def _remove_namespace(name: str) -> None:
    """End everything in a namespace, whose only inhabitants are HAProxies, and remove it."""
    path = Path("/run/netns", name)
    if not path.exists():
        return
    give_up = time.monotonic() + _GONE_S
    while pids := _inside(path):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > give_up:
            message = f"Processes {pids} in {name} do not end."
            raise DevError(message)
        time.sleep(_PAUSE_S)
    _ip("netns", "del", name)


def _inside(path: Path) -> list[int]:
    number = path.stat().st_ino
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and (entry / "ns" / "net").stat().st_ino == number:
                found.append(int(entry.name))
    return found


def _remove_bridge(name: str) -> str:
    """Remove a bridge unless something of somebody else's is on it; the answer is why it stays, or nothing.

    Order: the interfaces of namespaces that were just removed go a moment later
    """
    ports = Path("/sys/class/net", name, "brif")
    give_up = time.monotonic() + _GONE_S
    while ports.exists() and (left := sorted(path.name for path in ports.iterdir())):
        if time.monotonic() > give_up:
            return f"{name} stays: {', '.join(left)} is still on it."
        time.sleep(_PAUSE_S)
    if ports.exists():
        _ip("link", "del", name)
    return ""


def _ip(*words: str) -> None:
    command: Sequence[str] = ("ip", *words)
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        message = f"`{' '.join(command)}` failed: {ran.stderr.strip()}"
        raise DevError(message)


def _write(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.new")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    beside.replace(path)
