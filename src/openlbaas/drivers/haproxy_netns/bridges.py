"""The bridges of networks: used where they are, made where they are not, and removed only where we made them."""

import errno
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from openlbaas.drivers.haproxy_netns import links
from openlbaas.drivers.haproxy_netns.namespaces import Namespaces
from openlbaas.drivers.haproxy_netns.netlink import Netlink
from openlbaas.drivers.haproxy_netns.seen import Link

_LONGEST_LEAVE_S = 0.3
_PAUSE_S = 0.003


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
        return (self._folder / name).exists()

    def attach(self, namespace: str, tap: str, bridge: str, link: Link) -> None:
        """Have a pair of interfaces between a namespace and a bridge, and the bridge.

        Raises: OSError.
        """
        there = self._namespaces.inside(namespace, lambda: links.index(link.name)) is not None
        with Netlink() as host, self._guard:
            bridge_index = self._have(host, bridge)
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
        """Remove a bridge if we made it and nothing is on it.

        Raises: OSError.
        """
        with Netlink() as host, self._guard:
            if self.ours(name) and not links.occupied(host, name):
                links.delete(host, name)
                (self._folder / name).unlink()

    def _have(self, host: Netlink, name: str) -> int:
        bridge_index = links.index(name)
        if bridge_index is None:
            self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            (self._folder / name).touch()
            try:
                links.make_bridge(host, name)
            except FileExistsError:
                with suppress(FileNotFoundError):
                    (self._folder / name).unlink()
            bridge_index = links.index(name)
        if bridge_index is None:
            raise OSError(errno.ENODEV, f"bridge {name} went away")
        return bridge_index


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
