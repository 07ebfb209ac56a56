"""Bringing a lab up: every step leaves something that ``lab down`` finds."""

from __future__ import annotations

import secrets
import sys
import time
import uuid
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from openlbaas.cli.lab import names as n
from openlbaas.cli.lab import parts, wiring
from openlbaas.cli.lab.configuration import write_configuration
from openlbaas.cli.lab.processes import LabError, alive, until
from openlbaas.cli.lab.state import State, Station, exists, locked, write
from openlbaas.client.lbaas import NETWORKS, PORTS, SUBNETS

if TYPE_CHECKING:
    import argparse
    import socket
    from collections.abc import Iterator, Sequence

    from openlbaas.cli.lab.names import Names
    from openlbaas.client.lbaas import Client

DEVICE_OWNER = "compute:lab"


def up(lab: Names, wanted: argparse.Namespace) -> None:
    """Make a lab from nothing.

    Raises: LabError; what was made until then is removed by `lab down`
    """
    check(wanted)
    with ExitStack() as closing:
        # Before anything is made: a port that somebody has is the commonest mistake.
        outer = [
            closing.enter_context(wiring.listen("127.0.0.1", wanted.port + place)) for place in range(wanted.servers)
        ]
        closing.enter_context(locked(lab))
        if exists(lab):
            message = (
                f"There is a lab in {lab.folder} already. `openlbaas lab status --dir {lab.folder}` shows it, "
                f"`openlbaas lab down --dir {lab.folder}` removes it."
            )
            raise LabError(message)
        state = State(
            port=wanted.port,
            hosts=wanted.hosts,
            servers=wanted.servers,
            token=secrets.token_hex(16),
            host_token=secrets.token_hex(16),
            project_id=uuid.uuid4().hex,
        )
        for folder in ("run", "log"):
            (lab.folder / folder).mkdir(exist_ok=True)
        write(lab, state)
        write_configuration(lab, state)
        _make(lab, state, wanted.webs, outer)


def check(wanted: argparse.Namespace) -> None:
    """Refuse a lab that can't be.

    Raises: LabError
    """
    if not 1 <= wanted.hosts <= n.MOST_HOSTS:
        message = f"A lab has 1 to {n.MOST_HOSTS} hosts."
        raise LabError(message)
    if not 1 <= wanted.servers <= n.MOST_SERVERS:
        message = f"A lab has 1 to {n.MOST_SERVERS} servers."
        raise LabError(message)


def _make(lab: Names, state: State, webs: int, outer: Sequence[socket.socket]) -> None:
    with step("database"):
        parts.start_upgrade(lab)
    with step(f"control network and {state.hosts} host{'s' if state.hosts > 1 else ''}"):
        places = ["control", *state.host_names, *(["wire"] if state.hosts > 1 else [])]
        wiring.make_namespaces(lab, places)
        wiring.make_control(lab, state.servers)
        if state.hosts > 1:
            wiring.make_wire(lab)
        holders = [(place, wiring.make_host(lab, place)) for place in range(1, state.hosts + 1)]
    until(lambda: alive(lab, "upgrade") is None, "the end of the upgrade", lab=lab, name="upgrade")
    with step("server"):
        servers = [
            (place, parts.start_server(lab, state, place, outer[place - 1])) for place in range(1, state.servers + 1)
        ]
        for place, pid in holders:
            wiring.await_host(lab, place, pid)
        agents = [(name, parts.start_agent(lab, name)) for name in state.host_names]
        for place, pid in servers:
            parts.await_server(lab, state, place, pid)
    client = parts.client_of(state)
    with step("tenant network selfservice, web servers and client"):
        make_networks(client, lab, state)
        for name in ["client", *(f"web{place}" for place in range(1, webs + 1))]:
            add_station(client, lab, state, name)
    with step("agent"):
        for name, pid in agents:
            parts.await_agent(lab, client, name, pid)
    state.ready = True
    write(lab, state)


