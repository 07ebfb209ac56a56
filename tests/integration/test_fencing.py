"""A VIP is answered by one host: those that hear each other agree, with no server and whatever became of an agent."""

import os
import random
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from balancers import CLIENT, NETWORK, VIP, VIP6, WEB1, WEB2, full, gone, member, other, vip
from netns_host import LONGEST_S, Web, alone, host, inside, pings, until
from netns_host import Host as Neighbours
from rival_hosts import SWITCH, TOKEN, Host, Polling, answering, hosts

from openlbaas.desired.fencing import Claim, State
from openlbaas.desired.spec import AddressSpec, NetworkSpec, Spec
from openlbaas.drivers.haproxy_netns.claim_frames import ETHERTYPE, Entry, Seal, frames

A_SERVER, B_SERVER = member(1, WEB1), member(2, WEB2)


NET = NetworkSpec(id=NETWORK, type="flat", physical_network="provider", mtu=1450)


def of_a(claim: int) -> Spec:
    """The load balancer as host a is told of it: it answers "a"."""
    return other(full(members=(A_SERVER,)), claim=claim, vip=vip(network=NET))


def of_b(claim: int) -> Spec:
    """The load balancer as host b is told of it."""
    return other(full(members=(B_SERVER,)), claim=claim, vip=vip(network=NET))


LB = of_a(1).id


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
def test_a_load_balancer_that_moves_is_answered_by_its_new_host_alone(tmp_path: Path) -> None:
    with host(tmp_path) as made, hosts("a", "b") as (a, b):
        neighbours(made)
        assert a.tell(of_a(1)) == "applied"
        polling = Polling("client")
        until(lambda: only(polling, "a"), "a")
        assert b.tell(of_b(2)) == "applied"
        until(lambda: only(polling, "b"), "b")
        until(lambda: a.yielded(LB), "that a gave it up")
        assert "another host serves it with claim 2" in a.tell(of_a(1))
        until(lambda: only(polling, "b"), "b alone")
        assert a.tell(of_a(3)) == "applied"
        until(lambda: only(polling, "a"), "a again")
        assert b.tell(gone(of_b(2))) == "applied"
        assert a.tell(gone(of_a(3))) == "applied"
        assert answering("client") == 0
        for each in (a, b):
            assert {path.name for path in each.folder.iterdir()} == {"agent.sock", "keeper.lock", "keeper.sock"}


def loudly(one: Host) -> None:
    """Let an uplink go down."""
    one.cut(loudly=True)


def silently(one: Host) -> None:
    """Let an uplink lead nowhere."""
    one.cut(loudly=False)


@pytest.mark.parametrize("cut", [loudly, silently])
@pytest.mark.parametrize("side", ["old", "new", "both"])
@alone
def test_hosts_that_could_not_hear_each_other_agree_when_they_can(
    tmp_path: Path, side: str, cut: Callable[[Host], None]
) -> None:
    with host(tmp_path) as made, hosts("a", "b") as (a, b):
        neighbours(made)
        assert a.tell(of_a(1)) == "applied"
        polling = Polling("client")
        until(lambda: only(polling, "a"), "a")
        apart = {"old": [a], "new": [b], "both": [a, b]}[side]
        for each in apart:
            cut(each)
        assert b.tell(of_b(2)) == "applied"
        seen = {"old": "b", "new": "a", "both": ""}[side]
        until(lambda: polling.latest() == {seen}, f"{seen} alone")
        assert not a.yielded(LB)
        for each in apart:
            each.heal()
        until(lambda: a.yielded(LB), "that a gave it up")
        until(lambda: only(polling, "b"), "b alone")
        assert not b.yielded(LB)
        until(lambda: only(polling, "b"), "b alone")


def killed(one: Host) -> None:
    """Kill an agent."""
    one.signal(signal.SIGKILL)


def stopped(one: Host) -> None:
    """Let an agent stand still."""
    one.signal(signal.SIGSTOP)


@pytest.mark.parametrize("silent", [killed, stopped])
@alone
def test_a_host_whose_agent_can_not_hear_gives_up_all_the_same(tmp_path: Path, silent: Callable[[Host], None]) -> None:
    with host(tmp_path) as made, hosts("a", "b") as (a, b):
        neighbours(made)
        assert a.tell(of_a(1)) == "applied"
        polling = Polling("client")
        until(lambda: only(polling, "a"), "a")
        silent(a)
        until(lambda: only(polling, "a"), "a alone")
        assert b.tell(of_b(2)) == "applied"
        until(lambda: a.yielded(LB), "that a gave it up")
        until(lambda: only(polling, "b"), "b")
        if a.agent is None:
            a.start()
        else:
            a.signal(signal.SIGCONT)
        # It comes back and knows nothing new.
        assert "another host serves it with claim 2" in a.tell(of_a(1))
        until(lambda: only(polling, "b"), "b alone")
        assert a.tell(gone(of_a(1))) == "applied"
        assert not a.yielded(LB)
        until(lambda: only(polling, "b"), "b alone")


@alone
def test_a_keeper_outlives_its_agent_and_is_replaced_when_it_dies(tmp_path: Path) -> None:
    with host(tmp_path) as made, hosts("a", "b") as (a, b):
        neighbours(made)
        assert a.tell(of_a(1)) == "applied"
        first = until(a.keeper, "a keeper")
        a.signal(signal.SIGKILL)
        a.start()
        assert a.tell(of_a(1)) == "applied"
        assert a.keeper() == first
        os.kill(first, signal.SIGKILL)
        until(lambda: a.keeper() not in (None, first), "another keeper")
        # What it holds, it reads.
        assert b.tell(of_b(2)) == "applied"
        until(lambda: a.yielded(LB), "that a gave it up")
        assert answering("client") == 1


