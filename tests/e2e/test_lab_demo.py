"""`openlbaas lab demo`: what dies in front of a client, and what the client saw of it."""

import re
import subprocess
from pathlib import Path

import pytest
from labs import PROGRAM
from many import Many

pytestmark = pytest.mark.root
SUMMARY = r"    {accident}: longest time without an answer \d+ ms; (\d+) answered, (\d+) not\n"


def performed(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [PROGRAM, "lab", "demo", "--dir", folder, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_a_host_dies_in_a_lab_made_for_it_and_nothing_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    ran = performed(folder, "--failover")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(SUMMARY.format(accident="failover"), ran.stdout), ran.stdout
    told = re.findall(r"^ *([+-]\d+\.\d{3}) s  (.*)$", ran.stdout, re.MULTILINE)
    assert [float(at) for at, _ in told] == sorted(float(at) for at, _ in told)
    kinds = [what.partition(":")[0] for _, what in told]
    assert {"moved", "recovered", "the last answer before the gap", "the first answer after it"} <= set(kinds)
    assert not folder.exists()


def test_a_server_dies_in_a_lab_that_stands(many: Many) -> None:
    ran = performed(many.lab.folder, "--server")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = re.search(SUMMARY.format(accident="server"), ran.stdout)
    assert found, ran.stdout
    assert found[2] == "0"
    assert all(server["pid"] for server in many.lab.told["servers"])


def test_an_agent_dies_in_a_lab_that_stands(many: Many) -> None:
    ran = performed(many.lab.folder, "--agent")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.search(SUMMARY.format(accident="agent"), ran.stdout), ran.stdout
    assert all(host["agent_pid"] for host in many.lab.told["hosts"])


def test_where_something_is_down_there_is_no_accident(many: Many) -> None:
    many.verb("kill-agent", "host3")
    ran = performed(many.lab.folder, "--server")
    assert (ran.returncode, "no scene for an accident" in ran.stderr) == (1, True)
