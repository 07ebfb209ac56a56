"""Sockets that send echo requests and get the answers to them alone."""

import errno
import os
import socket

from openlbaas.drivers.haproxy_netns import kernel

_FAMILIES = {4: (socket.AF_INET, socket.IPPROTO_ICMP), 6: (socket.AF_INET6, socket.IPPROTO_ICMPV6)}
_BUFFER_BYTES = 4 << 20
_SO_SNDBUFFORCE, _SO_RCVBUFFORCE = 32, 33
_LARGEST_PACKET = 2048
_MOST_AT_ONCE = 1000
_OUT_OF_ROOM = frozenset({errno.ENOBUFS, errno.ENOMEM})


def opened(version: int) -> socket.socket:
    """Open a socket in the calling thread's namespace, for all of its addresses of an IP version.

    A raw socket would see every echo packet of the namespace: whoever floods a VIP with pings would have the agent read
    them. The kernel lets a group open this kind only where it is told to, and in a new namespace that is none.

    Shape:  the buffers are large, for a request to a machine that is gone stays in them until the kernel gives up
            looking for it, and must not keep requests to others from being sent
    Raises: OSError.
    """
    group = os.getegid()
    # The parameter of IPv4 counts for both versions.
    kernel.set_kernel("net/ipv4/ping_group_range", f"{group} {group}")
    family, protocol = _FAMILIES[version]
    made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, _SO_SNDBUFFORCE, _BUFFER_BYTES)
        made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
    except OSError:
        made.close()
        raise
    return made


def sent(through: socket.socket, packet: bytes, address: str) -> bool:
    """Send a packet and tell whether it counts: not when this host is out of room for it.

    Shape: a packet that nobody can take, for want of a route or a link, counts: nothing will answer it.
    """
    try:
        through.sendto(packet, (address, 0))
    except BlockingIOError:
        return False
    except OSError as error:
        return error.errno not in _OUT_OF_ROOM
    return True


def received(through: socket.socket) -> list[tuple[bytes, str]]:
    """Take what has come, as packets and who sent them; not without end, for others want to be heard as well."""
    found: list[tuple[bytes, str]] = []
    for _ in range(_MOST_AT_ONCE):
        try:
            packet, sender = through.recvfrom(_LARGEST_PACKET)
        except BlockingIOError:
            break
        except OSError:
            # An error that the kernel kept for this socket; it is told once.
            continue
        found.append((packet, sender[0]))
    return found
