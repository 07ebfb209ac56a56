"""The files that a configuration names: those that the next process reads, and those that the serving one has read.

They lie in two folders, which are root's and open to the group that HAProxy runs as. A file that was read is one and
the same in both, by a second name; a new one takes its place in the first folder only, so the last good content is
there until a process has taken the new one. Each begins with a line of its mark (:class:`openlbaas.haproxy.rendered`).
"""

import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from openlbaas.drivers.haproxy_netns import records

_LONGEST_MARK = 256
_COMMENT = "# "
_FOLDER = 0o750
READABLE, SECRET = 0o644, 0o640


def marks(folder: Path) -> dict[str, str]:
    """Name the content of each file; of one that ends too early for a mark, the empty string."""
    found = {}
    with suppress(FileNotFoundError, NotADirectoryError):
        for entry in os.scandir(folder):
            found[entry.name] = _mark(entry.path)
    return found


def _mark(path: str) -> str:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            line, end, _ = os.read(descriptor, _LONGEST_MARK).partition(b"\n")
        finally:
            os.close(descriptor)
        if end and line.startswith(_COMMENT.encode()):
            return line.removeprefix(_COMMENT.encode()).decode(errors="replace")
    return ""


def marked(mark: str, content: bytes) -> bytes:
    """Write a file's mark before its content."""
    return f"{_COMMENT}{mark}\n".encode() + content


def put(path: Path, content: bytes, mode: int, group: int) -> None:
    """Put a file in place.

    Raises: OSError.
    """
    _have(path.parent, group)
    records.write(path, content, mode, group)


def take(read: Path, to: Path, group: int) -> None:
    """Let the files of one folder be those of another, too.

    Raises: OSError.
    """
    names = _names(read)
    if names:
        _have(to, group)
    for name in names:
        if not _same(read / name, to / name):
            new = to / f"{name}.new"
            records.remove(new)
            new.hardlink_to(read / name)
            new.rename(to / name)
    remove(to, _names(to) - names)


def let_read(folder: Path, group: int) -> None:
    """Let a group read what there is, should it have been another's.

    Raises: OSError.
    """
    for path in (folder, *(folder / name for name in _names(folder))):
        with suppress(FileNotFoundError):
            if path.lstat().st_gid != group:
                os.chown(path, -1, group, follow_symlinks=False)


def remove(folder: Path, names: Iterable[str]) -> None:
    """Have none of these files.

    Raises: OSError.
    """
    records.remove(*(folder / name for name in names))


def remove_all(folder: Path) -> None:
    """Have no such folder.

    Raises: OSError.
    """
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _have(folder: Path, group: int) -> None:
    """Have a folder of our own, open to a group; whatever else is there of its name is put away."""
    with suppress(FileNotFoundError):
        there = folder.lstat()
        if not stat.S_ISDIR(there.st_mode):
            folder.unlink()
        elif there.st_uid != os.geteuid():
            shutil.rmtree(folder)
        elif stat.S_IMODE(there.st_mode) == _FOLDER and there.st_gid == group:
            return
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    os.chown(folder, -1, group, follow_symlinks=False)
    folder.chmod(_FOLDER)


def _names(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))  # noqa: PTH208 - names are wanted
    except FileNotFoundError:
        return set()


def _same(one: Path, other: Path) -> bool:
    try:
        return one.lstat().st_ino == other.lstat().st_ino
    except FileNotFoundError:
        return False
