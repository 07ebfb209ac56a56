"""The files that a configuration names, in the folders that say who has read them."""

import os
from pathlib import Path

import pytest

from openlbaas.drivers.haproxy_netns import kept

GROUP = os.getgid()


@pytest.fixture
def named(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def loaded(tmp_path: Path) -> Path:
    return tmp_path / "files.good"


def put(folder: Path, name: str, mark: str, content: str = "content\n") -> None:
    kept.put(folder / name, kept.marked(mark, content.encode()), kept.SECRET, GROUP)


def test_marks_are_read_back_and_nothing_else_is(named: Path) -> None:
    assert kept.marks(named) == {}
    put(named, "a.pem", "1")
    put(named, "b.pem", "2")
    (named / "c.pem").write_bytes(b"# half a ma")
    (named / "d.pem").write_bytes(b"\xff\n")
    (named / "e.pem").symlink_to(named / "a.pem")
    assert kept.marks(named) == {"a.pem": "1", "b.pem": "2", "c.pem": "", "d.pem": "", "e.pem": ""}


def test_only_the_group_may_read(named: Path) -> None:
    put(named, "a.pem", "1")
    assert named.stat().st_mode & 0o777 == 0o750
    assert (named / "a.pem").stat().st_mode & 0o777 == 0o640


def test_what_was_read_stays_as_it_was(named: Path, loaded: Path) -> None:
    put(named, "a.pem", "1")
    put(named, "b.pem", "1")
    kept.take(named, loaded, GROUP)
    put(named, "a.pem", "2")
    put(named, "c.pem", "2")
    assert kept.marks(loaded) == {"a.pem": "1", "b.pem": "1"}
    assert kept.marks(named) == {"a.pem": "2", "b.pem": "1", "c.pem": "2"}
    kept.take(loaded, named, GROUP)
    assert kept.marks(named) == {"a.pem": "1", "b.pem": "1"}
    assert (named / "a.pem").read_text() == "# 1\ncontent\n"


def test_a_take_that_broke_off_is_made_good(named: Path, loaded: Path) -> None:
    put(named, "a.pem", "1")
    kept.take(named, loaded, GROUP)
    put(named, "a.pem", "2")
    (loaded / "a.pem.new").hardlink_to(named / "a.pem")
    kept.take(named, loaded, GROUP)
    assert kept.marks(loaded) == {"a.pem": "2"}


def test_what_goes_goes_from_both(named: Path, loaded: Path) -> None:
    put(named, "a.pem", "1")
    kept.take(named, loaded, GROUP)
    kept.remove(named, ("a.pem", "never.pem"))
    kept.take(named, loaded, GROUP)
    assert kept.marks(loaded) == {}
    kept.remove_all(named)
    kept.remove_all(named)
    assert not named.exists()


def test_nobody_is_followed_elsewhere(named: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    named.symlink_to(elsewhere)
    put(named, "a.pem", "1")
    assert not list(elsewhere.iterdir())
    assert kept.marks(named) == {"a.pem": "1"}


@pytest.mark.root
def test_the_folder_of_somebody_else_is_not_used(named: Path) -> None:
    named.mkdir()
    (named / "trap").write_text("")
    os.chown(named, 65534, 65534)
    put(named, "a.pem", "1")
    assert named.stat().st_uid == 0
    assert kept.marks(named) == {"a.pem": "1"}


@pytest.mark.root
def test_another_group_gets_what_there_is(named: Path) -> None:
    put(named, "a.pem", "1")
    kept.let_read(named, 65534)
    assert {path.stat().st_gid for path in (named, named / "a.pem")} == {65534}
    kept.let_read(named / "never", 65534)
