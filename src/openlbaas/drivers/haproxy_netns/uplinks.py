"""The interface of this host that joins a network's bridge with other hosts."""

import errno
import socket
import sys
import time
from contextlib import suppress

from openlbaas.drivers.haproxy_netns import announce, kernel, links, moving, netlink, vxlan
from openlbaas.drivers.haproxy_netns.netlink import Netlink
from openlbaas.drivers.haproxy_netns.seen import Tunnel, Uplink

_TIMES = 1
_UP, _RUNNING, _BRIDGE, _WITHOUT_FIGURES = 1, 0x40, 10, 8
_LONGEST_WAIT_S = 0.3
_PAUSE_S = 0.002


def see(host: Netlink, name: str) -> Uplink | None:
    """See an interface of this host.

    Raises: OSError.
    """
    found = host.one(netlink.GET_LINK, _read, (("IFLA_IFNAME", name), ("IFLA_EXT_MASK", _WITHOUT_FIGURES)))
    if found is None:
        return None
    number, up, master, tunnel = found
    bridge = None
    with suppress(OSError):
        bridge = socket.if_indextoname(master) if master else None
    # Nobody's host is reached by an address of a tunnel.
    bare = tunnel is not None or not moving.addresses(host, number)
    return Uplink(name, bridge, up=up, bare=bare, tunnel=tunnel)


def _read(message: bytes) -> tuple[int, bool, int, Tunnel | None]:
    """Read an interface's number, whether it is up, the number of its bridge, and what it is made of."""
    number, flags, found = netlink.interface(message)
    return number, bool(flags & _UP), int.from_bytes(found.get(_BRIDGE, b""), sys.byteorder), vxlan.read(found)


def mac_address(host: Netlink, name: str) -> str:
    """Name the MAC address of an interface.

    Raises: OSError when there is none.
    """
    found = links.see_mac(host, name)
    if found is None:
        raise OSError(errno.ENODEV, f"there is no interface {name}")
    return found


def join(host: Netlink, name: str, bridge: str) -> None:
    """Have an interface on a bridge, which has its addresses and routes from then on.

    Order: the bridge has the addresses before the interface gives up its own, so the host can always be reached.
    Raises: OSError, also when it is on a bridge of somebody else.
    """
    there = see(host, name)
    number, target = links.index(name), links.index(bridge)
    if there is None or number is None or target is None:
        raise OSError(errno.ENODEV, f"there is no interface {name}")
    if there.bridge not in (None, bridge):
        raise OSError(errno.EBUSY, f"interface {name} is on {there.bridge}")
    if moving.has_ipv6(moving.addresses(host, number)):
        kernel.set_kernel(f"net/ipv6/conf/{bridge}/disable_ipv6", "0")
    if there.bridge is None or not there.up:
        links.put_on(host, name, target)
        _await(host, bridge)
    _tell(bridge, links.see_mac(host, bridge), moving.move(host, number, target))


def join_tunnel(host: Netlink, name: str, bridge: str, tunnel: Tunnel) -> None:
    """Have a tunnel on a bridge; one that is made otherwise is made anew.

    Order: it is up last, when it is whole but for where it leads.
    Raises: OSError, also when it is on a bridge of somebody else.
    """
    there, target = see(host, name), links.index(bridge)
    if target is None:
        raise OSError(errno.ENODEV, f"there is no bridge {bridge}")
    if there is not None and there.bridge not in (None, bridge):
        raise OSError(errno.EBUSY, f"interface {name} is on {there.bridge}")
    if there is not None and there.tunnel != tunnel:
        links.delete(host, name)
        there = None
    if there is None:
        vxlan.make(host, name, tunnel)
    links.put_on(host, name, target)


def leave(host: Netlink, name: str, bridge: str) -> None:
    """Take an interface off a bridge and give it everything back that the bridge has; a tunnel goes.

    Raises: OSError.
    """
    if vxlan.see(host, name) is not None:
        links.delete(host, name)
        return
    there = see(host, name)
    number, source = links.index(name), links.index(bridge)
    if there is None or number is None or source is None or there.bridge != bridge:
        return
    # Still on the bridge, it hears of nothing by itself: what has to be left is left before, and the rest in one step.
    moved = moving.move(host, source, number)
    links.take_off(host, name)
    _tell(name, links.see_mac(host, name), moved)


def _await(host: Netlink, name: str) -> None:
    """Wait until an interface sends what it is given; without a cable, not for long."""
    until = time.monotonic() + _LONGEST_WAIT_S
    while host.one(netlink.GET_LINK, _runs, (("IFLA_IFNAME", name),)) is False and time.monotonic() < until:
        time.sleep(_PAUSE_S)


def _runs(message: bytes) -> bool:
    return bool(netlink.interface(message)[1] & _RUNNING)


def _tell(name: str, mac_address: str | None, moved: list[moving.Address]) -> None:
    """Tell the neighbours, should the MAC address be another now."""
    if moved and mac_address is not None:
        announce.announce(name, mac_address, tuple(each.text for each in moved), _TIMES)
