"""Flat networks: the interface of a physical network on a bridge, on several hosts, and everything put back."""

import socket
import threading
from typing import Any

import msgspec
import pytest
from balancers import BRIDGE, CLIENT, NETWORK, WEB1, bare, full, gone, member, vip
from many_hosts import Stream, outside, places
from netns_host import LONGEST_S, Web, alone, inside, once, pings, until

from openlbaas.desired.spec import NetworkSpec, Spec
from openlbaas.domain.errors import ConfigRejected, NetworkFault
from openlbaas.settings.values import Wiring

WIRED = Wiring(interface_mappings={"provider": "eth1"})
FLAT = NetworkSpec(id=NETWORK, type="flat", physical_network="provider", mtu=1500)


def flat(spec: Spec, **more: Any) -> Spec:
    """Put a load balancer on the flat network."""
    assert spec.vip is not None
    return msgspec.structs.replace(spec, vip=msgspec.structs.replace(spec.vip, network=FLAT, **more))


class Echo:
    """A connection from a machine on the underlay to a server on a host itself, which sends back what it gets."""

    def __init__(self, address: str) -> None:
        with inside("host1", lambda: socket.create_server((address, 7000), family=_family(address))) as listening:
            self._line = inside("outsider", lambda: socket.create_connection((address, 7000), LONGEST_S))
            self._answering, _ = listening.accept()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while content := self._answering.recv(100):
            self._answering.sendall(content)

    def ask(self) -> None:
        self._line.sendall(b"still there?")
        self._line.recv(100)


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


@alone
def test_a_client_a_vip_and_a_member_on_three_hosts(tmp_path: object) -> None:
    with places(WIRED, WIRED, WIRED) as (one, two, three):
        for number, place in enumerate((one, two, three), start=1):
            place.apply(flat(bare(number), addresses=vip(number, f"172.20.0.{number + 20}").addresses))
        one.neighbour("client", BRIDGE, f"{CLIENT}/24")
        three.neighbour("web1", BRIDGE, f"{WEB1}/24")
        Web("web1", "web1", WEB1)
        two.apply(flat(full(2, members=(member(1, WEB1),)), addresses=vip(2, "172.20.0.22").addresses))
        assert once("client", "172.20.0.22") == "web1"
        outside("outsider", "172.20.0.200/24")
        assert once("outsider", "172.20.0.22") == "web1"
        assert pings("client", "172.20.0.23")


@alone
def test_the_hosts_own_addresses_and_routes_move_and_come_back(tmp_path: object) -> None:
    with places(WIRED) as (host1,):
        outside("outsider", "10.77.0.99/24", "fd77::99/64")
        host1.ip("address", "add", "10.77.0.51/24", "dev", "eth1")
        host1.ip("address", "add", "fd77::1/64", "dev", "eth1", "nodad")
        host1.ip("route", "add", "default", "via", "10.77.0.99", "metric", "100")
        host1.ip("route", "add", "10.9.0.0/16", "via", "10.77.0.98", "src", "10.77.0.51")
        host1.ip("-6", "route", "add", "default", "via", "fd77::99", "metric", "7")
        before = host1.addresses("eth1"), host1.routes("eth1")
        assert before[0] == {"10.77.0.1/24", "10.77.0.51/24", "fd77::1/64"}
        assert len(before[1]) == 3
        mac = host1.links()["eth1"]["address"]
        lines = [Echo("10.77.0.1"), Echo("fd77::1")]
        streams = [Stream(line.ask) for line in lines]
        until(lambda: all(stream.good for stream in streams))

        host1.apply(flat(bare()))
        assert (host1.addresses(BRIDGE), host1.routes(BRIDGE)) == before
        assert (host1.addresses("eth1"), host1.routes("eth1")) == (set(), set())
        assert host1.links()[BRIDGE]["address"] == mac
        assert host1.links()["eth1"]["master"] == BRIDGE
        counts = [stream.good for stream in streams]
        until(lambda: all(stream.good > count + 10 for stream, count in zip(streams, counts, strict=True)))
        assert pings("outsider", "10.77.0.1")

        host1.apply(gone(bare()))
        assert (host1.addresses("eth1"), host1.routes("eth1")) == before
        assert BRIDGE not in host1.links()
        assert "master" not in host1.links()["eth1"]
        counts = [stream.good for stream in streams]
        until(lambda: all(stream.good > count + 10 for stream, count in zip(streams, counts, strict=True)))
        for stream in streams:
            stream.end()
        assert [stream.faults for stream in streams] == [[], []]


