"""Handing the addresses and routes of one interface to another, so that the host never is without them.

Order: first the other interface has the addresses too, then each route changes over in one step, then the first gives
its addresses up. Done twice, or broken off and done again, it comes to the same.

Source: rtnetlink(7); what is copied is copied as the kernel wrote it, so lifetimes, metrics and what else it knows of
stay. The original's agent does the same with the addresses and the default route.
"""

import errno
import ipaddress
import struct
from contextlib import suppress
from typing import NamedTuple

from openlbaas.drivers.haproxy_netns import netlink
from openlbaas.drivers.haproxy_netns.netlink import CREATE, EXCLUSIVE, Netlink

_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NUMBER = struct.Struct("=I")
_IFA_ADDRESS, _IFA_LOCAL, _IFA_LABEL, _IFA_FLAGS = 1, 2, 3, 8
_RTA_OUT, _RTA_CACHED, _RTA_NEXTHOP_ID = 4, 12, 30
_LINK_LOCAL, _HOST = 253, 254
_VERSION_6 = 10
_NO_DUPLICATE_DETECTION, _ON_LINK, _CLONED = 0x02, 4, 0x200
_LOCAL_TABLE, _KERNEL, _UNICAST, _REPLACE = 255, 2, 1, 0x100
_GONE = (errno.ENODEV, errno.ESRCH, errno.EADDRNOTAVAIL)


class Address(NamedTuple):
    """An address as the kernel tells of it, which is how the kernel is told of it."""

    version6: bool
    head: tuple[int, int, int, int, int]
    attributes: dict[int, bytes]

    @property
    def packed(self) -> bytes:
        """The address itself."""
        return self.attributes.get(_IFA_LOCAL) or self.attributes[_IFA_ADDRESS]

    @property
    def text(self) -> str:
        """The address itself, as people write it."""
        return str(ipaddress.ip_address(self.packed))


def addresses(host: Netlink, index: int) -> list[Address]:
    """List the addresses of an interface, without those that it gave itself.

    Raises: OSError.
    """
    found = host.all(netlink.GET_ADDRESS, _address, index=index)
    return [each for each in found if each.head[3] not in (_LINK_LOCAL, _HOST)]


def move(host: Netlink, source: int, target: int) -> list[Address]:
    """Hand everything from one interface to the other and name the addresses.

    Raises: OSError.
    """
    moved = addresses(host, source)
    for each in moved:
        _add(host, each, target)
    _move_routes(host, source, target)
    for each in moved:
        _drop(host, each)
    return moved


def has_ipv6(moved: list[Address]) -> bool:
    """Tell whether any of the addresses is of IPv6."""
    return any(each.version6 for each in moved)


def _add(host: Netlink, address: Address, target: int) -> None:
    family, length, flags, scope, _ = address.head
    kept = {kind: value for kind, value in address.attributes.items() if kind != _IFA_LABEL}
    if address.version6:
        # It is in use already, by us: to look whether anybody has it would only make it useless for a second.
        flags |= _NO_DUPLICATE_DETECTION
        given = _NUMBER.unpack(kept.get(_IFA_FLAGS, _NUMBER.pack(0)))[0]
        kept[_IFA_FLAGS] = _NUMBER.pack(given | _NO_DUPLICATE_DETECTION)
    head = _ADDRESS.pack(family, length, flags, scope, target)
    host.raw(netlink.NEW_ADDRESS, CREATE | EXCLUSIVE, head, kept, good=(errno.EEXIST,))


def _drop(host: Netlink, address: Address) -> None:
    kept = {kind: value for kind, value in address.attributes.items() if kind in (_IFA_ADDRESS, _IFA_LOCAL)}
    host.raw(netlink.DELETE_ADDRESS, 0, _ADDRESS.pack(*address.head), kept, good=_GONE)


def _move_routes(host: Netlink, source: int, target: int) -> None:
    """Let every route through one interface go through the other; those that come with addresses came with them.

    Order: nearer ones first, as the gateway of one may lie behind another.
    """
    routes = [
        route
        for family in (2, _VERSION_6)
        for route in host.all(netlink.GET_ROUTE, _route, (("RTA_OIF", source),), family=family)
    ]
    chosen = [(head, kept) for head, kept in routes if _moves(head, kept, source)]
    for head, kept in sorted(chosen, key=lambda each: (_gateway(each[1]), -each[0][1])):
        family, length, from_length, service, table, protocol, scope, kind, flags = head
        new = _ROUTE.pack(family, length, from_length, service, table, protocol, scope, kind, flags & _ON_LINK)
        through = {number: value for number, value in kept.items() if number not in (_RTA_CACHED, _RTA_NEXTHOP_ID)}
        host.raw(netlink.NEW_ROUTE, CREATE | _REPLACE, new, {**through, _RTA_OUT: _NUMBER.pack(target)})
        with suppress(OSError):
            # IPv4 has replaced it; IPv6 may have kept it beside the new one.
            host.raw(netlink.DELETE_ROUTE, 0, _ROUTE.pack(*head), {**through, _RTA_OUT: _NUMBER.pack(source)})


def _moves(head: tuple[int, ...], kept: dict[int, bytes], source: int) -> bool:
    table, protocol, kind, flags = head[4], head[5], head[7], head[8]
    if table == _LOCAL_TABLE or protocol == _KERNEL or kind != _UNICAST or flags & _CLONED:
        return False
    return kept.get(_RTA_OUT) == _NUMBER.pack(source)


def _gateway(kept: dict[int, bytes]) -> bool:
    return 5 in kept  # noqa: PLR2004 - RTA_GATEWAY


def _address(message: bytes) -> Address:
    head, attributes = netlink.parts(message, _ADDRESS.size)
    family, length, flags, scope, index = _ADDRESS.unpack(head)
    return Address(family == _VERSION_6, (family, length, flags, scope, index), attributes)


def _route(message: bytes) -> tuple[tuple[int, ...], dict[int, bytes]]:
    head, attributes = netlink.parts(message, _ROUTE.size)
    return _ROUTE.unpack(head), attributes
