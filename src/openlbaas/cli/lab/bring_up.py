"""Bring a lab up: what can run beside each other does, and every wait is for a condition."""

from __future__ import annotations

import os
import secrets
import shutil
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openlbaas.cli.lab import names as n
from openlbaas.cli.lab import parts, state, wiring
from openlbaas.cli.lab.configuration import write_configuration
from openlbaas.cli.lab.processes import LabError, until
from openlbaas.cli.lab.state import State, Station
from openlbaas.cli.lab.take_down import take_down
from openlbaas.client import lbaas

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from openlbaas.cli.lab.names import Names

_PROGRAMS = ("ip", "bridge", "nsenter", "unshare", "umount", "mount", "haproxy")


@dataclass(frozen=True)
class Wanted:
    """How large a lab is to be, and on which port of this machine its first server answers."""

    hosts: int
    servers: int
    webs: int
    port: int
    database: str = "sqlite"


def bring_up(lab: Names, wanted: Wanted, say: Callable[[str], None]) -> State:
    """Make a lab and hand back its state; what a failure leaves half made is taken down again, logs excepted.

    Raises: LabError when there is a lab already, a port is taken, or a part does not start
    """
    check_machine()
    refuse_second(lab)
    progress = _Progress(say)
    began = State(
        port=wanted.port,
        hosts=wanted.hosts,
        servers=wanted.servers,
        token=secrets.token_hex(16),
        host_token=secrets.token_hex(16),
        project_id=uuid.uuid4().hex,
        database=wanted.database,
    )
    outer = [wiring.listen("127.0.0.1", wanted.port + place) for place in range(wanted.servers)]
    (lab.folder / "run").mkdir(parents=True, exist_ok=True)
    (lab.folder / "log").mkdir(exist_ok=True)
    state.write(lab, began)  # Before anything is made, so that `lab down` knows that there is something to do.
    try:
        _make(lab, began, wanted.webs, outer, progress)
    except BaseException:
        for listening in outer:
            listening.close()
        take_down(lab, keep_logs=True)
        raise
    return began


def check_machine() -> None:
    """Refuse where a lab can't be made.

    Raises: LabError, saying what to do
    """
    if os.geteuid() != 0:
        message = "A lab makes network namespaces, which only root may. Run it as root."
        raise LabError(message)
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing:
        message = f"Not found on this machine: {', '.join(missing)}. `scripts/setup` installs what a lab needs."
        raise LabError(message)


def refuse_second(lab: Names) -> None:
    """Refuse to make a lab where there is one.

    Raises: LabError, saying how to look at it and how to remove it
    """
    left = wiring.namespaces(lab)
    if state.exists(lab) or left:
        found = "There is a lab" if state.exists(lab) else f"There are remains of a lab ({', '.join(left)})"
        message = (
            f"{found} in {lab.folder} already. Look at it with `openlbaas lab status --dir {lab.folder}`, remove it"
            f" with `openlbaas lab down --dir {lab.folder}`, or make another with `--dir`."
        )
        raise LabError(message)


class _Progress:
    """Says what has been done, and when, counted from the beginning."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._began = time.monotonic()

    def __call__(self, done: str) -> None:
        self._say(f"[{time.monotonic() - self._began:5.2f} s] {done}")


def _make(lab: Names, made: State, webs: int, outer: Sequence[socket.socket], progress: _Progress) -> None:
    write_configuration(lab, made)
    parts.make_database(lab, made)
    upgrading = parts.start_upgrade(lab)
    web_names = [f"web{place}" for place in range(1, webs + 1)]
    holders = _make_namespaces(lab, made, web_names)
    starting = [(name, parts.start_web(lab, name)) for name in web_names]
    progress(f"{made.hosts} {'hosts' if made.several else 'host'} in namespaces {lab.namespace('host1')} ...")
    _, status = os.waitpid(upgrading, 0)
    until(lambda: status == 0, "upgrading the database", lab=lab, name="upgrade", pid=upgrading)
    pids = [parts.start_server(lab, made, place, listening) for place, listening in enumerate(outer, 1)]
    for place, pid in enumerate(pids, 1):
        parts.await_server(lab, made, place, pid)
    progress(f"the API answers on {made.endpoint}")
    for place, pid in enumerate(holders, 1):
        wiring.await_host(lab, place, pid)
    agents = [(name, parts.start_agent(lab, name)) for name in made.host_names]
    client = parts.client_of(made)
    make_networks(client, made)
    made.client = reserve(client, made, "client", n.CLIENT_ADDRESS)
    made.webs = [reserve(client, made, name, n.web_address(place)) for place, name in enumerate(web_names, 1)]
    state.write(lab, made)
    if not made.several:
        wiring.make_tenant_bridge(lab, made.network_id)
    wiring.join_stations(lab, made, made.stations)
    for name, pid in starting:
        parts.await_web(lab, name, pid)
    progress(f"network selfservice {n.SELFSERVICE}, {', '.join(web_names) or 'no web servers'} and a client on it")
    for name, pid in agents:
        parts.await_agent(lab, client, name, pid)
    client.close()
    progress(f"{'agents report' if made.several else 'the agent reports'}")
    made.ready = True
    state.write(lab, made)


def _make_namespaces(lab: Names, made: State, web_names: Sequence[str]) -> list[int]:
    """Make everything that needs no answer of the API; hand back the pids that hold the hosts."""
    wire = ["wire"] if made.several else []
    wiring.make_namespaces(lab, ["control", "client", *wire, *made.host_names, *web_names])
    wiring.make_control(lab, made.servers)
    if wire:
        wiring.make_wire(lab)
    return [wiring.make_host(lab, place, wired=made.several) for place in range(1, made.hosts + 1)]


def make_networks(client: lbaas.Client, made: State) -> None:
    """Make the article's two networks: the provider's, and the tenant's, which the lab then lives on."""
    provider = client.create(lbaas.NETWORKS, {"name": "provider", "shared": True})
    _make_subnet(client, "provider", str(provider["id"]), n.PROVIDER, n.PROVIDER_POOL)
    reach = {"provider:network_type": "flat", "provider:physical_network": n.PHYSICAL_NETWORK} if made.several else {}
    network = client.create(lbaas.NETWORKS, {"name": "selfservice", **reach})
    made.network_id = str(network["id"])
    made.subnet_id = _make_subnet(client, "selfservice", made.network_id, n.SELFSERVICE, n.POOL)


def reserve(client: lbaas.Client, made: State, name: str, address: str) -> Station:
    """Take an address of the tenant network for a station."""
    port = client.create(
        lbaas.PORTS,
        {
            "network_id": made.network_id,
            "name": name,
            "device_id": name,
            "device_owner": "compute:lab",
            "fixed_ips": [{"subnet_id": made.subnet_id, "ip_address": address}],
        },
    )
    return Station(name, address, str(port["id"]), str(port["mac_address"]))


def _make_subnet(client: lbaas.Client, name: str, network_id: str, cidr: str, pool: tuple[str, str]) -> str:
    first, last = pool
    body = {
        "name": name,
        "network_id": network_id,
        "ip_version": 4,
        "cidr": cidr,
        "allocation_pools": [{"start": first, "end": last}],
    }
    return str(client.create(lbaas.SUBNETS, body)["id"])
