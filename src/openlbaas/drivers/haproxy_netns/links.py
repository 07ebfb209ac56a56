"""The interface of a load balancer: a pair, one end in its namespace and one on a bridge of the host."""

import errno
import functools
import ipaddress
import itertools
import socket
import sys
from contextlib import suppress
from typing import Any, NamedTuple

from openlbaas.drivers.haproxy_netns import kernel, netlink
from openlbaas.drivers.haproxy_netns.netlink import CREATE, EXCLUSIVE, Attributes, Netlink, decoded
from openlbaas.drivers.haproxy_netns.seen import Link, Tap

_UP = 1
_MAC_ADDRESS, _NAME, _MTU, _BRIDGE = 1, 3, 4, 10
_LOOPBACK = 1
_WITHOUT_FIGURES = 8
_NO_DUPLICATE_DETECTION = 0x02
_ON_LINK = 4
_CLONED = 0x200
_MAIN_TABLE, _STATIC, _UNIVERSE, _UNICAST = 254, 4, 0, 1
_LINK_LOCAL = 253
_REMEMBERED = 1 << 13
# A pair puts nothing into queues, yet the kernel makes one for each processor: 6 KiB each (measured).
_ONE_QUEUE = (("IFLA_NUM_TX_QUEUES", 1), ("IFLA_NUM_RX_QUEUES", 1))
_GONE = (errno.ENODEV, errno.ESRCH, errno.EADDRNOTAVAIL)


def index(name: str) -> int | None:
    """Name the number of an interface of the calling thread's namespace; None when there is none."""
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return None


def loopback_up() -> None:
    """Switch the loopback interface of the calling thread's namespace on.

    Raises: OSError.
    """
    with Netlink() as talk:
        talk.change(netlink.NEW_LINK, 0, [], index=1, flags=_UP, change=_UP)


def make_pair(host: Netlink, tap: str, bridge_index: int, link: Link, namespace: int) -> None:
    """Make both ends where they belong; nothing has to be moved between namespaces, which takes 30 ms.

    Shape:  namespace is an open descriptor; neither end is up yet
    Raises: OSError.
    """
    peer = {
        "attrs": [
            ("IFLA_IFNAME", link.name),
            ("IFLA_ADDRESS", link.mac_address),
            ("IFLA_MTU", link.mtu),
            ("IFLA_NET_NS_FD", namespace),
            *_ONE_QUEUE,
        ]
    }
    pair = {"attrs": [("IFLA_INFO_KIND", "veth"), ("IFLA_INFO_DATA", {"attrs": [("VETH_INFO_PEER", peer)]})]}
    attributes = [
        ("IFLA_IFNAME", tap),
        ("IFLA_MTU", link.mtu),
        ("IFLA_MASTER", bridge_index),
        ("IFLA_LINKINFO", pair),
        *_ONE_QUEUE,
    ]
    host.change(netlink.NEW_LINK, CREATE | EXCLUSIVE, attributes)
    without_ipv6(tap)


def make_bridge(host: Netlink, name: str, mac_address: str | None = None) -> None:
    """Make a bridge and switch it on; with a MAC address it keeps that whatever joins it.

    Raises: OSError; EEXIST when it is there.
    """
    kind = {"attrs": [("IFLA_INFO_KIND", "bridge")]}
    attributes: Attributes = [("IFLA_IFNAME", name), ("IFLA_LINKINFO", kind)]
    if mac_address is not None:
        attributes.append(("IFLA_ADDRESS", mac_address))
    host.change(netlink.NEW_LINK, CREATE | EXCLUSIVE, attributes, flags=_UP, change=_UP)
    without_ipv6(name)


def enslave(host: Netlink, tap: str, bridge_index: int, mtu: int) -> None:
    """Put an end on a bridge, as on or off as it is.

    Raises: OSError.
    """
    attributes = [("IFLA_IFNAME", tap), ("IFLA_MASTER", bridge_index), ("IFLA_MTU", mtu)]
    host.change(netlink.NEW_LINK, 0, attributes)
    without_ipv6(tap)


def put_on(host: Netlink, name: str, bridge_index: int) -> None:
    """Put an interface on a bridge and switch it on.

    Raises: OSError.
    """
    attributes = [("IFLA_IFNAME", name), ("IFLA_MASTER", bridge_index)]
    host.change(netlink.NEW_LINK, 0, attributes, flags=_UP, change=_UP)


