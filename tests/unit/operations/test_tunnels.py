"""What each host is told of where the tunnels of the others end."""

from dataclasses import replace
from pathlib import Path

from openlbaas.dialects.host_v1 import NO_TUNNELS_KNOWN, Report, Tunnels
from openlbaas.domain.agents import DeleteAgent
from openlbaas.operations import agents, feed, report
from openlbaas.operations.tunnels import Ends
from world import ADMIN, World, world


def beat(lab: World, host: str, address: str = "") -> str:
    """Send a heartbeat of a host whose tunnels end at an address and name its agent."""
    told = {"tunneling_ip": address} if address else {}
    return report.report(lab.services, Report(host=host, configurations=told)).agent_id


def at(lab: World, host: str) -> int:
    """Name the newest position of a host's feed."""
    return lab.services.store.read(lambda transaction: transaction.hosts.feed_of(host)[1])


def told(lab: World, host: str, version: str | None = NO_TUNNELS_KNOWN) -> Tunnels | None:
    """Ask as a host that knows everything else."""
    position = at(lab, host)
    return feed.feed(lab.services, host, position, version).tunnels


def test_every_host_learns_all_ends_once(tmp_path: Path) -> None:
    lab = world(tmp_path)
    beat(lab, "a", "10.0.0.1")
    beat(lab, "b", "10.0.0.2")
    beat(lab, "c")
    first = told(lab, "a")
    assert first is not None
    assert first.addresses == ("10.0.0.1", "10.0.0.2")
    assert told(lab, "b") == first
    assert told(lab, "a", first.version) is None
    assert told(lab, "c", None) is None
    full = feed.feed(lab.services, "a", 0, NO_TUNNELS_KNOWN)
    assert full.tunnels == first


def test_a_host_that_comes_or_moves_or_is_forgotten_wakes_the_others(tmp_path: Path) -> None:
    lab = world(tmp_path)
    beat(lab, "a", "10.0.0.1")
    known = told(lab, "a")
    assert known is not None
    lab.woken.clear()
    beat(lab, "a", "10.0.0.1")
    beat(lab, "c")
    assert lab.woken == []
    for address, addresses in (("10.0.0.2", 2), ("10.0.0.3", 2), ("", 1)):
        gone = beat(lab, "b", address)
        assert lab.woken == ["a", "b", "c"]
        lab.woken.clear()
        now = told(lab, "a", known.version)
        assert (1 if now is None else len(now.addresses)) == addresses
    beat(lab, "b", "10.0.0.4")
    lab.woken.clear()
    agents.change(lab.services, ADMIN, DeleteAgent(gone))
    assert lab.woken == ["a", "c"]
    assert told(lab, "a", known.version) is None


def test_another_servers_change_is_seen_by_the_feed_that_moves(tmp_path: Path) -> None:
    lab = world(tmp_path)
    beat(lab, "a", "10.0.0.1")
    known = told(lab, "a")
    assert known is not None
    position = at(lab, "a")
    assert feed.feed(lab.services, "a", position, known.version).tunnels is None
    elsewhere = replace(lab, services=replace(lab.services, ends=Ends()))
    beat(elsewhere, "b", "10.0.0.2")
    answer = feed.feed(lab.services, "a", position, known.version)
    assert answer.tunnels is not None
    assert answer.tunnels.addresses == ("10.0.0.1", "10.0.0.2")
    assert (answer.full, answer.specs) == (False, ())
    assert answer.position > position


def test_what_was_read_a_moment_ago_is_not_read_again(tmp_path: Path) -> None:
    lab = world(tmp_path)
    beat(lab, "a", "10.0.0.1")
    known = told(lab, "a")
    assert known is not None
    lab.services.store.write(lambda transaction: transaction.hosts.change(agent_of(lab), {"configurations": {}}))
    assert told(lab, "a", known.version) is None
    lab.clock.now += 1.0
    news = told(lab, "a", known.version)
    assert news is not None
    assert news.addresses == ()


def agent_of(lab: World) -> str:
    """Name the agent of the only host."""
    (agent,) = lab.services.store.read(lambda transaction: transaction.hosts.agents())
    return agent.id


def test_what_was_read_while_something_changed_is_not_remembered() -> None:
    ends = Ends()
    generation = ends.generation
    ends.forget()
    ends.note("old", 5.0, generation)
    assert not ends.known("old", 5.0)
    ends.note("new", 5.0, ends.generation)
    assert ends.known("new", 5.9)
    assert not ends.known("new", 6.0)
    assert not ends.known("new", 4.9)


def test_a_host_that_tells_nonsense_has_no_end(tmp_path: Path) -> None:
    lab = world(tmp_path)
    report.report(lab.services, Report(host="a", configurations={"tunneling_ip": 5}))
    found = told(lab, "a")
    assert found is not None
    assert found.addresses == ()
