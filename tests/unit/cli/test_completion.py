"""Completion scripts: run by the shells themselves, without the program."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from openlbaas.cli.completion import script

from .conftest import typed

ASKED = {
    ("lbaas-loadbalancer-sta",): {"lbaas-loadbalancer-stats", "lbaas-loadbalancer-status"},
    ("loadbalancer", "listener", "cr"): {"create"},
    ("lbaas-listener-create", "--protocol-"): {"--protocol-port"},
    ("loadbalancer", "listener", "create", "x", "--proto"): {"--protocol", "--protocol-port"},
    ("--os-endpoint", "http://x", "net-li"): {"net-list"},
    ("lbaas-pool-create", "--lb-algorithm", "R"): {"ROUND_ROBIN"},
    ("lab", "st"): {"status"},
    ("--os-to",): {"--os-token"},
    ("help", "quota-sh"): {"quota-show"},
}


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash on this machine")
def test_bash() -> None:
    """Every question is answered by the script alone."""
    lines = [script("bash")]
    for words in ASKED:
        listed = " ".join(f"'{word}'" for word in ("openlbaas", *words))
        lines.append(f"COMP_WORDS=({listed}); COMP_CWORD={len(words)}; _openlbaas; echo ${{COMPREPLY[*]}}")
    done = subprocess.run(
        [shutil.which("bash") or "bash", "--norc"],
        input="\n".join(lines),
        text=True,
        capture_output=True,
        check=True,
        env={"PATH": ""},
        timeout=30,
    )
    assert [set(line.split()) for line in done.stdout.splitlines()] == list(ASKED.values())
    assert done.stderr == ""


def test_zsh_runs_the_same_through_its_bridge() -> None:
    """Zsh reads bash's completion once told to."""
    assert script("zsh").startswith("#compdef openlbaas\nautoload -U +X bashcompinit && bashcompinit\n")
    assert script("zsh").endswith(script("bash"))


@pytest.mark.parametrize("line", ["complete", "complete fish"])
def test_other_shells(line: str) -> None:
    """Refused with what there is."""
    outcome = typed(line, "")
    assert (outcome.code, outcome.err) == (2, "usage: openlbaas complete {bash,zsh}\n")