@alone
def test_the_interface_goes_with_the_last_load_balancer_only(tmp_path: object) -> None:
    with places(WIRED) as (host1,):
        first, second = flat(bare(1)), flat(bare(2), addresses=vip(2, "172.20.0.5").addresses)
        host1.apply(first)
        host1.apply(second)
        host1.apply(gone(first))
        assert host1.links()["eth1"]["master"] == BRIDGE
        host1.apply(gone(second))
        assert set(host1.links()) == {"lo", "eth1"}
        assert host1.addresses("eth1") == {"10.77.0.1/24"}


@alone
def test_with_anything_foreign_on_it_a_bridge_stays_as_it_is(tmp_path: object) -> None:
    with places(WIRED) as (host1,):
        host1.apply(flat(bare()))
        host1.neighbour("client", BRIDGE, f"{CLIENT}/24")
        outside("outsider", "172.20.0.200/24")
        host1.apply(gone(bare()))
        assert host1.links()["eth1"]["master"] == BRIDGE
        assert host1.addresses(BRIDGE) == {"10.77.0.1/24"}
        assert pings("client", "172.20.0.200")
        host1.do(host1.driver.reach)
        assert host1.links()["eth1"]["master"] == BRIDGE
        host1.restart()
        host1.apply(flat(bare(2)))
        host1.do(host1.driver.reach)
        host1.leave("client")
        host1.do(host1.driver.reach)
        assert host1.links()["eth1"]["master"] == BRIDGE
        host1.apply(gone(bare(2)))
        assert set(host1.links()) == {"lo", "eth1"}
        host1.apply(flat(bare()))
        host1.neighbour("client", BRIDGE, f"{CLIENT}/24")
        host1.apply(gone(bare()))
        host1.leave("client")
        host1.do(host1.driver.reach)
        assert set(host1.links()) == {"lo", "eth1"}
        assert host1.addresses("eth1") == {"10.77.0.1/24"}


@alone
def test_a_bridge_that_was_there_is_used_and_left(tmp_path: object) -> None:
    with places(WIRED) as (host1,):
        host1.ip("link", "add", BRIDGE, "up", "type", "bridge")
        host1.ip("link", "set", "eth1", "master", BRIDGE)
        host1.apply(flat(bare()))
        outside("outsider", "172.20.0.200/24")
        assert pings("outsider", "172.20.0.4")
        host1.apply(gone(bare()))
        assert host1.links()["eth1"]["master"] == BRIDGE


@alone
def test_a_mapped_bridge_is_used_and_never_made(tmp_path: object) -> None:
    mapped = Wiring(bridge_mappings={"provider": "br-lab"}, interface_mappings={"provider": "eth1"})
    with places(mapped) as (host1,):
        with pytest.raises(NetworkFault, match="there is no bridge br-lab"):
            host1.apply(flat(bare()))
        host1.ip("link", "add", "br-lab", "up", "type", "bridge")
        host1.ip("link", "set", "eth1", "master", "br-lab")
        host1.apply(flat(bare()))
        outside("outsider", "172.20.0.200/24")
        assert pings("outsider", "172.20.0.4")
        assert host1.addresses("eth1") == {"10.77.0.1/24"}
        host1.apply(gone(bare()))
        assert set(host1.links()) == {"lo", "eth1", "br-lab"}


@alone
def test_what_leads_nowhere_is_refused_and_taken_up_when_it_does(tmp_path: object) -> None:
    with places(Wiring(), Wiring(interface_mappings={"provider": "eth9"}), WIRED) as (unwired, lacking, taken):
        with pytest.raises(ConfigRejected, match="no way to physical network provider"):
            unwired.apply(flat(bare()))
        with pytest.raises(NetworkFault, match="there is no interface eth9"):
            lacking.apply(flat(bare()))
        lacking.ip("link", "set", "eth1", "down")
        lacking.ip("link", "set", "eth1", "name", "eth9")
        lacking.apply(flat(bare()))
        taken.ip("link", "add", "br-other", "type", "bridge")
        taken.ip("link", "set", "eth1", "master", "br-other")
        with pytest.raises(NetworkFault, match="interface eth1 is on br-other"):
            taken.apply(flat(bare()))
        taken.apply(gone(bare()))
        assert taken.links()["eth1"]["master"] == "br-other"
        assert set(taken.links()) == {"lo", "eth1", "br-other"}


