"""Networks of tunnels: traffic over several hosts, hosts that come and go, and nothing left."""

import json
from typing import Any

import msgspec
import pytest
from balancers import BRIDGE, CLIENT, NETWORK, WEB1, bare, full, gone, id_of, member, vip
from many_hosts import Place, outside, places
from netns_host import Web, alone, once, pings, until

from openlbaas.desired.spec import AddressSpec, NetworkSpec, Spec
from openlbaas.domain.errors import ConfigRejected, NetworkFault
from openlbaas.drivers.haproxy_netns import names
from openlbaas.settings.values import Wiring

VNI, TUNNEL = 86, "vxlan-86"
VXLAN = NetworkSpec(id=NETWORK, type="vxlan", segmentation_id=VNI, mtu=1450)
ENDS = tuple(f"10.77.0.{number}" for number in (1, 2, 3))
TUNNELLED = tuple(Wiring(tunnel_address=end) for end in ENDS)


def tunnelled(spec: Spec, network: NetworkSpec = VXLAN, **more: Any) -> Spec:
    """Put a load balancer on the network of tunnels."""
    assert spec.vip is not None
    return msgspec.structs.replace(spec, vip=msgspec.structs.replace(spec.vip, network=network, **more))


def leads_to(place: Place, tunnel: str = TUNNEL) -> set[str]:
    """Name where frames for everybody go."""
    entries = json.loads(place.bridge("-j", "fdb", "show", "dev", tunnel))
    return {entry["dst"] for entry in entries if entry["mac"] == "00:00:00:00:00:00"}


def three(one: Place, two: Place, three: Place) -> None:
    """Have a load balancer on each host, and each host know the others."""
    for number, place in enumerate((one, two, three), start=1):
        place.apply(tunnelled(bare(number), addresses=vip(number, f"172.20.0.{number + 20}").addresses))
        place.do(lambda place=place: place.driver.reach(ENDS))


@alone
def test_a_client_a_vip_and_a_member_on_three_hosts(tmp_path: object) -> None:
    with places(*TUNNELLED) as hosts:
        three(*hosts)
        one, two, far = hosts
        assert leads_to(one) == {"10.77.0.2", "10.77.0.3"}
        one.neighbour("client", BRIDGE, f"{CLIENT}/24", mtu=1450)
        far.neighbour("web1", BRIDGE, f"{WEB1}/24", mtu=1450)
        web = Web("web1", "web1", WEB1)
        two.apply(tunnelled(full(2, members=(member(1, WEB1),)), addresses=vip(2, "172.20.0.22").addresses))
        assert once("client", "172.20.0.22") == "web1"
        web.name = "x" * 3_000_000
        assert len(once("client", "172.20.0.22")) == 3_000_000
        assert pings("client", "172.20.0.23", 1422)
        with pytest.raises(OSError, match="too long"):
            pings("client", "172.20.0.23", 1423)
        links = two.links()
        assert {links[name]["mtu"] for name in (TUNNEL, BRIDGE, "tap20000002-00")} == {1450}
        outside("stranger", "172.20.0.200/24")
        assert not pings("stranger", "172.20.0.22", wait_s=0.3)


@alone
def test_an_address_of_ipv6_answers_as_soon_as_it_is_there(tmp_path: object) -> None:
    with places(*TUNNELLED) as hosts:
        three(*hosts)
        one, two, _ = hosts
        one.neighbour("client", BRIDGE, f"{CLIENT}/24", "fd00:20::100/64", mtu=1450)
        both = (AddressSpec("172.20.0.7", 24), AddressSpec("fd00:20::7", 64))
        gateways = ("172.20.0.1", "fe80::1")
        two.apply(tunnelled(full(7), addresses=both, gateways=gateways, port_id=id_of(2, 7)))
        assert pings("client", "fd00:20::7", 1402)
        assert once("client", "fd00:20::7") == "503"
        seen = two.do(lambda: two.driver.look(id_of(1, 7)))
        assert seen.links[0].routes == {("0.0.0.0/0", "172.20.0.1"), ("::/0", "fe80::1")}


