"""What keepalived is told of a load balancer that two hosts serve by turns.

Nothing of what a tenant chose is written but addresses, and those as :mod:`ipaddress` writes them.
Source: keepalived.conf(5) of 2.2.7.
"""

import ipaddress
from collections.abc import Iterable, Iterator

from openlbaas.desired.spec import AddressSpec, PairSpec, VipSpec

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface
_USUAL, _TAKES_OVER, _AT_ONCE = 100, 150, 255
_REFRESH_S = 10
_NOBODY = {4: "127.0.0.2", 6: "::1"}
"""Whom a host tells that it lives while there is no other: keepalived wants somebody."""


def conf(vip: VipSpec, pair: PairSpec, link: str, track: str, advertisement_s: float) -> str:
    """Write keepalived's configuration.

    Shape: link is the interface in the namespace; track is the file that says whether HAProxy is well.
    """
    return _conf(vip, pair, link, track, advertisement_s, at_once=False)


def conf_at_once(vip: VipSpec, pair: PairSpec, link: str, track: str, advertisement_s: float) -> str:
    """Write the configuration that has keepalived begin as the one that serves: the VIP is away for 1 ms, not 360."""
    return _conf(vip, pair, link, track, advertisement_s, at_once=True)


def _conf(  # noqa: PLR0913 - what a configuration is made of
    vip: VipSpec, pair: PairSpec, link: str, track: str, advertisement_s: float, *, at_once: bool
) -> str:
    priority = _TAKES_OVER if pair.takes_over else _USUAL + (pair.seat == 1)
    keeps_turn = () if pair.takes_over or at_once else ("    nopreempt",)
    version, own, other = _ends(vip, pair)
    lines = (
        "global_defs {",
        "    vrrp_version 3",
        "    vrrp_min_garp",
        f"    vrrp_garp_master_refresh {_REFRESH_S}",
        "    vrrp_check_unicast_src",
        "    vrrp_priority -10",
        "    enable_script_security",
        "    script_user nobody",
        "}",
        "track_file haproxy {",
        f"    file {track}",
        "    weight 0",
        "}",
        "vrrp_instance pair {",
        f"    state {'MASTER' if at_once else 'BACKUP'}",
        *keeps_turn,
        f"    interface {link}",
        f"    virtual_router_id {int(pair.router_id)}",
        f"    priority {_AT_ONCE if at_once else priority}",
        f"    advert_int {advertisement_s:g}",
        f"    unicast_src_ip {own}",
        "    unicast_peer {",
        f"        {other}",
        "    }",
        "    virtual_ipaddress {",
        *(f"        {each.with_prefixlen} dev {link}" for each in _vips(vip) if each.version == version),
        "    }",
        # Those of the other family go along.
        "    virtual_ipaddress_excluded {",
        *(f"        {each.with_prefixlen} dev {link}" for each in _vips(vip) if each.version != version),
        "    }",
        "    track_file {",
        "        haproxy weight 0",
        "    }",
        "}",
    )
    return "\n".join(lines) + "\n"


def _vips(vip: VipSpec) -> Iterator[Interface]:
    return (ipaddress.ip_interface((each.address, each.prefix_length)) for each in vip.addresses)


def _ends(vip: VipSpec, pair: PairSpec) -> tuple[int, str, str]:
    """Name the two addresses that talk and their family: one that both ends and the VIP have, IPv4 if it can be."""
    own = _by_version(pair.own.addresses)
    other = {} if pair.other is None else _by_version(pair.other.addresses)
    possible = own.keys() & _by_version(vip.addresses).keys()
    version = min(possible & other.keys(), default=min(possible, default=min(own)))
    return version, own[version], other.get(version, _NOBODY[version])


def _by_version(addresses: Iterable[AddressSpec]) -> dict[int, str]:
    """Name the first address of each family."""
    found: dict[int, str] = {}
    for each in addresses:
        read = ipaddress.ip_address(each.address)
        found.setdefault(read.version, str(read))
    return found
