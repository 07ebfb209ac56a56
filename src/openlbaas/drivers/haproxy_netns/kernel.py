"""System calls that Python 3.11 does not offer, and the files of the kernel that are written like them."""

import ctypes
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

CLONE_NEWNET = 0x40000000
MS_BIND = 0x1000
MS_REC = 0x4000
MS_SHARED = 0x100000
MNT_DETACH = 2
_SET_MEMORY_MERGE = 67
_LIBC = ctypes.CDLL(None, use_errno=True)


def setns(descriptor: int, kind: int) -> None:
    """Let the calling thread enter a namespace.

    Raises: OSError.
    """
    _checked(_LIBC.setns(descriptor, kind), "setns")


def unshare(kind: int) -> None:
    """Give the calling thread a namespace of its own.

    Raises: OSError.
    """
    _checked(_LIBC.unshare(kind), "unshare")


def mount(source: str, target: str, flags: int) -> None:
    """Mount.

    Raises: OSError.
    """
    _checked(_LIBC.mount(source.encode(), target.encode(), b"none", ctypes.c_ulong(flags), None), f"mount on {target}")


def unmount(target: str) -> None:
    """Unmount now, whoever still uses it.

    Raises: OSError.
    """
    _checked(_LIBC.umount2(target.encode(), MNT_DETACH), f"unmount {target}")


def merge_memory() -> None:
    """Let pages of this process, and of every one that it starts, be kept once where they are equal.

    Raises: OSError.
    Source: prctl(2), PR_SET_MEMORY_MERGE: from Linux 6.4 on, and kept by a program that is started from 6.7 on.
    """
    _checked(_LIBC.prctl(_SET_MEMORY_MERGE, 1, 0, 0, 0), "prctl")


def in_thread(work: Callable[[], Result]) -> Result:
    """Do something in a thread of its own, which may change what only that thread sees, and answer what it answers.

    A thread that entered a namespace is never used for anything else, so no mistake can leave one in the wrong place.
    """
    results: list[Result] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            results.append(work())
        except BaseException as fault:  # noqa: BLE001 - handed to the thread that waits
            faults.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if faults:
        raise faults[0]
    return results[0]


def set_kernel(name: str, value: str) -> None:
    """Set a kernel parameter of the calling thread's namespace.

    Shape:  name as a path below /proc/sys: "net/ipv4/ip_forward"
    Raises: OSError.
    """
    descriptor = os.open(f"/proc/sys/{name}", os.O_WRONLY)
    try:
        os.write(descriptor, value.encode())
    finally:
        os.close(descriptor)


def has_ipv6() -> bool:
    """Tell whether the kernel speaks IPv6 at all."""
    return Path("/proc/sys/net/ipv6").is_dir()


def _checked(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
