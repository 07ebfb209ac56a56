"""The program around the commands: options before them, help, version, mistakes, verbs of other rooms."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from openlbaas import __version__
from openlbaas.cli import dispatch, reference
from openlbaas.cli.find_command import find_command
from openlbaas.cli.global_options import BadOption, split_global_options
from openlbaas.cli.grammar.commands import commands
from openlbaas.cli.parsing import parser
from openlbaas.cli.session import SetupError, session

from .conftest import Replay, typed

ROOT = Path(__file__).parents[3]


def test_global_options_before_the_command() -> None:
    """All ways to write them; what stands behind the command is the command's own."""
    words = ["--os-url", "u", "--os-tok=t", "-v", "net-list", "--os-token", "x", "--wait", "--wait-timeout", "3"]
    options, rest = split_global_options(words)
    assert options == {"os-url": "u", "os-token": "t", "debug": "yes", "wait": "yes", "wait-timeout": "3"}
    assert rest == ["net-list", "--os-token", "x"]


@pytest.mark.parametrize("words", [["--os-url"], ["--nonsense"], ["--debug=1"], ["--os-"], ["-x"]])
def test_bad_global_options(words: list[str]) -> None:
    """Not known, ambiguous, without the value."""
    with pytest.raises(BadOption):
        split_global_options(words)


@pytest.mark.parametrize(
    ("environment", "token", "url"),
    [
        ({"OS_ENDPOINT": "http://h:1", "OS_TOKEN": "t"}, "t", "http://h:1"),
        ({"OS_URL": "http://h/v2.0/", "OS_AUTH_TYPE": "token_endpoint", "OS_TOKEN": "t"}, "t", "http://h:80"),
        ({"OS_ENDPOINT": "h:9", "OS_AUTH_TYPE": "None", "OS_TOKEN": "t"}, "", "http://h:9"),
        ({"OS_ENDPOINT": "https://[::1]/net", "OS_AUTH_TYPE": "admin_token"}, "", "https://[::1]:443/net"),
    ],
)
def test_session(environment: dict[str, str], token: str, url: str) -> None:
    """From the environment of the stock clients."""
    made = session({}, environment)
    assert (made.token, made.server.url) == (token, url)


def test_options_win_over_the_environment() -> None:
    """Whichever of the two names the endpoint has."""
    environment = {"OS_ENDPOINT": "http://a:1", "OS_TOKEN": "a", "OS_AUTH_TYPE": "none"}
    made = session({"os-url": "http://b:2", "os-token": "b", "os-project-id": "p"}, environment)
    assert (made.server.url, made.token, made.project_id) == ("http://b:2", "b", "p")


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "openlbaas lab up"),
        ({"OS_AUTH_URL": "http://k"}, "Keystone"),
        ({"OS_AUTH_TYPE": "v3password", "OS_ENDPOINT": "http://h"}, "OS_AUTH_TYPE=v3password"),
        ({"OS_ENDPOINT": "ftp://h"}, "not the address of a server"),
    ],
)
def test_no_session(environment: dict[str, str], said: str) -> None:
    """What is missing, and what to do."""
    with pytest.raises(SetupError, match=said):
        session({}, environment)


def test_connection_refused_names_the_endpoint() -> None:
    """Port 1 of the loopback has nobody."""
    outcome = typed("lbaas-loadbalancer-list", "http://127.0.0.1:1")
    assert outcome.code == 1
    assert outcome.err.startswith("No answer from http://127.0.0.1:1: connection refused\n")
    assert "openlbaas lab up" in outcome.err


def test_project_and_token_are_sent(replay: Replay) -> None:
    """As headers."""
    replay.answer("GET", "/v2.0/networks", {"networks": []})
    typed("--os-project-id p --os-token t net-list", replay.url)
    assert (replay.headers[0]["X-Project-Id"], replay.headers[0]["X-Auth-Token"]) == ("p", "t")


def test_debug_shows_the_traffic(replay: Replay) -> None:
    """On standard error, without the token."""
    replay.answer("GET", "/v2.0/networks", {"networks": []})
    err = typed("--debug --os-token secret net-list", replay.url).err
    assert err == f'> GET {replay.url}/v2.0/networks\n< 200 req-test {{"networks": []}}\n'


