"""Several hosts with an agent each, one server for all, and an underlay between them."""

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent_host import CONTROL_PORT, LONGEST_S, Host, hold, server, until, within, write_options

from openlbaas.client.lbaas import AGENTS, NETWORKS, SUBNETS, Client
from openlbaas.client.transport import Transport, endpoint
from openlbaas.drivers.haproxy_netns import names

_SERVER = "[network]\ntenant_network_type = vxlan\nvni_ranges = 86:86\n"


@dataclass
class Several:
    """The hosts, and the one server, which a test may end."""

    hosts: list[Host]
    api: Client
    control: subprocess.Popen[bytes]
    ends: contextlib.ExitStack
    network_id: str

    def machine(self, host: Host, name: str, *addresses: str) -> Host:
        """Put a machine on the network, on the bridge that a load balancer on the host has made."""
        made = Host(host.folder, hold(), self.api)
        self.ends.callback(made.holder.wait, LONGEST_S)
        self.ends.callback(made.holder.kill)
        pair = ("type", "veth", "peer", "name", "eth0", "netns", str(made.holder.pid))
        run(host, "ip", "link", "add", name, "up", "master", names.bridge(self.network_id), "mtu", "1450", *pair)
        run(made, "ip", "link", "set", "eth0", "up", "mtu", "1450")
        for address in addresses:
            run(made, "ip", "address", "add", address, "dev", "eth0", *(("nodad",) if ":" in address else ()))
        return made

    def web(self, machine: Host, address: str, name: str) -> None:
        """Have a web server on a machine, whose page is its name."""
        pages = machine.folder / name
        pages.mkdir()
        (pages / "index.html").write_text(name)
        command = ["nsenter", "-t", str(machine.holder.pid), "-n", sys.executable, "-m", "http.server", "80"]
        quiet = subprocess.DEVNULL
        made = subprocess.Popen([*command, "--bind", address, "--directory", str(pages)], stdout=quiet, stderr=quiet)
        self.ends.callback(made.wait, LONGEST_S)
        self.ends.callback(made.kill)

    def only(self, *wanted: Host) -> None:
        """Let new load balancers go to these hosts."""
        names = {each.folder.name for each in wanted}
        for agent in self.api.list(AGENTS).rows:
            self.api.update(AGENTS, agent["id"], {"admin_state_up": agent["host"] in names})


def run(host: Host, *words: str) -> str:
    """Run a program in the network namespace of a host."""
    command = ["nsenter", "-t", str(host.holder.pid), "-n", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def leads_to(host: Host, tunnel: str) -> set[str]:
    """Name where a tunnel sends frames for everybody."""
    entries = json.loads(run(host, "bridge", "-j", "fdb", "show", "dev", tunnel))
    return {entry["dst"] for entry in entries if entry["mac"] == "00:00:00:00:00:00"}


@contextlib.contextmanager
def several(folder: Path, count: int) -> Iterator[Several]:
    """Have hosts that no agent runs on yet: host1 at 10.77.0.1 and so on, whose tenants get tunnels."""
    folder.joinpath("server").mkdir()
    write_options(folder / "server", {})
    with (folder / "server" / "server.conf").open("a") as out:
        out.write(_SERVER)
    outside = socket.create_server(("127.0.0.1", 0))
    transport = Transport(endpoint(f"http://127.0.0.1:{outside.getsockname()[1]}"), {"X-Project-Id": "project"})
    api = Client(transport)
    with contextlib.ExitStack() as ends:
        fabric = hold()
        ends.callback(fabric.wait, LONGEST_S)
        ends.callback(fabric.kill)
        between = Host(folder, fabric, api)
        run(between, "ip", "link", "add", "underlay", "up", "type", "bridge")
        hosts = [_host(folder, number, between, api, ends) for number in range(1, count + 1)]
        sockets = [within(each.holder.pid, _listen) for each in hosts]
        control = ends.enter_context(server(folder / "server", outside, *sockets))
        network = api.create(NETWORKS, {"name": "net"})
        body = {"network_id": network["id"], "cidr": "172.21.0.0/24", "ip_version": 4}
        subnet_id = str(api.create(SUBNETS, body)["id"])
        for each in hosts:
            each.subnet_id = subnet_id
            ends.callback(each.show)
        yield Several(hosts, api, control, ends, str(network["id"]))


def _listen() -> socket.socket:
    return socket.create_server(("127.0.0.1", CONTROL_PORT))


def _host(folder: Path, number: int, between: Host, api: Client, ends: contextlib.ExitStack) -> Host:
    own = folder / f"host{number}"
    own.mkdir(mode=0o755)
    (own / "agent.log").touch()
    write_options(own, {"host": own.name, "heal_interval": 0.5})
    with (own / "agent.conf").open("a") as out:
        out.write(f"[vxlan]\nlocal_ip = 10.77.0.{number}\n")
    made = Host(own, hold(), api)
    ends.callback(made.end)
    pair = ("type", "veth", "peer", "name", "eth1", "netns", str(made.holder.pid))
    run(between, "ip", "link", "add", f"u{number}", "up", "master", "underlay", *pair)
    run(made, "ip", "address", "add", f"10.77.0.{number}/24", "dev", "eth1")
    run(made, "ip", "link", "set", "eth1", "up")
    return made


def started(*hosts: Host) -> None:
    """Start agents and wait until each knows what it should run."""
    for host in hosts:
        host.start()
    for host in hosts:
        until(lambda host=host: "everything is known" in host.log(), "the first answer")
