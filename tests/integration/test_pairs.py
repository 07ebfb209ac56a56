"""Two hosts that serve a load balancer by turns."""

from pathlib import Path

from balancers import CLIENT, NETWORK, WEB1, WEB2, full, member, other, vip
from netns_host import Host as Neighbours
from netns_host import Web, alone, host, until
from rival_hosts import SWITCH, Polling, answering, hosts

from openlbaas.desired.spec import AddressSpec, EndSpec, NetworkSpec, PairSpec, Spec

NET = NetworkSpec(id=NETWORK, type="flat", physical_network="provider", mtu=1450)
ENDS = {
    seat: EndSpec(
        port_id=f"9000000{seat}-0000-4000-8000-00000000000{seat}",
        mac_address=f"fa:16:3e:99:00:0{seat}",
        addresses=(AddressSpec(f"172.20.0.1{seat}0", 24),),
    )
    for seat in (1, 2)
}
SERVERS = {1: member(1, WEB1), 2: member(2, WEB2)}


def pair(seat: int, **more: object) -> PairSpec:
    """What a host of a pair is told of itself and the other."""
    return PairSpec(**{"router_id": 7, "seat": seat, "own": ENDS[seat], "other": ENDS[3 - seat]} | more)


def of(seat: int, claim: int = 0, **more: object) -> Spec:
    """The load balancer as a host is told of it: the first answers "a", the second "b"."""
    return other(full(members=(SERVERS[seat],)), claim=claim or seat, vip=vip(network=NET), pair=pair(seat, **more))


LB = of(1).id


def neighbours(made: Neighbours) -> None:
    """Have two servers and a client on the switch."""
    for name, address in (("a", WEB1), ("b", WEB2)):
        made.neighbour(name, SWITCH, f"{address}/24")
        Web(name, name, address)
    made.neighbour("client", SWITCH, f"{CLIENT}/24")


def only(polling: Polling, who: str) -> bool:
    """Tell whether one host answers, and which."""
    return polling.latest() == {who} and answering("client") == 1


@alone
def test_the_other_host_takes_over_when_one_dies(tmp_path: Path) -> None:
    with host(tmp_path) as made, hosts("a", "b") as (a, b):
        neighbours(made)
        assert a.tell(of(1)) == "applied"
        polling = Polling("client")
        until(lambda: only(polling, "a"), "a")
        assert b.tell(of(2)) == "applied"
        assert only(polling, "a")
        a.cut()
        a.lose_power()
        until(lambda: only(polling, "b"), "b")
        polling.close()
        print(polling.gap_s())
