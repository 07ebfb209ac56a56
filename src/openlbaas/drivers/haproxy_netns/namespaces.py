"""Named network namespaces, as ``ip netns`` knows them."""

import errno
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from openlbaas.drivers.haproxy_netns import kernel
from openlbaas.drivers.haproxy_netns.envoy import Envoy

Result = TypeVar("Result")

NAMED = Path("/run/netns")
_HERE = "/proc/thread-self/ns/net"
_PARAMETERS = (
    ("net/ipv4/ip_unprivileged_port_start", "0"),
    ("net/ipv4/ip_nonlocal_bind", "1"),
    ("net/ipv4/ip_local_port_range", "1024 65535"),
    ("net/ipv4/tcp_tw_reuse", "1"),
    ("net/ipv4/conf/all/promote_secondaries", "1"),
    ("net/ipv4/conf/default/promote_secondaries", "1"),
    ("net/ipv4/conf/all/arp_notify", "1"),
    ("net/ipv4/conf/default/arp_notify", "1"),
)
_PARAMETERS_IPV6 = (
    ("net/ipv6/ip_nonlocal_bind", "1"),
    ("net/ipv6/conf/all/accept_dad", "0"),
    ("net/ipv6/conf/default/accept_dad", "0"),
    ("net/ipv6/conf/default/dad_transmits", "0"),
    ("net/ipv6/conf/default/accept_ra", "0"),
    ("net/ipv6/conf/default/ndisc_notify", "1"),
)


class Namespaces:
    """The named namespaces of a folder, /run/netns unless a test says otherwise."""

    def __init__(self, folder: Path = NAMED) -> None:
        """Take the folder; it is made when it is first needed."""
        self.folder = folder
        self._guard = threading.Lock()
        self._shared = False
        self._envoy = Envoy()

    def make(self, name: str, prepare: Callable[[], None]) -> None:
        """Make a namespace and name it.

        Order:  the name comes last: a namespace that has one is complete.
        Raises: OSError.
        """
        self._share_names()

        def work() -> None:
            kernel.unshare(kernel.CLONE_NEWNET)
            for parameter, value in _PARAMETERS:
                kernel.set_kernel(parameter, value)
            if kernel.has_ipv6():
                for parameter, value in _PARAMETERS_IPV6:
                    kernel.set_kernel(parameter, value)
            prepare()
            target = self.folder / name
            target.touch(mode=0o444)
            kernel.mount(_HERE, str(target), kernel.MS_BIND)

        kernel.in_thread(work)

    def inode(self, name: str) -> int | None:
        """Name the namespace's own number; None when there is none, also while a file without one lies there."""
        try:
            found = os.stat(f"{self.folder}/{name}")  # noqa: PTH116 - a thousand times
        except FileNotFoundError:
            return None
        return found.st_ino if found.st_dev != self.folder.stat().st_dev else None

    def stale(self, name: str) -> bool:
        """Tell whether a file of this name lies there without a namespace on it, as after a crash between the two."""
        return (self.folder / name).exists() and self.inode(name) is None

    def names(self, prefix: str) -> frozenset[str]:
        """List what begins with these letters, complete or not."""
        try:
            return frozenset(name for name in os.listdir(self.folder) if name.startswith(prefix))  # noqa: PTH208 - names are cheaper than paths
        except FileNotFoundError:
            return frozenset()

    def remove(self, name: str) -> None:
        """Unname a namespace: the kernel takes it away as soon as no process is in it.

        Raises: OSError.
        """
        target = self.folder / name
        try:
            kernel.unmount(str(target))
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOENT):
                raise
        with suppress(FileNotFoundError):
            target.unlink()

    def inside(self, name: str, work: Callable[[], Result]) -> Result:
        """Do something inside a namespace, in a thread of its own.

        Raises: OSError when there is no such namespace; whatever the work raises.
        """

        def entered() -> Result:
            descriptor = self.open(name)
            try:
                kernel.setns(descriptor, kernel.CLONE_NEWNET)
            finally:
                os.close(descriptor)
            return work()

        return kernel.in_thread(entered)

    def opened(self, name: str, open_: Callable[[], Result]) -> Result:
        """Open a socket inside a namespace, where it stays whoever uses it; that is quicker than to go there.

        Raises: OSError when there is no such namespace; whatever the opening raises.
        """
        descriptor = self.open(name)
        try:
            return self._envoy.send(descriptor, open_)
        finally:
            os.close(descriptor)

    def open(self, name: str) -> int:
        """Open a namespace; the caller closes it.

        Raises: OSError.
        """
        return os.open(self.folder / name, os.O_RDONLY | os.O_CLOEXEC)

    def _share_names(self) -> None:
        """Let every mount namespace of this machine see what is named, as ``ip netns add`` does.

        Source: ip-netns(8): without it a name that is unmounted here would live on, busy, in another mount namespace.
        """
        with self._guard:
            if not self._shared:
                _share(self.folder)
                self._shared = True


def _share(folder: Path) -> None:
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        kernel.mount("", str(folder), kernel.MS_SHARED | kernel.MS_REC)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        kernel.mount(str(folder), str(folder), kernel.MS_BIND | kernel.MS_REC)
        kernel.mount("", str(folder), kernel.MS_SHARED | kernel.MS_REC)
