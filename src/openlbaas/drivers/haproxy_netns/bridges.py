"""The bridges of networks: used where they are, made where they are not, and removed only where we made them."""

import errno
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from openlbaas.drivers.haproxy_netns import links, records, uplinks
from openlbaas.drivers.haproxy_netns.namespaces import Namespaces
from openlbaas.drivers.haproxy_netns.netlink import Netlink
from openlbaas.drivers.haproxy_netns.seen import Link
from openlbaas.drivers.haproxy_netns.ways import Way

_LONGEST_LEAVE_S = 0.3
_PAUSE_S = 0.003


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """What we did to a bridge of ours: the interfaces that we put on it, and must give everything back to."""

    uplinks: tuple[str, ...] = ()


class Bridges:
    """The bridges of this host that load balancers are on.

    Order: a bridge is marked as ours before it is made and unmarked after it is gone, so a crash leaves a mark too
    many at worst. One thread at a time makes, joins or removes, so nothing is removed under the one that joins it.
    """

    def __init__(self, folder: Path, namespaces: Namespaces) -> None:
        """Take the folder of the marks."""
        self._folder = folder
        self._namespaces = namespaces
        self._guard = threading.Lock()

    def ours(self, name: str) -> bool:
        """Tell whether we made a bridge."""
        return os.path.exists(f"{self._folder}/{name}")  # noqa: PTH110 - a thousand times

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
        """Remove a bridge if we made it and nothing is on it but what leads elsewhere, which is as before then.

        Raises: OSError.
        """
        with Netlink() as host, self._guard:
            mark = self._mark(name)
            if mark is None or links.ports(host, name) - set(mark.uplinks):
                return
            for uplink in mark.uplinks:
                uplinks.leave(host, uplink, name)
            links.delete(host, name)
            (self._folder / name).unlink()

    def _have(self, host: Netlink, way: Way) -> int:
        bridge_index = links.index(way.bridge)
        if bridge_index is None:
            if way.given:
                raise OSError(errno.ENODEV, f"there is no bridge {way.bridge}")
            self._make_bridge(host, way)
            bridge_index = links.index(way.bridge)
        if bridge_index is None:
            raise OSError(errno.ENODEV, f"bridge {way.bridge} went away")
        if way.interface is not None:
            self._join(host, way.bridge, way.interface)
        return bridge_index

    def _make_bridge(self, host: Netlink, way: Way) -> None:
        # The neighbours of the interface know its MAC address, which the bridge answers for from now on.
        mac_address = None if way.interface is None else uplinks.mac_address(host, way.interface)
        self._note(way.bridge, Mark())
        try:
            links.make_bridge(host, way.bridge, mac_address)
        except FileExistsError:
            with suppress(FileNotFoundError):
                (self._folder / way.bridge).unlink()

    def _join(self, host: Netlink, bridge: str, interface: str) -> None:
        """Have one interface of ours on a bridge; on one of others it stays when we leave."""
        mark = self._mark(bridge)
        if mark is not None and mark.uplinks != (interface,):
            self._note(bridge, Mark(uplinks=(*mark.uplinks, interface)))
            for uplink in mark.uplinks:
                if uplink != interface:
                    uplinks.leave(host, uplink, bridge)
            self._note(bridge, Mark(uplinks=(interface,)))
        uplinks.join(host, interface, bridge)

    def _mark(self, name: str) -> Mark | None:
        """Read the mark of a bridge of ours; those of earlier releases are empty."""
        try:
            return msgspec.json.decode((self._folder / name).read_bytes() or b"{}", type=Mark)
        except FileNotFoundError:
            return None
        except msgspec.MsgspecError:
            return Mark()

    def _note(self, name: str, mark: Mark) -> None:
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        records.write(self._folder / name, msgspec.json.encode(mark))


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
