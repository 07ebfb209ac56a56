"""What keepalived is told."""

import pytest

from openlbaas.desired.spec import AddressSpec, EndSpec, NetworkSpec, PairSpec, VipSpec
from openlbaas.drivers.haproxy_netns.vrrp_conf import conf, conf_at_once

V4, V6 = AddressSpec("10.0.0.4", 24), AddressSpec("fd00::0:4", 64)


def end(*addresses: str) -> EndSpec:
    """One host's end."""
    made = tuple(AddressSpec(address, 64 if ":" in address else 24) for address in addresses)
    return EndSpec(port_id="p", mac_address="fa:16:3e:00:00:01", addresses=made)


def pair(own: EndSpec, other: EndSpec | None, seat: int = 1, *, takes_over: bool = False) -> PairSpec:
    """What a host is told."""
    return PairSpec(router_id=7, seat=seat, own=own, other=other, takes_over=takes_over)


def vip(*addresses: AddressSpec) -> VipSpec:
    """A VIP."""
    return VipSpec(port_id="v", mac_address="fa:16:3e:00:00:02", network=NetworkSpec(id="n"), addresses=addresses)


def lines(vip: VipSpec, pair: PairSpec) -> list[str]:
    """Write it and name its lines."""
    return [line.strip() for line in conf(vip, pair, "ns-1", "/f/track", 0.1).splitlines()]


def after(found: list[str], head: str) -> list[str]:
    """Name the lines of a block without blocks in it."""
    first = found.index(f"{head} {{") + 1
    return found[first : found.index("}", first)]


def test_two_hosts_talk_to_each_other_alone() -> None:
    found = lines(vip(V4), pair(end("10.0.0.11"), end("10.0.0.12")))
    assert "unicast_src_ip 10.0.0.11" in found
    assert after(found, "unicast_peer") == ["10.0.0.12"]
    assert after(found, "virtual_ipaddress") == ["10.0.0.4/24 dev ns-1"]
    assert {"state BACKUP", "nopreempt", "virtual_router_id 7", "priority 101", "advert_int 0.1"} <= set(found)
    assert "file /f/track" in found


def test_addresses_of_the_other_family_go_along() -> None:
    found = lines(vip(V6, V4), pair(end("fd00::11", "10.0.0.11"), end("fd00::12", "10.0.0.12")))
    assert after(found, "unicast_peer") == ["10.0.0.12"]
    assert after(found, "virtual_ipaddress") == ["10.0.0.4/24 dev ns-1"]
    assert after(found, "virtual_ipaddress_excluded") == ["fd00::4/64 dev ns-1"]


def test_hosts_of_a_vip_of_ipv6_talk_so() -> None:
    found = lines(vip(V6), pair(end("fd00::11", "10.0.0.11"), end("fd00::12", "10.0.0.12")))
    assert "unicast_src_ip fd00::11" in found
    assert after(found, "virtual_ipaddress") == ["fd00::4/64 dev ns-1"]
    assert after(found, "virtual_ipaddress_excluded") == []


@pytest.mark.parametrize(("own", "peer"), [("10.0.0.11", "127.0.0.2"), ("fd00::11", "::1")])
def test_a_host_without_another_talks_to_nobody(own: str, peer: str) -> None:
    assert after(lines(vip(V4 if "." in own else V6), pair(end(own), None)), "unicast_peer") == [peer]


def test_whoever_takes_over_outranks_and_does_not_wait() -> None:
    found = lines(vip(V4), pair(end("10.0.0.11"), end("10.0.0.12"), 2, takes_over=True))
    assert "priority 150" in found
    assert "nopreempt" not in found
    assert "priority 100" in lines(vip(V4), pair(end("10.0.0.11"), end("10.0.0.12"), 2))


def test_whoever_serves_begins_at_once() -> None:
    found = conf_at_once(vip(V4), pair(end("10.0.0.11"), None), "ns-1", "/f/track", 0.1)
    assert "state MASTER" in found
    assert "priority 255" in found
    assert "nopreempt" not in found
