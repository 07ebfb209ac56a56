"""The keeper's watch over HAProxy: real processes, and a clock of the test's."""

import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlbaas.drivers.haproxy_netns.deaths import GRACE_S, Deaths
from openlbaas.drivers.haproxy_netns.holdings import Holding
from openlbaas.drivers.haproxy_netns.wellness import UNWELL, WELL, note

LONGEST_S = 10.0
_WAITS = "import sys; print(flush=True); sys.stdin.read()"


class Scene:
    """One load balancer, whose HAProxy is any process that names its pid file."""

    def __init__(self, folder: Path) -> None:
        self.file, self.track = folder / "pid", folder / "track"
        self.poll = select.epoll()
        self.deaths = Deaths(self.poll)
        note(self.track, well=True)

    @property
    def holding(self) -> Holding:
        files = {"process": str(self.file), "track": str(self.track)}
        return Holding("lb", 1, True, "n", "brq", "tap", "ns", "l", "m", (), 1, **files)

    def start(self) -> "subprocess.Popen[bytes]":
        """Have a process."""
        made = subprocess.Popen([sys.executable, "-c", _WAITS, str(self.file)], stdin=-1, stdout=-1)
        assert made.stdout is not None
        assert made.stdout.read(1)
        self.file.write_text(f"{made.pid}\n")
        return made

    def end(self, process: "subprocess.Popen[bytes]") -> None:
        """End it and take in that it did."""
        process.kill()
        process.wait()
        for descriptor, _ in self.poll.poll(LONGEST_S):
            self.deaths.ended(descriptor)

    def noted(self) -> bool:
        """Tell whether keepalived was told."""
        return {WELL: False, UNWELL: True}[self.track.read_bytes()]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    made.deaths.put(made.holding, "lb")
    yield made
    made.deaths.put(None, "lb")
    made.poll.close()


def test_without_an_agent_the_end_is_told_at_once(scene: Scene) -> None:
    process = scene.start()
    assert scene.deaths.due(0.0, agent=False) == ()
    scene.end(process)
    assert scene.deaths.due(0.0, agent=False) == ("lb",)
    assert scene.noted()
    assert scene.deaths.due(9.0, agent=False) == ()


def test_an_agent_has_a_moment(scene: Scene) -> None:
    process = scene.start()
    assert scene.deaths.due(0.0, agent=True) == ()
    scene.end(process)
    assert scene.deaths.due(0.0, agent=True) == ()
    assert not scene.noted()
    assert scene.deaths.due(GRACE_S, agent=True) == ("lb",)
    assert scene.noted()


def test_what_is_replaced_has_not_ended(scene: Scene) -> None:
    process = scene.start()
    assert scene.deaths.due(0.0, agent=True) == ()
    later = scene.start()
    scene.end(process)
    assert scene.deaths.due(GRACE_S, agent=False) == ()
    assert not scene.noted()
    scene.end(later)
    assert scene.deaths.due(GRACE_S, agent=False) == ("lb",)


def test_another_process_of_the_number_is_not_meant(scene: Scene) -> None:
    scene.file.write_text("1\n")
    assert scene.deaths.due(0.0, agent=False) == ("lb",)


def test_what_nobody_stands_in_for_is_not_watched(scene: Scene) -> None:
    scene.deaths.put(Holding("lb", 1, True, "n", "brq", "tap", "ns", "l", "m", ()), "lb")
    assert scene.deaths.due(0.0, agent=False) == ()
