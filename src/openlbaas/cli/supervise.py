"""Keep a few processes running in the foreground: what dies is started again, later each time; a signal ends all."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
_LASTED_S = 60.0
_LAST_WORDS_S = 15.0
_LOOK_S = 1.0
_PR_SET_PDEATHSIG = 1
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)


@dataclass
class Child:
    """A process that should run.

    Units: pause_s is seconds, the wait before the next start; due is an instant of time.monotonic()
    """

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    pause_s: float = FIRST_PAUSE_S
    due: float = 0.0
    began: float = 0.0


def next_pause_s(pause_s: float, lasted_s: float) -> float:
    """Name the wait after the next death: doubled each time, and short again for what had run a good while."""
    return FIRST_PAUSE_S if lasted_s >= _LASTED_S else min(pause_s * 2, LONGEST_PAUSE_S)


def supervise(children: Sequence[Child], environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Run children until SIGINT or SIGTERM, then end them in reverse order.

    Order: the signals are blocked by the caller before anything is started, so that none is lost
    """
    try:
        while True:
            for child in children:
                tend(child, environment, say)
            came = signal.sigtimedwait(_SIGNALS, _LOOK_S)
            if came is not None and came.si_signo != signal.SIGCHLD:
                return
    finally:
        for child in reversed(children):
            end(child)


def tend(child: Child, environment: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Start a child whose time has come; note one that has died."""
    now = time.monotonic()
    if child.process is not None and child.process.poll() is not None:
        lasted_s = now - child.began
        wait_s = FIRST_PAUSE_S if lasted_s >= _LASTED_S else child.pause_s
        child.due, child.pause_s = now + wait_s, next_pause_s(child.pause_s, lasted_s)
        say(f"{child.name} ended with status {child.process.returncode}; starting it again in {wait_s:g} s")
        child.process = None
    if child.process is None and now >= child.due:
        child.began = now
        child.process = subprocess.Popen(
            child.command,
            env=dict(environment),
            process_group=0,  # Ctrl-C is for us; we tell the children.
            preexec_fn=_follow,  # noqa: PLW1509 - no threads here
        )


def end(child: Child) -> None:
    """Ask a child to end, and make it when it takes too long."""
    if child.process is None or child.process.poll() is not None:
        return
    child.process.terminate()
    try:
        child.process.wait(_LAST_WORDS_S)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()


def block_signals() -> None:
    """Take signals only where they are waited for."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)


def _follow() -> None:
    """In the child: end when the parent does, and take signals again."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
