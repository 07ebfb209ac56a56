"""What is done about a process that does not answer."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlbaas.drivers.haproxy_netns.silence import LONGEST_S, Silence


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    made = subprocess.Popen(["sleep", "60"])
    yield made
    made.kill()
    made.wait()


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_what_was_stopped_goes_on(process: "subprocess.Popen[bytes]") -> None:
    os.kill(process.pid, signal.SIGSTOP)
    os.waitpid(process.pid, os.WUNTRACED)
    assert state(process.pid) == "T"
    Silence().note("lb", process.pid)
    assert os.WIFCONTINUED(os.waitpid(process.pid, os.WCONTINUED)[1])
    assert process.poll() is None


def test_what_stays_silent_is_ended_and_what_answers_meanwhile_is_not(process: "subprocess.Popen[bytes]") -> None:
    now = 0.0
    silence = Silence(lambda: now)
    silence.note("lb", process.pid)
    now = LONGEST_S - 1
    silence.note("lb", process.pid)
    silence.broken("lb")
    now = LONGEST_S + 1
    silence.note("lb", process.pid)
    assert process.poll() is None
    now += LONGEST_S
    silence.note("lb", process.pid)
    assert process.wait(10) == -signal.SIGKILL


def test_a_successor_is_not_blamed(process: "subprocess.Popen[bytes]") -> None:
    now = 0.0
    silence = Silence(lambda: now)
    silence.note("lb", 1 << 22)
    now = LONGEST_S
    silence.note("lb", process.pid)
    assert process.poll() is None
