"""The names that a load balancer has on its host; they are those that operators know from Neutron."""

import functools
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

NAMESPACE_PREFIX = "qlbaas-"
INSIDE_PREFIX = "ns-"
TUNNEL_PREFIX = "vxlan-"
_INTERFACE_LETTERS = 11
_REMEMBERED = 4096


def namespace(load_balancer_id: str) -> str:
    """Name the network namespace."""
    return f"{NAMESPACE_PREFIX}{load_balancer_id}"


def inside(port_id: str) -> str:
    """Name the interface in the namespace."""
    return f"{INSIDE_PREFIX}{port_id[:_INTERFACE_LETTERS]}"


def tap(port_id: str) -> str:
    """Name the other end of it, on the bridge."""
    return f"tap{port_id[:_INTERFACE_LETTERS]}"


def tap_of(inside_name: str) -> str:
    """Name the other end of an interface in the namespace."""
    return f"tap{inside_name.removeprefix(INSIDE_PREFIX)}"


def bridge(network_id: str) -> str:
    """Name the bridge of a network."""
    return f"brq{network_id[:_INTERFACE_LETTERS]}"


def tunnel(vni: int) -> str:
    """Name the interface of a tunnel between hosts."""
    return f"{TUNNEL_PREFIX}{vni}"


@dataclass(frozen=True)
class Files:
    """The files of one load balancer.

    Shape: paths are made once: that costs more than to ask the kernel about them.
    """

    folder: Path

    @cached_property
    def config(self) -> Path:
        """The configuration, as the next process will read it."""
        return self.folder / "haproxy.conf"

    @cached_property
    def good(self) -> Path:
        """The configuration that the serving process is known to have read."""
        return self.folder / "haproxy.conf.good"

    @cached_property
    def named(self) -> Path:
        """The folder of the files that the configuration names, as the next process will read them."""
        return self.folder / "files"

    @cached_property
    def loaded(self) -> Path:
        """The folder of those that the serving process is known to have read."""
        return self.folder / "files.good"

    @cached_property
    def process(self) -> Path:
        """The id of the serving process."""
        return self.folder / "haproxy.pid"

    @cached_property
    def socket(self) -> Path:
        """Where the serving process answers."""
        return self.folder / "haproxy_stats.sock"

    @cached_property
    def server_state(self) -> Path:
        """What the process before knew of its servers."""
        return self.folder / "haproxy.state"

    @cached_property
    def record(self) -> Path:
        """The spec that was carried out last."""
        return self.folder / "applied.json"

    @cached_property
    def turns(self) -> Path:
        """The folder of keepalived, where two hosts serve by turns."""
        return self.folder / "keepalived"


def folder(state_path: str) -> Path:
    """Name the folder that has a folder for each load balancer."""
    return Path(state_path) / "v2"


def marks(state_path: str) -> Path:
    """Name the folder that says which bridges are of our making."""
    return Path(state_path) / "bridges"


def claims(state_path: str) -> Path:
    """Name the folder of what this host claims, and of its keeper."""
    return Path(state_path) / "claims"


def peers(state_path: str) -> Path:
    """Name the file that says where the tunnels of all hosts end, as a server told it last."""
    return Path(state_path) / "tunnels.json"


def hints(state_path: str) -> Path:
    """Name the socket on which the agent hears from every HAProxy."""
    return Path(state_path) / "hints.sock"


@functools.lru_cache(_REMEMBERED)
def files(state_path: str, load_balancer_id: str) -> Files:
    """Name the files of a load balancer."""
    return Files(folder(state_path) / load_balancer_id)