@alone
def test_what_was_given_up_stays_so_while_nobody_knows_better(tmp_path: Path) -> None:
    with host(tmp_path) as made, hosts("a", "b") as (a, b):
        neighbours(made)
        assert a.tell(of_a(1)) == "applied"
        assert b.tell(of_b(2)) == "applied"
        until(lambda: a.yielded(LB), "that a gave it up")
        b.cut()
        a.signal(signal.SIGKILL)
        os.kill(until(a.keeper, "the keeper"), signal.SIGKILL)
        a.start()
        assert "another host serves it" in a.tell(of_a(1))
        assert answering("client") == 0
        assert a.tell(of_a(3)) == "applied"
        assert answering("client") == 1
        b.heal()
        until(lambda: b.yielded(LB), "that b gave it up")
        assert answering("client") == 1


def served_from_memory(one: Host) -> bool:
    """Look once more, as an agent does after a while, and tell whether the load balancer is served."""
    return one.recall(LB) == "applied"


@alone
def test_a_host_that_starts_without_a_server_serves_what_nobody_else_does(tmp_path: Path) -> None:
    with host(tmp_path) as made, hosts("a", "b") as (a, b):
        neighbours(made)
        assert a.tell(of_a(1)) == "applied"
        polling = Polling("client")
        until(lambda: only(polling, "a"), "a")
        a.lose_power()
        assert polling.latest() == {""}
        a.start()
        assert "are being listened to" in a.recall(LB)
        assert answering("client") == 0
        until(lambda: served_from_memory(a), "that it is served")
        until(lambda: only(polling, "a"), "a again")
        assert b.keeper()


@alone
def test_a_host_that_starts_after_its_load_balancer_moved_never_answers(tmp_path: Path) -> None:
    with host(tmp_path) as made, hosts("a", "b") as (a, b):
        neighbours(made)
        assert a.tell(of_a(1)) == "applied"
        polling = Polling("client")
        until(lambda: only(polling, "a"), "a")
        a.lose_power()
        assert b.tell(of_b(2)) == "applied"
        until(lambda: only(polling, "b"), "b")
        begun = len(polling.answers)
        a.start()
        assert a.recall(LB) != "applied"
        until(lambda: a.yielded(LB), "that a gave it up")
        assert "another host serves it with claim 2" in a.recall(LB)
        until(lambda: only(polling, "b"), "b alone")
        assert {who for _, who in polling.answers[begun:]} == {"b"}
        assert a.tell(gone(of_a(1))) == "applied"
        until(lambda: only(polling, "b"), "b alone")


@alone
def test_tenants_can_neither_take_a_load_balancer_away_nor_break_anything(tmp_path: Path) -> None:
    with host(tmp_path) as made, hosts("a", "b") as (a, b):
        neighbours(made)
        assert a.tell(of_a(5)) == "applied"
        polling = Polling("client")
        until(lambda: only(polling, "a"), "a")
        said = inside("client", one_frame)
        forger, network = Seal.of("not the secret"), Seal.of(TOKEN).network(NETWORK)
        claim = Claim(99, forger.host("evil"), State.SERVING)
        forged = next(frames(forger, network, claim.host, [Entry(Seal.of(TOKEN).name(LB), claim)]))
        chance = random.Random(5)
        noise = [said[:14] + b"OLBC" + chance.randbytes(chance.randrange(1400)) for _ in range(2000)]
        raised = said[:50] + bytes([said[50] ^ 0x40]) + said[51:]
        inside("client", lambda: shout([said, forged, raised, *noise, said, b"short"]))
        # What comes last is heard last: the host still hears a real one.
        until(lambda: only(polling, "a"), "a alone")
        assert not a.yielded(LB)
        assert b.tell(of_b(6)) == "applied"
        until(lambda: only(polling, "b"), "b")
        until(lambda: a.yielded(LB), "that a gave it up")
        # What a said before is said again by somebody: b goes on.
        inside("client", lambda: shout([said] * 50))
        until(lambda: only(polling, "b"), "b alone")
        assert not b.yielded(LB)


def one_frame() -> bytes:
    """Catch a frame of a host, as every tenant can."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE)) as line:
        line.settimeout(LONGEST_S)
        return line.recv(2048)


def shout(said: list[bytes]) -> None:
    """Send frames."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as line:
        line.bind(("eth0", 0))
        for frame in said:
            line.send(frame.ljust(60, b"\0"))


@alone
def test_addresses_of_both_versions_go_there_and_back(tmp_path: Path) -> None:
    both = vip(network=NET, addresses=(AddressSpec(VIP, 24), AddressSpec(VIP6, 64)), gateways=("172.20.0.1",))
    with host(tmp_path) as made, hosts("a", "b") as (a, b):
        made.neighbour("client", SWITCH, f"{CLIENT}/24", "fd00:20::100/64")
        for claim, one in enumerate((a, b, a, b, a), 1):
            spec = other(full(members=(A_SERVER,)), claim=claim, vip=both)
            assert one.tell(spec) == "applied"
            rival = b if one is a else a
            until(lambda rival=rival, claim=claim: claim == 1 or rival.yielded(LB), "that it was given up")
            until(lambda: pings("client", VIP) and pings("client", VIP6), "an answer of both")
            assert answering("client") == 1