def take_off(host: Netlink, name: str) -> None:
    """Take an interface off its bridge.

    Raises: OSError.
    """
    host.change(netlink.NEW_LINK, 0, [("IFLA_IFNAME", name), ("IFLA_MASTER", 0)])


def delete(host: Netlink, name: str) -> None:
    """Have no interface of this name.

    Raises: OSError.
    """
    host.change(netlink.DELETE_LINK, 0, [("IFLA_IFNAME", name)], good=_GONE)


def set_link(inside: Netlink, link: Link) -> None:
    """Give the interface its MAC address and MTU.

    Raises: OSError.
    """
    attributes = [("IFLA_IFNAME", link.name), ("IFLA_ADDRESS", link.mac_address), ("IFLA_MTU", link.mtu)]
    inside.change(netlink.NEW_LINK, 0, attributes)


def up(where: Netlink, name: str) -> None:
    """Switch an interface on.

    Raises: OSError.
    """
    where.change(netlink.NEW_LINK, 0, [("IFLA_IFNAME", name)], flags=_UP, change=_UP)


def down(where: Netlink, name: str) -> None:
    """Switch an interface off.

    Raises: OSError.
    """
    where.change(netlink.NEW_LINK, 0, [("IFLA_IFNAME", name)], flags=0, change=_UP)


def add_address(inside: Netlink, link_index: int, address: str, prefix_length: int) -> None:
    """Have an address on the interface.

    Raises: OSError.
    """
    kind, how = netlink.NEW_ADDRESS, CREATE | EXCLUSIVE
    inside.change(kind, how, _address(address), good=(errno.EEXIST,), **_on(link_index, address, prefix_length))


def drop_address(inside: Netlink, link_index: int, address: str, prefix_length: int) -> None:
    """Have an address not on the interface.

    Raises: OSError.
    """
    kind = netlink.DELETE_ADDRESS
    inside.change(kind, 0, _address(address), good=_GONE, **_on(link_index, address, prefix_length))


def add_route(inside: Netlink, link_index: int, destination: str, nexthop: str) -> None:
    """Have a route; its next hop counts as reachable on the link, as that of a cloud's subnet may lie outside of it.

    Raises: OSError.
    """
    head, attributes = _route(link_index, destination, nexthop)
    how = CREATE | EXCLUSIVE
    inside.change(netlink.NEW_ROUTE, how, attributes, good=(errno.EEXIST,), flags=_ON_LINK, **head)


def drop_route(inside: Netlink, link_index: int, destination: str, nexthop: str) -> None:
    """Have a route no more.

    Raises: OSError.
    """
    head, attributes = _route(link_index, destination, nexthop)
    inside.change(netlink.DELETE_ROUTE, 0, attributes, good=_GONE, **head)


def see_tap(host: Netlink, name: str) -> Tap | None:
    """See the host's end.

    Raises: OSError.
    """
    found = _see(host, name)
    if found is None:
        return None
    bridge = None
    with suppress(OSError):
        bridge = socket.if_indextoname(found.bridge)
    return Tap(name, bridge, up=found.up, mtu=found.mtu)


def see_mac(host: Netlink, name: str) -> str | None:
    """Name the MAC address of an interface of the host; None when there is no such interface.

    Raises: OSError.
    """
    found = _see(host, name)
    return None if found is None else found.mac_address


def _see(host: Netlink, name: str) -> "_Interface | None":
    return host.one(netlink.GET_LINK, _interface, (("IFLA_IFNAME", name), ("IFLA_EXT_MASK", _WITHOUT_FIGURES)))


def ports(host: Netlink, bridge: str) -> frozenset[str]:
    """Name what is on a bridge.

    Raises: OSError.
    """
    bridge_index = index(bridge)
    if bridge_index is None:
        return frozenset()
    found = host.all(netlink.GET_LINK, _interface, (("IFLA_MASTER", bridge_index), ("IFLA_EXT_MASK", _WITHOUT_FIGURES)))
    return frozenset(each.name for each in found)


