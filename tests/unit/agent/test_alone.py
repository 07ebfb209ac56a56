"""Only one agent works on a state path."""

import os
from pathlib import Path

import pytest

from openlbaas.agent.alone import CannotStart, lock


def test_a_second_agent_is_told_who_the_first_is(tmp_path: Path) -> None:
    first = lock(str(tmp_path / "new"))
    with pytest.raises(CannotStart, match=rf"another agent \(process {os.getpid()}\) already runs on {tmp_path}/new"):
        lock(str(tmp_path / "new"), patience_s=0.1)
    os.close(first)
    os.close(lock(str(tmp_path / "new")))


def test_a_path_that_can_not_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotStart, match=r"state_path .* can't be used: "):
        lock(str(tmp_path / "file"))
