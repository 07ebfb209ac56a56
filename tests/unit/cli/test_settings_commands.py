"""`openlbaas config` and `openlbaas db`, as an operator runs them."""

from pathlib import Path

import pytest

from openlbaas.cli.settings_commands import main
from openlbaas.settings import load
from openlbaas.settings.options import GROUPS


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with a database, a secret and an option that nobody reads."""
    path = tmp_path / "a.conf"
    path.write_text(f"[DEFAULT]\nstate_path = {tmp_path}\ncore_plugin = ml2\n[host_protocol]\ntoken = hush\n")
    return path


def test_the_sample_has_every_option_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "sample"]) == 0
    text = capsys.readouterr().out
    sample = tmp_path / "sample.conf"
    sample.write_text(text)
    assert [o.name for options in GROUPS.values() for o in options if f"\n#{o.name} =" not in text] == []
    assert load(["--config-file", str(sample)], "x") == load([], "x")


def test_values_are_shown_with_their_sources_and_secrets_are_not(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "show", "--with-source", "--config-file", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"state_path = {file.parent}  # {file}:2" in lines
    assert f"token = ****  # {file}:5" in lines
    assert f"connection = sqlite:///{file.parent}/openlbaas.db  # default" in lines


def test_check_names_what_nobody_reads(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check", "--config-file", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == ["nobody reads DEFAULT.core_plugin", "the configuration can be used"]


def test_check_refuses_a_bad_value_in_one_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text("[DEFAULT]\nbind_port = high\n")
    assert main(["config", "check", "--config-file", str(file)]) == 1
    assert capsys.readouterr().err.startswith("openlbaas config: ")


def test_the_schema_is_made_and_then_current(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words = ["--config-file", str(file)]
    assert main(["db", "check", *words]) == 1
    assert main(["db", "upgrade", *words]) == 0
    assert main(["db", "check", *words]) == 0
    assert main(["db", "current", *words]) == 0
    told = capfd.readouterr()
    assert "run openlbaas db upgrade" in told.err
    assert told.out.splitlines()[0].startswith("none -> ")
