"""Where an agent leads the tunnels of its host."""

from pathlib import Path

from scene import Twin, agent, serving, until

from openlbaas.agent.tunnels import Tunnels
from openlbaas.dialects.host_v1 import NO_TUNNELS_KNOWN
from openlbaas.dialects.host_v1 import Tunnels as Told
from openlbaas.domain.errors import NetworkFault
from world import world

ENDED = {"tunneling_ip": "10.0.0.1"}


class Failing(Twin):
    """A driver that can't lead tunnels anywhere at first."""

    faults_left = 1

    def reach(self, addresses: object = None) -> None:
        super().reach(addresses)  # type: ignore[arg-type]  # handed on
        if self.faults_left:
            self.faults_left -= 1
            message = "no"
            raise NetworkFault(message)


def test_hosts_learn_of_each_other(tmp_path: Path) -> None:
    first, second = Twin(configurations=ENDED), Twin(configurations={"tunneling_ip": "10.0.0.2"})
    with serving(world(tmp_path)) as server, agent(first, server.url, host="a"):
        until(lambda: first.reached, "the first answer")
        assert first.reached == [("10.0.0.1",)]
        with agent(second, server.url, host="b"):
            until(lambda: len(first.reached) > 1 and second.reached, "the news")
            assert first.reached[1:] == [("10.0.0.1", "10.0.0.2")]
            assert second.reached[-1] == ("10.0.0.1", "10.0.0.2")


def test_a_host_without_tunnels_asks_for_none(tmp_path: Path) -> None:
    driver = Twin()
    with serving(world(tmp_path)) as server, agent(driver, server.url):
        until(lambda: server.told.reports and server.told.feeds, "the first answer")
    tunnels = Tunnels(driver, 60.0)
    tunnels.take(Told(version="x", addresses=("10.0.0.9",)))
    assert tunnels.version is None
    assert driver.reached == []


def test_without_a_server_they_are_repaired_with_what_is_known(tmp_path: Path) -> None:
    driver = Twin(configurations=ENDED)
    with agent(driver, "http://127.0.0.1:1", heal_interval_s=0.01):
        until(lambda: len(driver.reached) > 2, "repairs")
    assert set(driver.reached) == {None}


def test_what_could_not_be_done_is_tried_again_soon() -> None:
    driver = Failing(configurations=ENDED)
    tunnels = Tunnels(driver, 60.0)
    assert tunnels.version == NO_TUNNELS_KNOWN
    tunnels.take(Told(version="x", addresses=("10.0.0.9",)))
    assert tunnels.version == "x"
    assert tunnels._failed
    tunnels._reach(None)
    assert not tunnels._failed