@pytest.mark.parametrize(
    ("line", "name", "rest"),
    [
        ("loadbalancer status show x", "loadbalancer status show", ["x"]),
        ("loadbalancer status x", "loadbalancer status", ["x"]),
        ("lbaas-loadbalancer-li", None, []),
        ("lbaas-healthm-x", None, []),
        ("lbaas-healthmonitor-l -f json", "lbaas-healthmonitor-list", ["-f", "json"]),
        ("load listen l", "loadbalancer listener list", []),
        ("net-sh x", "net-show", ["x"]),
    ],
)
def test_find_command(line: str, name: str | None, rest: list[str]) -> None:
    """Whole names first, the longest of them; then beginnings, when only one fits."""
    found = find_command(line.split())
    assert (found and found[0].name, found[1] if found else []) == (name, rest)


def test_unknown_command() -> None:
    """With what may have been meant."""
    outcome = typed("lbaas-loadbalancer-cretae x", "")
    assert outcome.code == 2
    assert "  lbaas-loadbalancer-create\n" in outcome.err


def test_help_of_everything() -> None:
    """Every command can say how it is used, alone and in the overview."""
    overview = typed("help", "").out
    for name, command in commands().items():
        assert f"  {name} " in overview
        assert f"usage: openlbaas {name}" in parser(command).format_help().replace("\n", " ")
    assert typed("help net-create", "").out == parser(commands()["net-create"]).format_help()
    assert "lbaas-member-create" in typed("help lbaas-member", "").out
    assert typed("help nonsense", "").code == 2


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["dev", "--x"], ["--x"]), (["config", "show"], ["config", "show"]), (["lab"], [])],
)
def test_verbs_of_other_rooms(words: list[str], expected: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """They get their words untouched, and their module is imported only then."""
    seen: list[list[str]] = []

    class Room:
        @staticmethod
        def main(argv: list[str]) -> int:
            seen.append(argv)
            return 7

    monkeypatch.setattr(dispatch, "import_module", lambda _name: Room)
    assert dispatch.run(words) == 7
    assert seen == [expected]


def test_reference_is_up_to_date() -> None:
    """docs/reference/cli.md says what the program does: `python -m openlbaas.cli.reference > docs/reference/cli.md`."""
    assert (ROOT / "docs" / "reference" / "cli.md").read_text() == reference.reference()


def _program(*words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """The program as a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    return subprocess.run(
        [sys.executable, "-m", "openlbaas.cli.main", *words],
        input=stdin,
        env=kept | environment,
        text=True,
        capture_output=True,
        check=False,
        timeout=30,
    )


def test_as_a_process(replay: Replay) -> None:
    """Version, a mistake, and a whole command."""
    assert _program("--version").stdout == f"openlbaas {__version__}\n"
    assert _program("--nonsense").returncode == 2
    replay.answer("GET", "/v2.0/lbaas/pools", {"pools": []})
    done = _program("lbaas-pool-list", OS_ENDPOINT=replay.url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")


def test_one_command_imports_little(replay: Replay) -> None:
    """The price of a call is what it imports; none of these belongs into it."""
    replay.answer("GET", "/v2.0/lbaas/loadbalancers", {"loadbalancers": [{"id": "1", "name": "x"}]})
    code = (
        "import sys; from openlbaas.cli.main import main; code = main(['lbaas-loadbalancer-list']);"
        "heavy = {'cmd2', 'stevedore', 'msgspec', 'prettytable', 'wcwidth', 'logging', 'dataclasses', 'shutil'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"OS_ENDPOINT": replay.url},
        text=True,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "[]\n")


def test_piped_lines_run_in_the_shell(replay: Replay) -> None:
    """Without a prompt; all lines are run, the first failure is the exit code, comments and blanks are skipped."""
    replay.answer("GET", "/v2.0/lbaas/pools", {"pools": [{"id": "1"}]})
    lines = "# a comment\n\nlbaas-pool-list -f value\nnonsense\nlbaas-pool-list -f value\nquit\nnever-reached\n"
    done = _program(stdin=lines, OS_ENDPOINT=replay.url)
    assert (done.returncode, done.stdout) == (2, "1\n1\n")
    assert "never-reached" not in done.stderr
    assert len({headers["Host"] for headers in replay.headers}) == 1
