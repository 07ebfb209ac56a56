"""Switching an interface of the host off without netlink: two system calls, and no library."""

import fcntl
import socket
import struct

_GET, _SET = 0x8913, 0x8914
_REQUEST = struct.Struct("16sH22x")
_UP = 1


def switch_off(name: str) -> bool:
    """Have an interface off, and tell whether it was on.

    Raises: OSError when there is none.
    Source: netdevice(7), SIOCGIFFLAGS and SIOCSIFFLAGS.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as any_socket:
        found = fcntl.ioctl(any_socket, _GET, _REQUEST.pack(name.encode(), 0))
        flags: int = _REQUEST.unpack(found)[1]
        if flags & _UP:
            fcntl.ioctl(any_socket, _SET, _REQUEST.pack(name.encode(), flags & ~_UP))
        return bool(flags & _UP)
