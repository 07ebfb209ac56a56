"""What hosts say to each other of the load balancers that they serve, on the tenants' own networks.

Tenants hear these frames and may send what they like, so a frame tells nothing that they don't know and counts only
with a tag that takes the cloud's secret. A frame that is repeated later says of an older claim that it is an older one.
"""

import hmac
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from openlbaas.desired.fencing import Claim, State

ETHERTYPE = 0x88B5
"""For local experiments, so no other protocol's.

Source: IEEE 802, "Local Experimental EtherType 1".
"""
DESTINATION = bytes.fromhex("036f6c626161")
"""A group address that nobody was given."""
MAGIC = b"OLBC"
MAGIC_AT = 14
MOST = 40
"""Load balancers in a frame: what fits into the smallest MTU that IPv6 allows, 1,280 bytes."""

_VERSION = 1
_ETHERNET = struct.Struct("!6s6sH")
_HEAD = struct.Struct("!4sBBxx8s8s")
_ENTRY = struct.Struct("!16sQBB")
_TAG = 16
_LOCAL_UNICAST = b"\x02"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of one load balancer.

    Shape: name is a :meth:`Seal.name`; seat tells the places apart that one load balancer has where it has several.
    """

    name: bytes
    claim: Claim
    seat: int = 0


@dataclass(frozen=True, slots=True)
class Seal:
    """The cloud's secret, and what is derived from it: the same on all of its hosts."""

    key: bytes

    @classmethod
    def of(cls, token: str) -> "Seal":
        """Derive a secret for claims alone from that which hosts show to servers."""
        return cls(hmac.digest(token.encode(), b"openlbaas claims 1", "sha256"))

    def name(self, load_balancer_id: str) -> bytes:
        """Name a load balancer so that only hosts know which is meant."""
        return self._derived(b"load balancer", load_balancer_id)[:16]

    def host(self, host: str) -> bytes:
        """Name a host in the same way."""
        return self._derived(b"host", host)[:8]

    def network(self, network_id: str) -> bytes:
        """Name a network in the same way: what was said on one must not count on another."""
        return self._derived(b"network", network_id)[:8]

    def tag(self, content: bytes) -> bytes:
        """Sign."""
        return hmac.digest(self.key, content, sha256)[:_TAG]

    def _derived(self, kind: bytes, name: str) -> bytes:
        return hmac.digest(self.key, kind + b"\0" + name.encode(), sha256)


def frames(seal: Seal, network: bytes, host: bytes, entries: Sequence[Entry]) -> Iterator[bytes]:
    """Write frames that say all of this; network and host as the seal names them."""
    # A sender's address of its own: that of a bridge may be one of its ports', that of a VIP is another host's, too.
    ethernet = _ETHERNET.pack(DESTINATION, _LOCAL_UNICAST + host[:5], ETHERTYPE)
    for first in range(0, len(entries), MOST):
        some = entries[first : first + MOST]
        said = b"".join(_ENTRY.pack(e.name, e.claim.number, e.seat, e.claim.state.value) for e in some)
        content = _HEAD.pack(MAGIC, _VERSION, len(some), network, host) + said
        yield ethernet + content + seal.tag(content)


def heard(seal: Seal, network: bytes, frame: bytes) -> tuple[Entry, ...] | None:
    """Read a frame of a network; None when it is not one of this cloud for this network, or damaged."""
    content = frame[_ETHERNET.size :]
    if len(content) < _HEAD.size + _TAG:
        return None
    magic, version, count, said_on, host = _HEAD.unpack_from(content)
    end = _HEAD.size + count * _ENTRY.size
    # Ethernet fills up what is short.
    if (magic, version, said_on) != (MAGIC, _VERSION, network) or len(content) < end + _TAG:
        return None
    if not hmac.compare_digest(seal.tag(content[:end]), content[end : end + _TAG]):
        return None
    try:
        return tuple(
            Entry(name, Claim(number, host, State(state)), seat)
            for name, number, seat, state in _ENTRY.iter_unpack(content[_HEAD.size : end])
        )
    except ValueError:
        return None
