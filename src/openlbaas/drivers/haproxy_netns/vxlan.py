"""Tunnels between hosts: their interfaces, and the entries that say where a frame for everybody must go.

What is for everybody, or for somebody unknown, goes to every other host; from what comes back the interface learns who
is where. So a load balancer that moves is found as soon as it announces itself, with no entry of its own.

Source: ip-link(8) "VXLAN Type Support", bridge(8) "fdb append"; rtnetlink(7).
"""

import errno
import ipaddress
import socket
import struct
import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import Any

from openlbaas.drivers.haproxy_netns import links, netlink
from openlbaas.drivers.haproxy_netns.netlink import APPEND, CREATE, EXCLUSIVE, Netlink
from openlbaas.drivers.haproxy_netns.seen import Tunnel

_MTU, _INFO, _KIND, _WHAT = 4, 18, 1, 2
_VNI, _LOCAL, _PORT, _LOCAL6 = 1, 4, 15, 17
_NEIGHBOUR = struct.Struct("=B3xiHBB")
_BRIDGE_FAMILY, _PERMANENT, _SELF = 7, 0x80, 0x02
_DESTINATION, _MAC_ADDRESS = 1, 2
_EVERYBODY = b"\0" * 6
_VERSION_6 = 6


def see(host: Netlink, name: str) -> Tunnel | None:
    """See what an interface is made of; None when it is not there or no tunnel.

    Raises: OSError.
    """
    return host.one(netlink.GET_LINK, _tunnel, (("IFLA_IFNAME", name),))


def make(host: Netlink, name: str, tunnel: Tunnel) -> None:
    """Make the interface of a tunnel; it is not up yet.

    Order:  bound to no other interface, it follows the routes of the host, whatever becomes of its interfaces
    Raises: OSError, also when the address is none of this host.
    """
    address = ipaddress.ip_address(tunnel.address)
    _check_own(tunnel.address)
    made = [
        ("IFLA_VXLAN_ID", tunnel.vni),
        ("IFLA_VXLAN_LOCAL6" if address.version == _VERSION_6 else "IFLA_VXLAN_LOCAL", tunnel.address),
        ("IFLA_VXLAN_PORT", tunnel.port),
        ("IFLA_VXLAN_LEARNING", 1),
    ]
    kind: dict[str, Any] = {"attrs": [("IFLA_INFO_KIND", "vxlan"), ("IFLA_INFO_DATA", {"attrs": made})]}
    attributes = [("IFLA_IFNAME", name), ("IFLA_MTU", tunnel.mtu), ("IFLA_LINKINFO", kind)]
    host.change(netlink.NEW_LINK, CREATE | EXCLUSIVE, attributes)
    links.without_ipv6(name)


def reach(host: Netlink, name: str, addresses: Iterable[str]) -> None:
    """Have frames for everybody go to these hosts and no others; what was learned stays.

    Raises: OSError.
    """
    index = links.index(name)
    if index is None:
        return
    wanted = {ipaddress.ip_address(address).packed for address in addresses}
    found = {each for each in host.all(netlink.GET_NEIGHBOUR, _flooded, family=_BRIDGE_FAMILY, ifindex=index) if each}
    for packed in sorted(wanted - found):
        _change(host, netlink.NEW_NEIGHBOUR, CREATE | APPEND, index, packed)
    for packed in sorted(found - wanted):
        _change(host, netlink.DELETE_NEIGHBOUR, 0, index, packed)


def _change(host: Netlink, kind: int, how: int, index: int, packed: bytes) -> None:
    head = _NEIGHBOUR.pack(_BRIDGE_FAMILY, index, _PERMANENT, _SELF, 0)
    entry = {_MAC_ADDRESS: _EVERYBODY, _DESTINATION: packed}
    host.raw(kind, how, head, entry, good=(errno.EEXIST, errno.ENOENT))


def _flooded(message: bytes) -> bytes | None:
    """Read where an entry for everybody leads; None of any other."""
    head, found = netlink.parts(message, _NEIGHBOUR.size)
    own = _NEIGHBOUR.unpack(head)[3] & _SELF
    return found.get(_DESTINATION) if own and found.get(_MAC_ADDRESS) == _EVERYBODY else None


def _tunnel(message: bytes) -> Tunnel | None:
    return read(netlink.interface(message)[2])


def read(found: Mapping[int, bytes]) -> Tunnel | None:
    """Read what an interface is made of from its attributes; None when it is no tunnel."""
    info = netlink.attributes(found.get(_INFO, b""))
    if info.get(_KIND, b"").rstrip(b"\0") != b"vxlan":
        return None
    made = netlink.attributes(info.get(_WHAT, b""))
    packed = made.get(_LOCAL) or made.get(_LOCAL6)
    return Tunnel(
        vni=int.from_bytes(made[_VNI], sys.byteorder),
        address=str(ipaddress.ip_address(packed)) if packed else "",
        port=int.from_bytes(made[_PORT], "big"),
        mtu=int.from_bytes(found[_MTU], sys.byteorder),
    )


def _check_own(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_DGRAM)) as trying:
        try:
            trying.bind((address, 0))
        except OSError as error:
            raise OSError(error.errno, f"[vxlan] local_ip {address} is no address of this host") from error
