"""Logs of a process go where its options say, in the form that they say."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from openlbaas.settings import Log, Settings, load
from openlbaas.telemetry import configure


@pytest.fixture
def settings() -> Iterator[Settings]:
    """Defaults; what logging was before is put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield load([], "openlbaas-test")
    root.handlers[:], root.level = handlers, level
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def logged(settings: Settings, file: Path, *, form: str, debug: bool = False) -> list[str]:
    """Configure, log by both roads, and read what was written."""
    configure("openlbaas-test", replace(settings, log=Log(debug, form, str(file))))
    structlog.contextvars.bind_contextvars(request_id="req-1")
    structlog.get_logger("ours").info("made", load_balancer="lb1")
    logging.getLogger("theirs").info("heard %d", 2)
    logging.getLogger("theirs").debug("whispered")
    return file.read_text().splitlines()


def test_json_is_one_object_a_line_with_what_is_bound(settings: Settings, tmp_path: Path) -> None:
    made, heard = (json.loads(line) for line in logged(settings, tmp_path / "log", form="json"))
    assert made.items() >= {
        "event": "made", "load_balancer": "lb1", "request_id": "req-1", "program": "openlbaas-test", "level": "info",
    }.items()  # fmt: skip
    assert heard.items() >= {"event": "heard 2", "logger": "theirs"}.items()


def test_the_console_form_is_for_people(settings: Settings, tmp_path: Path) -> None:
    made, heard = logged(settings, tmp_path / "log", form="console")
    assert "made" in made
    assert "load_balancer=lb1" in made
    assert "heard 2" in heard


def test_debug_logs_everything(settings: Settings, tmp_path: Path) -> None:
    assert "whispered" in logged(settings, tmp_path / "log", form="json", debug=True)[-1]


def test_options_that_nobody_reads_are_one_line(settings: Settings, tmp_path: Path) -> None:
    first, *_ = logged(replace(settings, unread=("a.b", "c.d")), tmp_path / "log", form="console")
    assert "not used here: a.b, c.d" in first


def test_a_log_file_that_cannot_be_written_is_one_line(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        logged(settings, tmp_path / "missing" / "log", form="json")
    assert capsys.readouterr().err.count("\n") == 1
