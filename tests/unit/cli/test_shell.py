"""The shell on a terminal: a real pseudo-terminal types, and reads what is drawn."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from openlbaas.cli.shell import candidates

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Replay


def _read_until(descriptor: int, wanted: str, deadline_s: float = 15.0) -> str:
    text = ""
    end = time.monotonic() + deadline_s
    while wanted not in text:
        ready, _, _ = select.select([descriptor], [], [], max(end - time.monotonic(), 0))
        assert ready, f"{wanted!r} did not come; there was {text!r}"
        text += os.read(descriptor, 65536).decode()
    return text


def test_typed_on_a_terminal(replay: Replay, tmp_path: Path) -> None:
    """The prompt, a command, completion by tab, a mistake that does not end the shell, and quit."""
    replay.answer("GET", "/v2.0/lbaas/pools", {"pools": [{"id": "1", "name": "p"}]})
    ours, theirs = pty.openpty()
    environment = os.environ | {"OS_ENDPOINT": replay.url, "XDG_STATE_HOME": str(tmp_path), "TERM": "dumb"}
    process = subprocess.Popen(
        [sys.executable, "-m", "openlbaas.cli.main"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        close_fds=True,
    )
    os.close(theirs)
    try:
        _read_until(ours, "(openlbaas) ")
        os.write(ours, b"lbaas-pool-list\n")
        assert "| 1  | p    |" in _read_until(ours, "(openlbaas) ")
        os.write(ours, b"lbaas-pool-list --nonsense-here -x\n")
        _read_until(ours, "(openlbaas) ")
        os.write(ours, b"service-pro\t\n")
        assert "service-provider-list" in _read_until(ours, "(openlbaas) ")
        os.write(ours, b"quit\n")
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert "lbaas-pool-list" in (tmp_path / "openlbaas" / "history").read_text()


def test_candidates() -> None:
    """Command words, then options, then values of an option."""
    assert candidates("", "lbaas-loadbalancer-sta") == ["lbaas-loadbalancer-stats", "lbaas-loadbalancer-status"]
    assert candidates("loadbalancer ", "li") == ["list", "listener"]
    assert candidates("lbaas-pool-create ", "--lb") == ["--lb-algorithm"]
    assert candidates("lbaas-pool-create --lb-algorithm ", "") == ["LEAST_CONNECTIONS", "ROUND_ROBIN", "SOURCE_IP"]
    assert candidates("", "qui") == ["quit"]
