"""Namespaces, bridges and cables of a lab, by ip(8): nothing is ever put into the machine's own network namespace.

Picture: control network (servers' listening socket) -eth0- host -brq...- taps of web servers and client. With more
hosts than one, eth1 of each leads to the wire, a bridge in a namespace of its own, and web servers and client are
there, where they outlive every host. What leads from eth1 on is then the agent's to make.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import random
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from openlbaas.cli.lab import names as n
from openlbaas.cli.lab.processes import LabError, alive, start, until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from openlbaas.cli.lab.names import Names
    from openlbaas.cli.lab.state import State, Station

_CLONE_NEWNET = 0x40000000
_BACKLOG = 2048
_CONTROL_MAC = "02:00:00:00:00:01"
_LAST_THREADS_S, _PAUSE_S = 5.0, 0.02
_PORTS = range(20000, 30000)
"""Below those that the kernel gives to clients: one of these could take the port of a server that is away."""

# A host has a /run/netns of its own, so that its agent sees its own namespaces only; what the machine has there is
# taken away first, or this mount namespace would keep it alive. The mount's source is the mark by which the processes
# of the host are known. /sys is mounted anew because brctl reads the interfaces of the namespace that mounted it.
_HOST = """
while umount -l /run/netns 2>/dev/null; do :; done
set -e
mkdir -p /run/netns
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=0755 "$1" /run/netns
exec sleep infinity
"""


def make_namespaces(lab: Names, places: Sequence[str]) -> None:
    """Make network namespaces, with nothing in them."""
    ip([f"netns add {lab.namespace(place)}" for place in places])


def make_control(lab: Names, servers: int) -> None:
    """Make the network on which hosts reach the servers.

    Order: the bridge has an address of its own, else it is that of some host's cable, and whoever knows it by that does
    not reach the servers for a quarter of a minute when this host dies
    """
    ip(
        [
            "link set lo up",
            f"link add name control address {_CONTROL_MAC} type bridge stp_state 0 forward_delay 0",
            "link set control up",
            *(
                f"addr add {n.server_control_address(place)}/{n.CONTROL_PREFIX_LENGTH} dev control"
                for place in range(1, servers + 1)
            ),
        ],
        lab.namespace("control"),
    )


def make_wire(lab: Names) -> None:
    """Make the physical network between several hosts."""
    ip(
        ["link set lo up", "link add name wire type bridge stp_state 0 forward_delay 0", "link set wire up"],
        lab.namespace("wire"),
    )


def make_host(lab: Names, place: int, *, wired: bool) -> int:
    """Lead the control network, and the wire where there is one, into a host; name the pid that holds the host."""
    name = n.host(place)
    lines = [
        "link set lo up",
        f"link add name eth0 type veth peer name {name} netns {lab.namespace('control')}",
        f"addr add {n.host_control_address(place)}/{n.CONTROL_PREFIX_LENGTH} dev eth0",
        "link set eth0 up",
    ]
    if wired:
        lines += [
            f"link add name eth1 type veth peer name {name} netns {lab.namespace('wire')}",
            "link set eth1 up",
        ]
    ip(lines, lab.namespace(name))
    ip([f"link set {name} master control up"], lab.namespace("control"))
    if wired:
        ip([f"link set {name} master wire up"], lab.namespace("wire"))
    entering = ["nsenter", f"--net={lab.namespace_path(name)}", "unshare", "--mount", "--propagation", "private"]
    return start(lab, name, [*entering, "/bin/sh", "-c", _HOST, "sh", lab.mark])


def await_host(lab: Names, place: int, pid: int) -> None:
    """Wait until a host's mounts are made.

    Raises: LabError
    """
    name = n.host(place)
    until(lambda: _runs_sleep(pid), "holding its namespaces", lab=lab, name=name, pid=pid)


def make_tenant_bridge(lab: Names, network_id: str) -> None:
    """Make the bridge of the tenant network on the only host."""
    bridge = n.bridge(network_id)
    lines = [f"link add name {bridge} type bridge stp_state 0 forward_delay 0", f"link set {bridge} up"]
    ip(lines, lab.namespace(n.host(1)))


def join_stations(lab: Names, state: State, stations: Sequence[Station]) -> None:
    """Plug web servers and client in, with the address and MAC that the API gave their ports.

    Shape: into the wire, or into the bridge of the only host
    """
    lines = []
    for station in stations:
        end = station.name if state.several else n.tap(station.port_id)
        space = lab.namespace(station.name)
        lines += [
            f"link add name {end} type veth peer name eth0 address {station.mac_address} netns {space}",
            f"link set {end} master {'wire' if state.several else n.bridge(state.network_id)} up",
        ]
    ip(lines, lab.namespace("wire" if state.several else n.host(1)))
    for station in stations:
        ip(
            ["link set lo up", f"addr add {station.address}/{n.PREFIX_LENGTH} dev eth0", "link set eth0 up"],
            lab.namespace(station.name),
        )


def remake_host(lab: Names, state: State, place: int) -> None:
    """Make a host again from nothing, as after a power cut: its namespace, its cables, the process that holds it."""
    remove_namespaces([lab.namespace(n.host(place))])
    ip([f"netns add {lab.namespace(n.host(place))}"])
    pid = make_host(lab, place, wired=state.several)
    if not state.several:
        make_tenant_bridge(lab, state.network_id)
        join_stations(lab, state, state.stations)
    await_host(lab, place, pid)


def into_host(lab: Names, host: str) -> list[str]:
    """Say how a command is begun so that it runs on a host.

    Raises: LabError when the host is down
    """
    pid = alive(lab, host)
    if pid is None:
        message = f"{host} is down. `openlbaas lab boot --dir {lab.folder} {host}` starts it."
        raise LabError(message)
    return ["nsenter", "-t", str(pid), "-n", "-m", "--"]


def remove_namespaces(spaces: Sequence[str]) -> None:
    """Remove network namespaces, and the interfaces in them, where they are there."""
    there = [space for space in spaces if Path("/run/netns", space).exists()]
    if there:
        ip([f"netns del {space}" for space in there])


def namespaces(lab: Names) -> list[str]:
    """List the network namespaces of a lab that there are on this machine."""
    return sorted(path.name for path in Path("/run/netns").glob(f"{lab.prefix}-*"))


def links(lab: Names, place: str) -> frozenset[str]:
    """Name the interfaces in a namespace of a lab; none when it is not there."""
    command = ["ip", "-json", "-netns", lab.namespace(place), "link", "show"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    return frozenset(link["ifname"] for link in json.loads(ran.stdout or "[]"))


def listen(address: str, port: int) -> socket.socket:
    """Open a listening socket in this process's network namespace.

    Order:  a server that was killed has its port until the last of its threads has ended, which is waited for
    Raises: LabError when somebody else has the port
    """
    until = time.monotonic() + _LAST_THREADS_S
    while True:
        try:
            return socket.create_server((address, port), backlog=_BACKLOG)
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE and time.monotonic() < until:
                time.sleep(_PAUSE_S)
                continue
            raise _taken(address, port, problem) from problem


def free_ports(count: int = 1) -> int:
    """Find ports of loopback in a row that nobody listens on; name the first."""
    while True:
        first = random.choice(_PORTS)  # noqa: S311 - nothing secret
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first


def _taken(address: str, port: int, problem: OSError) -> LabError:
    return LabError(f"Can't listen on {address} port {port}: {problem.strerror}. Choose another with --port.")


def listen_inside(path: str, address: str, port: int) -> socket.socket:
    """Open a listening socket in another network namespace, where it stays wherever it is handed to.

    Raises: LabError
    """
    opened: list[socket.socket] = []
    problems: list[Exception] = []

    def open_there() -> None:
        try:
            enter(path)
            opened.append(listen(address, port))
        except (OSError, LabError) as problem:
            problems.append(problem)

    thread = threading.Thread(target=open_there)
    thread.start()
    thread.join()
    if problems:
        message = f"Can't listen on {address} inside {path}: {problems[0]}"
        raise LabError(message) from problems[0]
    return opened[0]


def enter(path: str) -> None:
    """Move the calling thread, and it alone, into a network namespace.

    Raises: OSError
    """
    with Path(path).open("rb") as space:
        if ctypes.CDLL(None, use_errno=True).setns(space.fileno(), _CLONE_NEWNET):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), path)


def ip(lines: Sequence[str], space: str = "") -> None:
    """Have iproute2 run lines, in a network namespace where one is named; the first that fails ends it.

    Raises: LabError
    """
    command = ["ip", *(["-n", space] if space else []), "-batch", "-"]
    run(command, "\n".join(lines) + "\n")


def run(command: Sequence[str], lines: str = "") -> None:
    """Run a program that may read lines.

    Raises: LabError with its words when it fails
    """
    ran = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    if ran.returncode:
        message = f"`{' '.join(command)}` failed: {ran.stderr.strip()}\n    " + "\n    ".join(lines.splitlines())
        raise LabError(message)


def _runs_sleep(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text() == "sleep\n"
    except OSError:
        return False
