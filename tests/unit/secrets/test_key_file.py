"""The key file: drawn once, for one pair of eyes, and never twice."""

import logging
import threading
from pathlib import Path

import pytest

from openlbaas.secrets.key_file import KeyFile, KeyFileUnusable


def test_a_key_is_drawn_once(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "new" / "folder" / "certificates.key")
    key = file.made()
    assert len(key) >= 32
    assert file.made() == file.text() == key
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.path.parent.iterdir()] == ["certificates.key"]
    assert KeyFile(tmp_path / "other").made() != key


def test_all_who_draw_at_once_get_the_same(tmp_path: Path) -> None:
    start, found = threading.Barrier(8), []

    def draw() -> None:
        file = KeyFile(tmp_path / "certificates.key")
        start.wait()
        found.append(file.made())

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("content", [b"", b"too short\n", b"\xff" * 64])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "certificates.key"
    path.write_bytes(content)
    with pytest.raises(KeyFileUnusable, match=str(path)):
        KeyFile(path).made()


def test_a_file_that_is_not_there_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(KeyFileUnusable, match="No such file"):
        KeyFile(tmp_path / "none").text()
    assert not list(tmp_path.iterdir())


def test_a_place_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KeyFileUnusable, match=r"can.t be made: (Not a directory|File exists)"):
        KeyFile(tmp_path / "file" / "certificates.key").made()


def test_a_key_that_others_may_read_is_spoken_of(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "certificates.key"
    path.write_text("x" * 40)
    path.chmod(0o644)
    with caplog.at_level(logging.WARNING):
        assert KeyFile(path).text() == "x" * 40
    assert "chmod 600" in caplog.text
    assert "xxxx" not in caplog.text
