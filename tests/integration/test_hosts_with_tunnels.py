"""A server and the agents of several hosts as processes: tunnels follow the hosts, and need no server to stay."""

import contextlib
import http.client
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from agent_host import LONGEST_S, Host, until, within
from agent_hosts import Several, leads_to, run, several, started

from openlbaas.client.lbaas import AGENTS, LISTENERS, LOAD_BALANCERS, MEMBERS, POOLS, PORTS, SUBNETS

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")
TUNNEL = "vxlan-86"


@pytest.fixture
def place() -> Iterator[Several]:
    with tempfile.TemporaryDirectory(prefix="ola") as folder:
        Path(folder).chmod(0o755)
        with several(Path(folder), 3) as made:
            yield made


def balancer(place: Several, host: Host) -> str:
    """Have a load balancer on a host."""
    place.only(host)
    made = host.create(f"on-{host.folder.name}")
    host.until_status(made, "ACTIVE")
    assert host.folders() == {made}
    return made


def vip(place: Several, load_balancer_id: str) -> str:
    """Name the address of a load balancer."""
    return str(place.api.show(LOAD_BALANCERS, load_balancer_id)["vip_address"])


def crosses(host: Host, address: str) -> bool:
    """Tell whether a VIP elsewhere answers what is asked from within the load balancer on a host."""

    def ask() -> bool:
        with socket.create_connection((address, 80), LONGEST_S) as line:
            line.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return line.recv(4) == b"HTTP"

    (pid,) = host.processes()
    return bool(within(pid, ask))


def test_tunnels_follow_the_hosts(place: Several) -> None:
    one, two, three = place.hosts
    started(one, two)
    first, second = (vip(place, balancer(place, each)) for each in (one, two))
    assert leads_to(one, TUNNEL) == {"10.77.0.2"}
    assert crosses(one, second)
    assert crosses(two, first)
    shown = {agent["host"]: agent["configurations"] for agent in place.api.list(AGENTS).rows}
    assert (shown["host1"]["tunneling_ip"], shown["host1"]["tunnel_types"]) == ("10.77.0.1", ["vxlan"])
    before = one.processes()

    started(three)
    until(lambda: leads_to(one, TUNNEL) == {"10.77.0.2", "10.77.0.3"}, "the third host")
    third = vip(place, balancer(place, three))
    assert crosses(one, third)

    three.agents[-1].terminate()
    three.agents[-1].wait(LONGEST_S)
    two.agents[-1].terminate()
    two.agents[-1].wait(LONGEST_S)
    assert crosses(one, third)
    assert leads_to(one, TUNNEL) == {"10.77.0.2", "10.77.0.3"}
    assert one.processes() == before


def test_a_host_that_is_forgotten_is_left_alone(place: Several) -> None:
    one, two, _ = place.hosts
    started(one, two)
    balancer(place, one)
    until(lambda: leads_to(one, TUNNEL) == {"10.77.0.2"}, "the second host")
    two.agents[-1].terminate()
    two.agents[-1].wait(LONGEST_S)
    (row,) = (agent for agent in place.api.list(AGENTS).rows if agent["host"] == "host2")
    place.api.delete(AGENTS, row["id"])
    until(lambda: leads_to(one, TUNNEL) == set(), "the news")


def test_tunnels_need_no_server_to_stay(place: Several) -> None:
    one, two, _ = place.hosts
    started(one, two)
    balancer(place, one)
    address = vip(place, balancer(place, two))
    number = within(one.holder.pid, lambda: socket.if_nametoindex(TUNNEL))
    place.control.kill()
    place.control.wait(LONGEST_S)
    one.agents[-1].kill()
    one.agents[-1].wait(LONGEST_S)
    run(one, "bridge", "fdb", "del", "00:00:00:00:00:00", "dev", TUNNEL, "dst", "10.77.0.2")
    one.start()
    until(lambda: leads_to(one, TUNNEL) == {"10.77.0.2"}, "the repair")
    assert within(one.holder.pid, lambda: socket.if_nametoindex(TUNNEL)) == number
    assert crosses(one, address)


def get(machine: Host, address: str) -> str:
    """Ask for the page at an address from a machine; empty when nobody answers."""

    def ask() -> str:
        line = http.client.HTTPConnection(address, 80, timeout=2)
        with contextlib.closing(line), contextlib.suppress(OSError):
            line.request("GET", "/")
            return line.getresponse().read().decode()
        return ""

    return str(within(machine.holder.pid, ask))


def test_both_versions_of_ip_from_one_end_to_the_other(place: Several) -> None:
    one, two, three = place.hosts
    started(one, two, three)
    body = {"network_id": place.network_id, "cidr": "fd00:21::/64", "ip_version": 6}
    six = place.api.create(SUBNETS, body)
    balancer(place, one)
    balancer(place, three)
    client = place.machine(one, "client", "172.21.0.200/24", "fd00:21::200/64")
    member = place.machine(three, "member", "fd00:21::99/64")
    place.web(member, "fd00:21::99", "over IPv6")

    place.only(two)
    made = place.api.create(LOAD_BALANCERS, {"vip_network_id": place.network_id, "name": "both"})
    two.until_status(made["id"], "ACTIVE")
    (port,) = place.api.list(PORTS, [("device_id", made["id"])]).rows
    addresses = [ip["ip_address"] for ip in port["fixed_ips"]]
    assert addresses[0] == made["vip_address"]
    assert [":" in address for address in addresses] == [False, True]
    assert [ip["subnet_id"] for ip in port["fixed_ips"]][1] == six["id"]

    listener = {"protocol": "HTTP", "protocol_port": 80, "loadbalancer_id": made["id"]}
    listener_id = place.api.create(LISTENERS, listener)["id"]
    pool = {"protocol": "HTTP", "lb_algorithm": "ROUND_ROBIN", "listener_id": listener_id}
    pool_id = str(place.api.create(POOLS, pool)["id"])
    row = {"address": "fd00:21::99", "protocol_port": 80, "subnet_id": six["id"]}
    place.api.create(MEMBERS, row, pool_id)
    two.until_status(made["id"], "ACTIVE")
    for address in addresses:
        until(lambda address=address: get(client, address) == "over IPv6", f"an answer from {address}")
