"""Where an option was written."""

from pathlib import Path

import pytest
from oslo_config import cfg

from openlbaas.settings.options import DEFAULT, GROUPS
from openlbaas.settings.reading import parsed
from openlbaas.settings.sources import Written, source, written

TEXT = """\
# bind_port = 1
[DEFAULT]
bind_port = 9797

host: node7
[AGENT]
report_interval=30
report_interval = 31
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with two sections."""
    path = tmp_path / "a.conf"
    path.write_text(TEXT)
    return path


def of(conf: cfg.ConfigOpts, group: str, name: str) -> str:
    """Name the source of one option."""
    option = next(one for one in GROUPS[group] if one.name == name)
    return source(conf, group, option)


def test_assignments_have_their_line(file: Path) -> None:
    assert list(written([str(file)])) == [
        Written("DEFAULT", "bind_port", str(file), 3),
        Written("DEFAULT", "host", str(file), 5),
        Written("AGENT", "report_interval", str(file), 7),
        Written("AGENT", "report_interval", str(file), 8),
    ]


def test_sources_are_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_AGENT__WORKERS", "9")
    conf = parsed(["--config-file", str(file)], "openlbaas-test")
    assert of(conf, DEFAULT, "bind_port") == f"{file}:3"
    assert of(conf, "agent", "host") == f"{file}:5"
    assert of(conf, "agent", "report_interval") == f"{file}:8"
    assert of(conf, "agent", "workers") == "environment OS_AGENT__WORKERS"
    assert of(conf, "agent", "heal_interval") == "default"