@alone
def test_what_somebody_breaks_is_repaired(tmp_path: object) -> None:
    with places(WIRED) as (host1,):
        outside("outsider", "172.20.0.200/24")
        host1.apply(flat(bare()))
        breaks: list[tuple[str, ...]] = [
            ("link", "set", "eth1", "nomaster"),
            ("link", "set", "eth1", "down"),
            ("address", "add", "10.77.0.9/24", "dev", "eth1"),
            ("link", "delete", BRIDGE),
        ]
        for words in breaks:
            host1.ip(*words)
            assert host1.apply(flat(bare())) > 0
            # The other end of a cable takes a moment to notice.
            until(lambda: pings("outsider", "172.20.0.4", wait_s=0.2), f"an answer after {words}")
        assert host1.links()["eth1"]["master"] == BRIDGE


@alone
def test_another_interface_takes_the_place_of_the_first(tmp_path: object) -> None:
    with places(WIRED) as (host1,):
        host1.apply(flat(bare()))
        host1.ip("link", "add", "eth2", "up", "type", "veth", "peer", "name", "far2")
        host1.restart(Wiring(interface_mappings={"provider": "eth2"}))
        host1.apply(flat(bare()))
        assert host1.links()["eth2"]["master"] == BRIDGE
        assert "master" not in host1.links()["eth1"]
        assert host1.addresses("eth1") == {"10.77.0.1/24"}
        host1.apply(gone(bare()))
        assert host1.addresses("eth1") == {"10.77.0.1/24"}


@alone
def test_an_agent_that_is_new_touches_nothing(tmp_path: object) -> None:
    with places(WIRED) as (host1,):
        host1.apply(flat(bare()))
        host1.restart()
        assert host1.apply(flat(bare())) == 0


@alone
def test_what_a_crash_left_half_done_is_finished(tmp_path: object) -> None:
    with places(WIRED) as (host1,):
        host1.ip("route", "add", "default", "via", "10.77.0.99")
        routes = host1.routes("eth1")
        host1.apply(flat(bare()))
        host1.ip("address", "add", "10.77.0.1/24", "dev", "eth1")
        host1.ip("route", "add", "default", "via", "10.77.0.99", "dev", "eth1", "metric", "7")
        host1.apply(flat(bare()))
        assert host1.addresses("eth1") == set()
        assert len(host1.routes(BRIDGE)) == 2
        host1.ip("route", "delete", "default", "metric", "7")

        host1.ip("address", "add", "10.77.0.1/24", "dev", "eth1")
        host1.ip("route", "replace", "default", "via", "10.77.0.99", "dev", "eth1")
        host1.apply(gone(bare()))
        assert (host1.addresses("eth1"), host1.routes("eth1")) == ({"10.77.0.1/24"}, routes)

        host1.apply(flat(bare()))
        host1.ip("address", "add", "10.77.0.1/24", "dev", "eth1")
        host1.ip("route", "replace", "default", "via", "10.77.0.99", "dev", "eth1")
        host1.ip("address", "flush", "dev", BRIDGE)
        host1.ip("link", "set", "eth1", "nomaster")
        host1.apply(gone(bare()))
        assert (host1.addresses("eth1"), host1.routes("eth1")) == ({"10.77.0.1/24"}, routes)
        assert set(host1.links()) == {"lo", "eth1"}


@alone
def test_many_at_once_share_the_interface(tmp_path: object) -> None:
    with places(WIRED) as (host1,):
        outside("outsider", "10.77.0.99/24")
        stream = Stream(Echo("10.77.0.1").ask)
        faults: list[BaseException] = []

        def live(number: int) -> None:
            spec = flat(bare(number), addresses=vip(number, f"172.20.0.{number}").addresses)
            try:
                for _ in range(3):
                    host1.apply(spec)
                    host1.apply(gone(spec))
            except BaseException as fault:  # noqa: BLE001 - shown by the assertion
                faults.append(fault)

        threads = [threading.Thread(target=live, args=(number,)) for number in range(10, 16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        count = stream.good
        until(lambda: stream.good > count + 10, "answers after all that")
        stream.end()
        assert (faults, stream.faults) == ([], [])
        assert set(host1.links()) == {"lo", "eth1"}
        assert host1.addresses("eth1") == {"10.77.0.1/24"}
