"""The bridges of networks: used where they are, made where they are not, and removed only where we made them."""

import errno
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from openlbaas.drivers.haproxy_netns import links, uplinks, vxlan
from openlbaas.drivers.haproxy_netns.marks import Mark, Marks
from openlbaas.drivers.haproxy_netns.namespaces import Namespaces
from openlbaas.drivers.haproxy_netns.netlink import Netlink
from openlbaas.drivers.haproxy_netns.peers import Peers
from openlbaas.drivers.haproxy_netns.seen import Link, Tunnel, Uplink
from openlbaas.drivers.haproxy_netns.ways import Way

_LONGEST_LEAVE_S = 0.3
_PAUSE_S = 0.003


class Bridges:
    """The bridges of this host that load balancers are on.

    Order: what is made is marked as ours before, and unmarked after it is gone. One thread at a time makes, joins or
    removes, so nothing is removed under the one that joins it.
    """

    def __init__(self, marks: Marks, namespaces: Namespaces, peers: Peers, taps: Callable[[], frozenset[str]]) -> None:
        """Take the marks and where other hosts are; taps names the interfaces of all load balancers of this host."""
        self._marks = marks
        self._namespaces = namespaces
        self._peers = peers
        self._taps = taps
        self._guard = threading.Lock()
        self._stayed: set[str] | None = None

    def ours(self, name: str) -> bool:
        """Tell whether anything of a bridge is of our making."""
        return self._marks.has(name)

    def see(self, name: str, bridge: str) -> Uplink | None:
        """See what leads from a bridge to other hosts.

        Raises: OSError.
        """
        mark = self._marks.read(bridge)
        with Netlink() as host:
            seen = uplinks.see(host, name)
        if seen is None or seen.bridge != bridge or (mark is not None and name in mark.uplinks):
            return seen
        return replace(seen, given=True)

    def attach(self, namespace: str, tap: str, way: Way, link: Link) -> None:
        """Have a pair of interfaces between a namespace and a bridge, the bridge, and what leads from it elsewhere.

        Raises: OSError.
        """
        there = self._namespaces.inside(namespace, lambda: links.index(link.name)) is not None
        with Netlink() as host, self._guard:
            bridge_index = self._have(host, way)
            if there and links.index(tap) is not None:
                links.enslave(host, tap, bridge_index, link.mtu)
                return
            descriptor = self._namespaces.open(namespace)
            try:
                if there:
                    self._namespaces.inside(namespace, lambda: _delete(link.name))
                _make(host, tap, bridge_index, link, descriptor)
            finally:
                os.close(descriptor)

    def leave(self, tap: str) -> None:
        """Have no interface of this name on the host; one that goes with its namespace goes cheaper by itself.

        Raises: OSError.
        """
        until = time.monotonic() + _LONGEST_LEAVE_S
        while links.index(tap) is not None:
            if time.monotonic() > until:
                with Netlink() as host:
                    links.delete(host, tap)
                return
            time.sleep(_PAUSE_S)

    def remove(self, name: str) -> None:
        """Remove what is ours of a bridge, if nobody needs it any more; what led elsewhere is as before then.

        Raises: OSError.
        """
        with Netlink() as host, self._guard:
            mark = self._marks.read(name)
            if mark is None:
                return
            others = links.ports(host, name) - set(mark.uplinks)
            if others if mark.made else others & self._taps():
                if self._stayed is not None:
                    self._stayed.add(name)
                return
            for uplink in mark.uplinks:
                uplinks.leave(host, uplink, name)
            if mark.made:
                links.delete(host, name)
            self._marks.remove(name)

    def tidy(self, needed: Callable[[], frozenset[str]]) -> None:
        """Remove what had to stay for somebody else who is gone now.

        Shape:  needed names the bridges of the load balancers of this host; it is asked only if something had to stay
        Order:  the first time after a start everything may have
        Raises: OSError.
        """
        stayed = set(self._marks.all()) if self._stayed is None else self._stayed
        self._stayed = set()
        if stayed:
            for name in sorted(stayed - needed()):
                self.remove(name)

    def reach(self, addresses: Iterable[str] | None = None) -> None:
        """Have every tunnel of ours lead to these hosts, or to those known before.

        Raises: OSError.
        """
        if addresses is not None:
            self._peers.learn(addresses)
        with Netlink() as host, self._guard:
            for name in self._marks.tunnels():
                vxlan.reach(host, name, self._peers.addresses)

    def _have(self, host: Netlink, way: Way) -> int:
        bridge_index = links.index(way.bridge)
        if bridge_index is None:
            if way.given:
                raise OSError(errno.ENODEV, f"there is no bridge {way.bridge}")
            self._make_bridge(host, way)
            bridge_index = links.index(way.bridge)
        if bridge_index is None:
            raise OSError(errno.ENODEV, f"bridge {way.bridge} went away")
        if way.tunnel is not None and way.interface is not None:
            self._join_tunnel(host, way.bridge, way.interface, way.tunnel)
        elif way.interface is not None:
            self._join(host, way.bridge, way.interface)
        return bridge_index

    def _make_bridge(self, host: Netlink, way: Way) -> None:
        # The neighbours of the interface know its MAC address, which the bridge answers for from now on.
        physical = way.interface is not None and way.tunnel is None
        mac_address = uplinks.mac_address(host, way.interface) if physical and way.interface is not None else None
        self._marks.write(way.bridge, Mark())
        try:
            links.make_bridge(host, way.bridge, mac_address)
        except FileExistsError:
            self._marks.remove(way.bridge)

    def _join(self, host: Netlink, bridge: str, interface: str) -> None:
        """Have one interface of ours on a bridge; on one of others it stays when we leave."""
        mark = self._marks.read(bridge)
        if mark is not None and mark.uplinks != (interface,):
            self._marks.write(bridge, Mark(mark.made, (*mark.uplinks, interface)))
            for uplink in mark.uplinks:
                if uplink != interface:
                    uplinks.leave(host, uplink, bridge)
            self._marks.write(bridge, Mark(mark.made, (interface,)))
        uplinks.join(host, interface, bridge)

    def _join_tunnel(self, host: Netlink, bridge: str, name: str, tunnel: Tunnel) -> None:
        """Have a tunnel on a bridge; that of somebody else is used as it is, if it is on it."""
        mark = self._marks.read(bridge)
        if mark is None or name not in mark.uplinks:
            there = uplinks.see(host, name)
            if there is not None and there.bridge == bridge:
                return
            if there is not None:
                raise OSError(errno.EEXIST, f"interface {name} is there already and not ours")
            self._marks.write(bridge, Mark(made=mark is not None and mark.made, uplinks=(name,)))
        uplinks.join_tunnel(host, name, bridge, tunnel)
        vxlan.reach(host, name, self._peers.addresses)


def _make(host: Netlink, tap: str, bridge_index: int, link: Link, namespace: int) -> None:
    """Make a pair; what has the name of the tap belonged to a namespace that is no more."""
    try:
        links.make_pair(host, tap, bridge_index, link, namespace)
    except FileExistsError:
        links.delete(host, tap)
        links.make_pair(host, tap, bridge_index, link, namespace)


def _delete(name: str) -> None:
    with Netlink() as inside:
        links.delete(inside, name)