def see_links(inside: Netlink) -> tuple[Link, ...]:
    """See the interfaces in a namespace, without loopback.

    Raises: OSError.
    """
    found = inside.all(netlink.GET_LINK, _interface, (("IFLA_EXT_MASK", _WITHOUT_FIGURES),))
    return tuple(_link(inside, each) for each in sorted(found) if each.number != _LOOPBACK)


def _link(inside: Netlink, found: "_Interface") -> Link:
    addresses = inside.all(netlink.GET_ADDRESS, _local, index=found.number)
    # Asked for no family in particular, the kernel ends after the first that has any.
    families = (socket.AF_INET, socket.AF_INET6)
    through = (("RTA_OIF", found.number),)
    routes = [inside.all(netlink.GET_ROUTE, _way, through, family=each, table=_MAIN_TABLE) for each in families]
    return Link(
        name=found.name,
        mac_address=found.mac_address,
        mtu=found.mtu,
        up=found.up,
        addresses=frozenset(each for each in addresses if each is not None),
        routes=frozenset(each for each in itertools.chain(*routes) if each is not None),
        index=found.number,
    )


class _Interface(NamedTuple):
    """An interface, as the kernel tells of it."""

    number: int
    name: str
    mac_address: str
    mtu: int
    up: bool
    bridge: int


def _interface(message: bytes) -> _Interface:
    number, flags, found = netlink.interface(message)
    return _Interface(
        number=number,
        name=found[_NAME].rstrip(b"\0").decode(),
        mac_address=found.get(_MAC_ADDRESS, b"").hex(":"),
        mtu=int.from_bytes(found[_MTU], sys.byteorder),
        up=bool(flags & _UP),
        bridge=int.from_bytes(found.get(_BRIDGE, b""), sys.byteorder),
    )


# Looks find almost always what the looks before found.
@functools.lru_cache(_REMEMBERED)
def _local(message: bytes) -> tuple[str, int] | None:
    """Read an address and its prefix; None of one that the link gave itself."""
    found = decoded(message)
    if found["scope"] == _LINK_LOCAL:
        return None
    address = ipaddress.ip_address(found.get_attr("IFA_LOCAL") or found.get_attr("IFA_ADDRESS"))
    return str(address), found["prefixlen"]


@functools.lru_cache(_REMEMBERED)
def _way(message: bytes) -> tuple[str, str] | None:
    """Read where a route leads and by way of whom; None of one that was learned or is direct."""
    found = decoded(message)
    gateway = found.get_attr("RTA_GATEWAY")
    return None if found["flags"] & _CLONED or gateway is None else (_destination(found), gateway)


def _destination(route: Any) -> str:
    everywhere = "::" if route["family"] == socket.AF_INET6 else "0.0.0.0"  # noqa: S104 - a route, nothing is bound
    return f"{route.get_attr('RTA_DST') or everywhere}/{route['dst_len']}"


def _address(address: str) -> Attributes:
    return [("IFA_LOCAL", address), ("IFA_ADDRESS", address)]


def _on(link_index: int, address: str, prefix_length: int) -> dict[str, int]:
    version6 = ":" in address
    return {
        "index": link_index,
        "family": socket.AF_INET6 if version6 else socket.AF_INET,
        "prefixlen": prefix_length,
        "flags": _NO_DUPLICATE_DETECTION if version6 else 0,
    }


def _route(link_index: int, destination: str, nexthop: str) -> tuple[dict[str, int], Attributes]:
    network = ipaddress.ip_network(destination)
    head = {
        "family": socket.AF_INET6 if network.version == 6 else socket.AF_INET,  # noqa: PLR2004 - the IP version
        "dst_len": network.prefixlen,
        "table": _MAIN_TABLE,
        "proto": _STATIC,
        "scope": _UNIVERSE,
        "type": _UNICAST,
    }
    attributes: Attributes = [("RTA_GATEWAY", nexthop), ("RTA_OIF", link_index)]
    if network.prefixlen:
        attributes.append(("RTA_DST", str(network.network_address)))
    return head, attributes


def without_ipv6(name: str) -> None:
    """Give the host no address of its own on an interface of tenants.

    Raises: OSError.
    """
    if kernel.has_ipv6():
        with suppress(FileNotFoundError):
            kernel.set_kernel(f"net/ipv6/conf/{name}/disable_ipv6", "1")
