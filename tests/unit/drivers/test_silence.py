"""What is done about a process that does not answer."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from openlbaas.drivers.haproxy_netns.silence import LONGEST_S, Attendance, Silence


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


def test_one_that_is_silent_is_waited_for_apart_and_given_time_when_it_was_late(
    process: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    with socket.socket(socket.AF_UNIX) as ear:
        ear.bind(str(tmp_path / "ear"))
        ear.listen()
        attendance = Attendance(lambda _: process.pid, lambda _: tmp_path / "ear")
        short = attendance.patience_s("lb")
        ended, told = threading.Event(), []
        for _ in range(3):
            attendance.attend("lb", lambda id_: (told.append(id_), ended.set()))
            assert attendance.waits("lb")
            assert not attendance.waits("other")
        late, _ = ear.accept()
        with late:
            late.recv(100)
            late.sendall(b"Name: HAProxy\n")
        assert ended.wait(20)
        assert told == ["lb"]
        assert not attendance.waits("lb")
        assert attendance.patience_s("lb") > short == attendance.patience_s("other")
        attendance.answered("lb")
        assert attendance.patience_s("lb") == short


def test_nobody_waits_for_what_is_gone(tmp_path: Path) -> None:
    for serving in (None, os.getpid()):
        ended = threading.Event()
        attendance = Attendance(lambda _, serving=serving: serving, lambda _: tmp_path / "nothing")
        attendance.attend("lb", lambda _, ended=ended: ended.set())
        assert ended.wait(20)
        assert not attendance.waits("lb")
