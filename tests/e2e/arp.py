"""Who answers for an address: asked as neighbours ask, by ARP."""

import select
import socket
import struct
import time

_ARP = 0x0806
_REPLY = 2
_ANSWER_S = 0.2


def answering(interface: str, own: str, address: str) -> int:
    """Count who answers for an address, from this thread's network: every host would give the same MAC address."""
    mine, target = socket.inet_aton(own), socket.inet_aton(address)
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ARP)) as line:
        line.bind((interface, _ARP))
        mac = line.getsockname()[4]
        head = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
        line.send(b"\xff" * 6 + mac + struct.pack("!H", _ARP) + head + mac + mine + b"\0" * 6 + target)
        count = 0
        until = time.monotonic() + _ANSWER_S
        while select.select([line], [], [], max(0.0, until - time.monotonic()))[0]:
            said = line.recv(2048)
            count += said[20:22] == struct.pack("!H", _REPLY) and said[28:32] == target and said[:6] == mac
        return count
