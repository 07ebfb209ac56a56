"""Named network namespaces, as ``ip netns`` knows them."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from openlbaas.drivers.haproxy_netns import kernel

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


def make(name: str, prepare: Callable[[], None]) -> None:
    """Make a namespace and name it.

    Order:  share_names before it; the name comes last: a namespace that has one is complete.
    Raises: OSError.
    """

    def work() -> None:
        kernel.unshare(kernel.CLONE_NEWNET)
        for parameter, value in _PARAMETERS:
            kernel.set_kernel(parameter, value)
        if kernel.has_ipv6():
            for parameter, value in _PARAMETERS_IPV6:
                kernel.set_kernel(parameter, value)
        prepare()
        target = NAMED / name
        target.touch(mode=0o444)
        kernel.mount(_HERE, str(target), kernel.MS_BIND)

    kernel.in_thread(work)


def present(name: str) -> bool:
    """Tell whether a namespace has this name; a file without a namespace on it does not count."""
    try:
        return (NAMED / name).stat().st_dev != NAMED.stat().st_dev
    except FileNotFoundError:
        return False


def stale(name: str) -> bool:
    """Tell whether a file of this name lies there without a namespace on it, as after a crash between the two."""
    return (NAMED / name).exists() and not present(name)


def remove(name: str) -> None:
    """Unname a namespace: the kernel takes it away as soon as no process is in it.

    Raises: OSError.
    """
    target = NAMED / name
    try:
        kernel.unmount(str(target))
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOENT):
            raise
    with suppress(FileNotFoundError):
        target.unlink()


def inside(name: str, work: Callable[[], Result]) -> Result:
    """Do something inside a namespace, in a thread of its own.

    Raises: OSError when there is no such namespace; whatever the work raises.
    """

    def entered() -> Result:
        descriptor = os.open(NAMED / name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            kernel.setns(descriptor, kernel.CLONE_NEWNET)
        finally:
            os.close(descriptor)
        return work()

    return kernel.in_thread(entered)


def share_names() -> None:
    """Let every mount namespace of this machine see what is named, as ``ip netns add`` does.

    Order:  once, before the first namespace is made.
    Raises: OSError.
    Source: ip-netns(8): without it a name that is unmounted here would live on, busy, in another mount namespace.
    """
    if NAMED.is_dir() and _is_mount_point(NAMED):
        return
    NAMED.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        kernel.mount("", str(NAMED), kernel.MS_SHARED | kernel.MS_REC)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        kernel.mount(str(NAMED), str(NAMED), kernel.MS_BIND | kernel.MS_REC)
        kernel.mount("", str(NAMED), kernel.MS_SHARED | kernel.MS_REC)


def _is_mount_point(path: Path) -> bool:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return any(line.split(" ", 5)[4] == str(path) for line in lines)
