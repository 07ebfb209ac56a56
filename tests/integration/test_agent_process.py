"""The agent as a process on a host of its own: its life, its sudden deaths, and what is left after them."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from agent_host import LONGEST_S, Host, host, until, write_options

from openlbaas.client.lbaas import LOAD_BALANCERS

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="namespaces need root")
ROUNDS = 8
ENDS = 4


@pytest.fixture
def place() -> Iterator[Host]:
    # The path of a unix socket has 108 bytes, and pytest's own folders leave too few of them.
    with tempfile.TemporaryDirectory(prefix="ola") as folder:
        # HAProxy, which is nobody, must get through.
        Path(folder).chmod(0o755)
        with host(Path(folder)) as made:
            yield made


def started(place: Host) -> subprocess.Popen[bytes]:
    """Start an agent and wait until the server knows it."""
    made = place.start()
    until(lambda: "everything is known" in place.log() or made.poll() is not None, "the first answer")
    assert made.poll() is None
    return made


def nothing_is_left(place: Host) -> bool:
    """Tell whether the host is as it was before its first load balancer."""
    return not (place.namespaces() or place.folders() or place.processes() or place.interfaces() - {"lo"})


def test_a_load_balancer_comes_and_goes_with_every_trace(place: Host) -> None:
    started(place)
    lb = place.create("lb")
    place.until_status(lb, "ACTIVE")
    assert place.namespaces() == place.folders() == {lb}
    until(lambda: place.answers(lb), "an answer from the VIP")
    place.delete(lb)
    place.until_status(lb, "GONE")
    assert nothing_is_left(place)


def test_it_ends_when_told_and_what_it_runs_runs_on(place: Host) -> None:
    agent = started(place)
    lb = place.create("lb")
    place.until_status(lb, "ACTIVE")
    before = place.processes(lb)
    agent.terminate()
    assert agent.wait(LONGEST_S) == 0
    assert place.processes(lb) == before
    assert place.answers(lb)


def test_a_restart_adopts_what_runs(place: Host) -> None:
    agent = started(place)
    lbs = [place.create(f"lb{number}") for number in range(3)]
    for lb in lbs:
        place.until_status(lb, "ACTIVE")
    before = place.processes()
    agent.kill()
    agent.wait(LONGEST_S)
    place.start()
    until(lambda: place.log().count("everything is known") == 2, "the second first answer")
    place.until_status(place.create("after", port=None), "ACTIVE")
    assert place.processes() == before


def test_there_is_one_agent_on_a_state_path(place: Host) -> None:
    agent = started(place)
    second = place.start()
    assert second.wait(LONGEST_S) == 1
    assert f"another agent (process {agent.pid}) already runs" in place.log()
    assert agent.poll() is None


def test_a_process_that_is_killed_is_replaced(place: Host) -> None:
    started(place)
    lb = place.create("lb")
    place.until_status(lb, "ACTIVE")
    before = until(lambda: place.processes(lb), "a process")
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: place.processes(lb) - before and place.answers(lb), "another process")


def test_a_process_that_is_stopped_goes_on(place: Host) -> None:
    write_options(place.folder, {"measure_interval": 0.5})
    started(place)
    lb = place.create("lb")
    place.until_status(lb, "ACTIVE")
    before = until(lambda: place.processes(lb), "a process")
    for pid in before:
        os.kill(pid, signal.SIGSTOP)
    until(lambda: place.answers(lb), "an answer")
    assert place.processes(lb) == before


def test_a_process_that_ends_again_and_again_is_started_ever_more_seldom(place: Host) -> None:
    started(place)
    lb = place.create("lb")
    place.until_status(lb, "ACTIVE")
    killed: set[int] = set()
    until(lambda: kill_all(place, lb, killed) >= ENDS, "so many ends")
    # Others are not kept waiting by the pauses.
    other = place.create("other")
    place.until_status(other, "ACTIVE")
    until(lambda: place.serves(lb), "the process, when nobody ends it")
    until(lambda: place.status(lb) == "ACTIVE", "ACTIVE")
    died = [event for event in place.api.get("/lbaas/events")["events"] if event["name"] == "process_died"]
    assert 1 <= len(died) <= ENDS
    assert {event["loadbalancer_id"] for event in died} == {lb}


def kill_all(place: Host, lb: str, killed: set[int]) -> int:
    """Kill what serves a load balancer, and count what was ever killed."""
    for pid in place.processes(lb) - killed:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            killed.add(pid)
    return len(killed)


def test_a_haproxy_that_is_not_there_is_told_and_waited_for(place: Host) -> None:
    binary = place.folder / "bin" / "haproxy"
    with (place.folder / "agent.conf").open("a") as more:
        more.write(f"[haproxy]\nbinary = {binary}\n")
    started(place)
    lb = place.create("lb")
    place.until_status(lb, "ERROR")
    assert "[haproxy] binary" in place.api.show(LOAD_BALANCERS, lb)["provisioning_reason"]
    binary.parent.mkdir()
    binary.symlink_to(shutil.which("haproxy") or "")
    place.until_status(lb, "ACTIVE")
    until(lambda: place.answers(lb), "an answer")


def test_killed_at_any_moment_one_restart_repairs(place: Host) -> None:
    chance = random.Random(11)
    agent = started(place)
    kept: set[str] = set()
    for number in range(ROUNDS):
        goes = kept.pop() if len(kept) > 1 else None
        if goes is not None:
            place.delete(goes)
        comes = place.create(f"lb{number}")
        kept.add(comes)
        # Somewhere in the work: the moment is the point of the test, whichever it is.
        with pytest.raises(subprocess.TimeoutExpired):
            agent.wait(chance.uniform(0.0, 0.1))
        agent.kill()
        agent.wait(LONGEST_S)
        agent = place.start()
        place.until_status(comes, "ACTIVE")
        if goes is not None:
            place.until_status(goes, "GONE")
        assert place.namespaces() == place.folders() == kept
        for lb in kept:
            until(partial(place.serves, lb), "one process that answers")
    for lb in kept:
        place.delete(lb)
        place.until_status(lb, "GONE")
    assert nothing_is_left(place)
