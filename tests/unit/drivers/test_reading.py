"""What was read is read again when it is something else, and only then."""

import os
import select
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from openlbaas.drivers.haproxy_netns.kept import marks
from openlbaas.drivers.haproxy_netns.reading import Reading, stamps
from openlbaas.drivers.haproxy_netns.records import read_text

LONGEST_S = 10.0


class Reader:
    """A reading, and how often it read."""

    def __init__(self) -> None:
        self.reading = Reading()
        self.times = 0

    def text(self, path: Path) -> str | None:
        return self.reading.of(path, self._counted)

    def settled(self, path: Path) -> None:
        """Read until nothing is read any more."""
        deadline = time.monotonic() + LONGEST_S
        before = -1
        while before != self.times:
            assert time.monotonic() < deadline
            before = self.times
            select.select([], [], [], 0.01)
            self.text(path)

    def _counted(self, path: Path) -> str | None:
        self.times += 1
        return read_text(path)


def test_a_file_that_nobody_touches_is_read_until_it_is_old_enough_and_then_no_more(tmp_path: Path) -> None:
    file, reader = tmp_path / "file", Reader()
    file.write_text("one")
    assert reader.text(file) == "one"
    reader.settled(file)
    times = reader.times
    assert reader.text(file) == "one"
    assert reader.times == times


def overwrite(file: Path) -> None:
    """Change it in place, and give it the time back that it had."""
    before = file.stat()
    with file.open("r+") as opened:
        opened.write("two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(file: Path) -> None:
    other = file.with_name("other")
    other.write_text("two")
    other.rename(file)


CHANGES: dict[str, Callable[[Path], None]] = {"overwritten": overwrite, "replaced": replace}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_is_another_one_is_read_at_once(change: str, tmp_path: Path) -> None:
    file, reader = tmp_path / "file", Reader()
    file.write_text("one")
    reader.settled(file)
    CHANGES[change](file)
    assert reader.text(file) == "two"


def test_two_changes_in_one_instant_are_both_seen(tmp_path: Path) -> None:
    file, reader = tmp_path / "file", Reader()
    for number in range(200):
        file.write_text(f"{number:03}")
        assert reader.text(file) == f"{number:03}"


def test_a_file_that_goes_and_comes_is_seen_to(tmp_path: Path) -> None:
    file, reader = tmp_path / "file", Reader()
    assert reader.text(file) is None
    file.write_text("one")
    reader.settled(file)
    file.unlink()
    assert reader.text(file) is None
    file.write_text("two")
    assert reader.text(file) == "two"


def test_a_folder_is_another_one_when_a_file_in_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    assert stamps(folder) == stamps(folder)
    (folder / "a").write_text("# 1\n")
    one = stamps(folder)
    (folder / "a").rename(folder / "b")
    assert stamps(folder) != one
    settled, reading = time.monotonic() + LONGEST_S, Reading()
    while reading.of(folder, marks) is not reading.of(folder, marks):
        assert time.monotonic() < settled
        select.select([], [], [], 0.01)
    overwrite_mark(folder / "b")
    assert reading.of(folder, marks) == {"b": "2"}


def overwrite_mark(file: Path) -> None:
    with file.open("r+") as opened:
        opened.write("# 2\n")
