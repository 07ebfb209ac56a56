"""The demo, run once as a person runs it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.root


def test_every_claim_of_the_demo_holds_and_nothing_is_left(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    words = [sys.executable, "-m", "openlbaas.cli.lab.demo", "--dir", str(folder)]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:] + ran.stderr
    proved = re.search(r"^ok (\d+) claims proved in ", ran.stdout, re.MULTILINE)
    assert proved
    assert int(proved[1]) == len(re.findall(r"^  ok ", ran.stdout, re.MULTILINE)) > 60
    assert "ACTIVE: " in ran.stdout
    assert "first answer on the VIP: " in ran.stdout
    assert not folder.exists()
    running = subprocess.run(["pgrep", "-f", str(folder)], capture_output=True, text=True, check=False)
    assert running.stdout == ""