def make_networks(client: Client, lab: Names, state: State) -> None:
    """Make the article's networks through the API, and the bridge of the one that the lab is about."""
    tenant = client.create(NETWORKS, {"name": "selfservice"})
    pool = [{"start": n.POOL[0], "end": n.POOL[1]}]
    subnet = client.create(
        SUBNETS,
        {
            "name": "selfservice",
            "network_id": tenant["id"],
            "cidr": n.SELFSERVICE,
            "ip_version": 4,
            "allocation_pools": pool,
        },
    )
    outside = client.create(NETWORKS, {"name": "provider"})
    client.create(
        SUBNETS,
        {
            "name": "provider",
            "network_id": outside["id"],
            "cidr": n.PROVIDER,
            "ip_version": 4,
            "allocation_pools": [{"start": n.PROVIDER_POOL[0], "end": n.PROVIDER_POOL[1]}],
        },
    )
    state.network_id, state.subnet_id = tenant["id"], subnet["id"]
    write(lab, state)
    for place in range(1, state.hosts + 1):
        wiring.make_tenant_bridge(lab, place, state.network_id, wired=state.hosts > 1)


def add_station(client: Client, lab: Names, state: State, name: str) -> Station:
    """Give a web server or the client a port of the API, a namespace, a cable and, where it is a server, a process."""
    address = n.CLIENT_ADDRESS
    if name != "client":
        address = n.web_address(n.web_place(name, frozenset(one.address for one in state.webs)))
    port = client.create(
        PORTS,
        {
            "name": name,
            "network_id": state.network_id,
            "device_owner": DEVICE_OWNER,
            "device_id": name,
            "fixed_ips": [{"subnet_id": state.subnet_id, "ip_address": address}],
        },
    )
    station = Station(name, address, port["id"], port["mac_address"])
    if name == "client":
        state.client = station
    else:
        state.webs.append(station)
    write(lab, state)
    wiring.make_namespaces(lab, [name])
    wiring.join_stations(lab, n.host(1), state.network_id, [station])
    if name != "client":
        parts.await_web(lab, name, parts.start_web(lab, name))
    return station


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done, and how long it took, to whoever watches."""
    began = time.monotonic()
    yield
    sys.stderr.write(f"  {what} \N{EM DASH} {time.monotonic() - began:.2f} s\n")


def tour(lab: Names, state: State) -> str:
    """Tell a person what there is now and what to try."""
    at = "" if str(lab.folder) == str(n.names(DEFAULT_FOLDER).folder) else f" --dir {lab.folder}"
    webs = ", ".join(f"{web.name} {web.address}" for web in state.webs)
    return f"""
The lab is up: API at {state.endpoint}, {len(state.host_names)} host(s), tenant network selfservice {n.SELFSERVICE}
with {webs} and a client at {n.CLIENT_ADDRESS}.

  source {lab.folder}/openrc
  openlbaas lbaas-loadbalancer-create --name test_lb --wait selfservice
  openlbaas lbaas-listener-create --protocol HTTP --protocol-port 80 --loadbalancer test_lb --name test_listener
  openlbaas lbaas-pool-create --name test_pool --listener test_listener --protocol http --lb-algorithm ROUND_ROBIN
  openlbaas lbaas-member-create --name web1 --subnet selfservice --address 172.20.0.12 --protocol-port 80 test_pool
  openlbaas lbaas-member-create --name web2 --subnet selfservice --address 172.20.0.6 --protocol-port 80 test_pool
  openlbaas lab curl{at} http://$(openlbaas lbaas-loadbalancer-show test_lb -f value -c vip_address)/

  openlbaas lab web stop{at} web2               a member falls ill
  openlbaas lab exec{at} host1 -- ip netns      what the host sees
  openlbaas lab down{at}                        everything away again

The stock client works too: `source {lab.folder}/openrc; neutron lbaas-loadbalancer-list`.
"""


DEFAULT_FOLDER = "~/.local/state/openlbaas/lab"
