"""Telling the neighbours who has an address now, so that none keeps sending to where it was before.

Source: RFC 5227 section 3 and RFC 826 for ARP; RFC 4861 sections 4.4 and 7.2.6 for IPv6.
"""

import ipaddress
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress

_PAUSE_S = 0.1
_ARP, _IPV6 = 0x0806, 0x86DD
_ARP_HEAD = struct.Struct("!HHBBH")
_ETHERNET, _IPV4 = 1, 0x0800
_REQUEST, _REPLY = 1, 2
_BROADCAST = b"\xff" * 6
_ALL_NODES_MAC = bytes.fromhex("333300000001")
_ALL_NODES = ipaddress.IPv6Address("ff02::1").packed
_ICMPV6, _ADVERTISEMENT, _OVERRIDE, _TARGET_MAC = 58, 136, 0x20000000, 2
_HOPS = 255


def announce(link: str, mac_address: str, addresses: tuple[str, ...], times: int) -> None:
    """Tell everyone on the link, in the calling thread's namespace: at once, and again a moment later.

    Order: a bridge forwards nothing from a port until it has learnt that the port is up, so what is said at once may be
           heard by nobody.
    Raises: OSError.
    """
    if times == 0:
        return
    frames = tuple(frame for address in addresses for frame in announcements(mac_address, address))
    # Protocol 0: the socket sends and never has anything to read.
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    again = 0
    try:
        _send(out, link, frames)
        again = times - 1
    finally:
        # Also because the kernel lets whoever closes such a socket wait for all of its processors: 10 ms and more.
        threading.Thread(target=_again, args=(out, link, frames, again), name="announcing", daemon=True).start()


def _send(out: socket.socket, link: str, frames: Iterable[bytes]) -> None:
    for frame in frames:
        out.sendto(frame, (link, 0))


def _again(out: socket.socket, link: str, frames: Iterable[bytes], times: int) -> None:
    """Say it again after ever longer pauses, unless the link is gone or closed by then."""
    with out, suppress(OSError):
        for number in range(times):
            time.sleep(_PAUSE_S * 2**number)
            _send(out, link, frames)


def announcements(mac_address: str, address: str) -> Iterator[bytes]:
    """Write the frames that tell who has an address: some listen to ARP requests only, some to replies only."""
    mac = bytes.fromhex(mac_address.replace(":", ""))
    read = ipaddress.ip_address(address)
    if isinstance(read, ipaddress.IPv6Address):
        yield _ALL_NODES_MAC + mac + struct.pack("!H", _IPV6) + _advertisement(mac, read.packed)
        return
    ethernet = _BROADCAST + mac + struct.pack("!H", _ARP)
    for operation, target in ((_REQUEST, b"\0" * 6), (_REPLY, _BROADCAST)):
        head = _ARP_HEAD.pack(_ETHERNET, _IPV4, 6, 4, operation)
        yield ethernet + head + mac + read.packed + target + read.packed


def _advertisement(mac: bytes, address: bytes) -> bytes:
    option = struct.pack("!BB", _TARGET_MAC, 1) + mac
    body = struct.pack("!I", _OVERRIDE) + address + option
    length = 4 + len(body)
    pseudo = address + _ALL_NODES + struct.pack("!II", length, _ICMPV6)
    checksum = _checksum(pseudo + struct.pack("!BBH", _ADVERTISEMENT, 0, 0) + body)
    head = struct.pack("!IHBB", 6 << 28, length, _ICMPV6, _HOPS) + address + _ALL_NODES
    return head + struct.pack("!BBH", _ADVERTISEMENT, 0, checksum) + body


def _checksum(content: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(content) // 2}H", content))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
