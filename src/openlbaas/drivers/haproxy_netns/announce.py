"""Telling the neighbours who has an address now, so that none keeps sending to where it was before.

Source: RFC 5227 section 3 and RFC 826 for ARP; RFC 4861 sections 4.4 and 7.2.6 for IPv6.
"""

import ipaddress
import socket
import struct
import threading
from collections.abc import Iterator

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
    """Tell everyone on the link, in the calling thread's namespace.

    Raises: OSError.
    """
    frames = tuple(frame for address in addresses for frame in announcements(mac_address, address))
    # Protocol 0: the socket sends and never has anything to read.
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    try:
        for _ in range(times):
            for frame in frames:
                out.sendto(frame, (link, 0))
    finally:
        # The kernel lets whoever closes such a socket wait for all of its processors: 10 ms and more for nothing.
        threading.Thread(target=out.close, name="announced", daemon=True).start()


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
