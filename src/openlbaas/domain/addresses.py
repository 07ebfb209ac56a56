"""Addresses of subnets: which are usable, which is next, and which MAC goes with a port."""

import hashlib
import ipaddress
from collections.abc import Collection, Sequence

from openlbaas.domain.network import AllocationPool

IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def usable(network: IpNetwork, address: IpAddress) -> bool:
    """Tell whether an address may be given to a port of a subnet.

    Shape: the network's own address and an IPv4 broadcast address may not, except in /31, /32, /127 and /128.
    """
    if address.version != network.version or address not in network:
        return False
    if network.num_addresses <= 2:  # noqa: PLR2004 - point to point: RFC 3021, RFC 6164
        return True
    if address == network.network_address:
        return False
    return network.version == 6 or address != network.broadcast_address  # noqa: PLR2004 - the IP version


def first_usable(network: IpNetwork) -> IpAddress:
    """Name the address that a gateway has unless told otherwise."""
    return network.network_address if network.num_addresses <= 2 else network.network_address + 1  # noqa: PLR2004


def whole_pools(network: IpNetwork, gateway: IpAddress | None) -> tuple[AllocationPool, ...]:
    """Make every usable address but the gateway allocatable.

    Shape: one or two pools, in order.
    """
    first = first_usable(network)
    last = network.broadcast_address
    if network.version == 4 and network.num_addresses > 2:  # noqa: PLR2004 - the IP version; point to point
        last = last - 1
    if gateway is None or not first <= gateway <= last:  # type: ignore[operator]  # both of one version
        return (AllocationPool(str(first), str(last)),)
    pools = []
    if gateway > first:  # type: ignore[operator]  # both of one version
        pools.append(AllocationPool(str(first), str(gateway - 1)))
    if gateway < last:  # type: ignore[operator]  # both of one version
        pools.append(AllocationPool(str(gateway + 1), str(last)))
    return tuple(pools)


def next_free(pools: Sequence[AllocationPool], taken: Collection[str], last: str | None) -> str | None:
    """Name the free address that follows the one given out last, from the start again after the end.

    An address just released is so the last to be given out again: a host that still answers for it, or a neighbour
    that still remembers it, has time to forget.

    Shape: None when every address of the pools is taken.
    """
    after = int(ipaddress.ip_address(last)) if last else -1
    spans = [(ipaddress.ip_address(p.start), ipaddress.ip_address(p.end)) for p in pools]
    numbers = {int(ipaddress.ip_address(t)) for t in taken}
    for floor in (after + 1, 0):
        for start, end in spans:
            found = _first_free(max(int(start), floor), int(end), numbers)
            if found is not None:
                return str(type(start)(found))
    return None


def _first_free(start: int, end: int, numbers: Collection[int]) -> int | None:
    number = start
    while number <= end:
        if number not in numbers:
            return number
        number += 1
    return None


def mac_address(base_mac: str, port_id: str, attempt: int = 0) -> str:
    """Derive a port's MAC address, always the same for the same port.

    A load balancer made again, on this host or another, is then the same neighbour for everyone.

    Shape: the first half of base_mac and a half from the port's id; attempt tells apart ports that would collide.
    """
    digest = hashlib.sha256(f"{port_id}/{attempt}".encode()).digest()
    return ":".join([*base_mac.split(":")[:3], *(f"{byte:02x}" for byte in digest[:3])])