@alone
def test_a_load_balancer_that_moves_is_found_where_it_is(tmp_path: object) -> None:
    with places(*TUNNELLED) as hosts:
        three(*hosts)
        one, two, far = hosts
        one.neighbour("client", BRIDGE, f"{CLIENT}/24", mtu=1450)
        for claim, place in enumerate((two, far, two), start=1):
            moving = tunnelled(bare(7, claim=claim), addresses=vip(7, "172.20.0.7").addresses)
            place.apply(moving)
            until(lambda: pings("client", "172.20.0.7", wait_s=0.2), "an answer from where it is")
            place.apply(gone(moving))


@alone
def test_hosts_come_and_go_without_touching_a_load_balancer(tmp_path: object) -> None:
    with places(*TUNNELLED) as hosts:
        one, two, _ = hosts
        one.do(lambda: one.driver.reach(ENDS[:1]))
        one.apply(tunnelled(bare()))
        assert leads_to(one) == set()
        two.apply(tunnelled(bare(2), addresses=vip(2, "172.20.0.22").addresses))
        two.do(lambda: two.driver.reach(ENDS[:2]))
        one.do(lambda: one.driver.reach(ENDS))
        assert leads_to(one) == {"10.77.0.2", "10.77.0.3"}
        two.neighbour("client", BRIDGE, f"{CLIENT}/24", mtu=1450)
        assert pings("client", "172.20.0.4")
        assert one.apply(tunnelled(bare())) == 0
        one.do(lambda: one.driver.reach((*ENDS[:2], "10.77.0.9", "no address", "fd00::1")))
        assert leads_to(one) == {"10.77.0.2", "10.77.0.9"}
        one.bridge("fdb", "del", "00:00:00:00:00:00", "dev", TUNNEL, "dst", "10.77.0.2")
        one.do(one.driver.reach)
        assert leads_to(one) == {"10.77.0.2", "10.77.0.9"}


@alone
def test_another_agent_knows_the_hosts_and_touches_nothing(tmp_path: object) -> None:
    with places(*TUNNELLED) as hosts:
        three(*hosts)
        one = hosts[0]
        index = one.links()[TUNNEL]["ifindex"]
        one.restart()
        one.do(one.driver.reach)
        assert one.apply(tunnelled(bare(1), addresses=vip(1, "172.20.0.21").addresses)) == 0
        assert one.links()[TUNNEL]["ifindex"] == index
        assert leads_to(one) == {"10.77.0.2", "10.77.0.3"}
        one.ip("link", "delete", TUNNEL)
        one.apply(tunnelled(bare(1), addresses=vip(1, "172.20.0.21").addresses))
        assert leads_to(one) == {"10.77.0.2", "10.77.0.3"}


@alone
def test_nothing_is_left_after_the_last(tmp_path: object) -> None:
    with places(*TUNNELLED[:1]) as (one,):
        other = NetworkSpec(id=id_of(9, 1), type="vxlan", segmentation_id=16777215, mtu=1450)
        specs = [tunnelled(bare(1)), tunnelled(bare(2), addresses=vip(2, "172.20.0.5").addresses)]
        specs.append(tunnelled(bare(3), other))
        for spec in specs:
            one.apply(spec)
        assert {TUNNEL, "vxlan-16777215"} <= set(one.links())
        one.apply(gone(specs[0]))
        assert TUNNEL in one.links()
        one.apply(gone(specs[1]))
        one.apply(gone(specs[2]))
        assert set(one.links()) == {"lo", "eth1"}


@alone
def test_on_a_bridge_of_somebody_else_only_ours_goes(tmp_path: object) -> None:
    with places(*TUNNELLED[:1]) as (one,):
        one.ip("link", "add", BRIDGE, "up", "type", "bridge")
        one.neighbour("client", BRIDGE, f"{CLIENT}/24", mtu=1450)
        first, second = tunnelled(bare(1)), tunnelled(bare(2), addresses=vip(2, "172.20.0.5").addresses)
        one.apply(first)
        one.apply(second)
        one.apply(gone(first))
        assert one.links()[TUNNEL]["master"] == BRIDGE
        one.apply(gone(second))
        assert set(one.links()) == {"lo", "eth1", BRIDGE, "v-client"}
        one.ip("link", "add", TUNNEL, "up", "master", BRIDGE, "type", "vxlan", "id", "86", "dstport", "8472")
        one.apply(first)
        one.do(lambda: one.driver.reach(ENDS))
        assert one.links()[TUNNEL]["linkinfo"]["info_data"]["port"] == 8472
        assert leads_to(one) == set()
        one.apply(gone(first))
        assert one.links()[TUNNEL]["master"] == BRIDGE


@alone
def test_what_somebody_breaks_or_other_options_say_is_made_anew(tmp_path: object) -> None:
    with places(*TUNNELLED[:1]) as (one,):
        one.do(lambda: one.driver.reach(ENDS))
        one.apply(tunnelled(bare()))
        for words in (("nomaster",), ("down",), ("mtu", "1400")):
            one.ip("link", "set", TUNNEL, *words)
            assert one.apply(tunnelled(bare())) > 0
            assert leads_to(one) == {"10.77.0.2", "10.77.0.3"}
        one.ip("address", "add", "10.77.0.51/24", "dev", "eth1")
        one.restart(Wiring(tunnel_address="10.77.0.51", tunnel_port=4790))
        one.apply(tunnelled(bare()))
        made = one.links()[TUNNEL]["linkinfo"]["info_data"]
        assert (made["local"], made["port"], made["id"]) == ("10.77.0.51", 4790, VNI)
        assert leads_to(one) == set(ENDS)
        smaller = NetworkSpec(id=NETWORK, type="vxlan", segmentation_id=VNI, mtu=1300)
        one.apply(tunnelled(bare(), smaller))
        assert {one.links()[name]["mtu"] for name in (TUNNEL, BRIDGE, names.tap(id_of(2, 1)))} == {1300}


@alone
def test_tunnels_over_ipv6(tmp_path: object) -> None:
    ends = ("fd77::1", "fd77::2")
    with places(*(Wiring(tunnel_address=end) for end in ends)) as (one, two):
        for place, end in zip((one, two), ends, strict=True):
            place.ip("address", "add", f"{end}/64", "dev", "eth1", "nodad")
            place.do(lambda place=place: place.driver.reach((*ends, "10.77.0.1")))
        network = NetworkSpec(id=NETWORK, type="vxlan", segmentation_id=VNI, mtu=1430)
        one.apply(tunnelled(bare(), network))
        two.apply(tunnelled(bare(2), network, addresses=vip(2, "172.20.0.22").addresses))
        assert leads_to(two) == {"fd77::1"}
        two.neighbour("client", BRIDGE, f"{CLIENT}/24", mtu=1430)
        assert pings("client", "172.20.0.4", 1402)


@alone
def test_a_host_without_an_end_of_tunnels_says_so(tmp_path: object) -> None:
    with places(Wiring(), Wiring(tunnel_address="10.77.0.99")) as (without, elsewhere):
        with pytest.raises(ConfigRejected, match=r"set \[vxlan\] local_ip"):
            without.apply(tunnelled(bare()))
        with pytest.raises(NetworkFault, match=r"10\.77\.0\.99 is no address of this host"):
            elsewhere.apply(tunnelled(bare()))
        elsewhere.ip("address", "add", "10.77.0.99/24", "dev", "eth1")
        elsewhere.apply(tunnelled(bare()))
        elsewhere.apply(gone(bare()))
        assert set(elsewhere.links()) == {"lo", "eth1"}


@alone
def test_tunnels_last_when_their_interface_becomes_a_port(tmp_path: object) -> None:
    wirings = [Wiring(interface_mappings={"provider": "eth1"}, tunnel_address=end) for end in ENDS[:2]]
    with places(*wirings) as (one, two):
        one.apply(tunnelled(bare(1)))
        two.apply(tunnelled(bare(2), addresses=vip(2, "172.20.0.22").addresses))
        for place in (one, two):
            place.do(lambda place=place: place.driver.reach(ENDS[:2]))
        one.neighbour("client", BRIDGE, f"{CLIENT}/24", mtu=1450)
        assert pings("client", "172.20.0.22", 1422)
        number = one.links()[TUNNEL]["ifindex"]
        flat = NetworkSpec(id=id_of(9, 2), type="flat", physical_network="provider", mtu=1500)
        above = tunnelled(bare(3), flat, addresses=vip(3, "10.77.0.50").addresses)
        one.apply(above)
        assert one.addresses(names.bridge(flat.id)) == {"10.77.0.1/24"}
        assert pings("client", "172.20.0.22", 1422)
        one.apply(gone(above))
        assert pings("client", "172.20.0.22", 1422)
        assert one.links()[TUNNEL]["ifindex"] == number
