"""The files of a load balancer: whole or not at all, whatever happens, and never somebody else's.

The folder is root's with the sticky bit, open to the group that HAProxy runs as: HAProxy makes its pid file and its
socket there and can touch nothing of ours.
"""

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

import msgspec

from openlbaas.drivers.haproxy_netns.names import Files
from openlbaas.drivers.haproxy_netns.seen import Record

_OPEN_TO_GROUP = 0o1775
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_LONGEST_PID = 32


def make_folder(files: Files, group: int) -> None:
    """Have the folder.

    Raises: OSError.
    """
    files.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    os.chown(files.folder, 0, group)
    files.folder.chmod(_OPEN_TO_GROUP)


def unfinished(files: Files) -> bool:
    """Tell whether a crash came between making the folder and opening it, which is the last that is done to it.

    Raises: OSError.
    """
    return files.folder.is_dir() and stat.S_IMODE(files.folder.stat().st_mode) != _OPEN_TO_GROUP


def remove_folder(files: Files) -> None:
    """Have no folder.

    Raises: OSError.
    """
    with suppress(FileNotFoundError):
        shutil.rmtree(files.folder)


def write(path: Path, content: bytes, mode: int = 0o644, group: int = -1) -> None:
    """Replace a file by another, which nobody but its readers could ever read.

    Shape:  group -1 is that of this process
    Raises: OSError.
    """
    new = path.with_name(f"{path.name}.new")
    with suppress(FileNotFoundError):
        new.unlink()
    descriptor = os.open(new, _NEW, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        os.fchown(descriptor, -1, group)
        os.fchmod(descriptor, mode)
        out.write(content)
    new.rename(path)


def read_text(path: Path) -> str | None:
    """Read a file; None when there is none."""
    try:
        return path.read_text()
    except FileNotFoundError:
        return None


def read_record(path: Path) -> Record | None:
    """Read the record; None when there is none that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def write_record(path: Path, record: Record) -> None:
    """Write the record, which has certificates in it, if sealed ones.

    Raises: OSError.
    """
    write(path, msgspec.json.encode(record), 0o600)


def read_process(path: Path) -> int | None:
    """Read a pid file; None when there is none, or nothing sensible in it."""
    word = (read_start(path, _LONGEST_PID) or b"").split(b"\n", 1)[0]
    return int(word) if word.isdigit() else None


def read_start(path: Path | str, length: int) -> bytes | None:
    """Read how a file begins, with nothing between the kernel and us, for that is done all the time; None without."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(descriptor, length)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def remove(*paths: Path) -> None:
    """Have none of these files.

    Raises: OSError.
    """
    for path in paths:
        with suppress(FileNotFoundError):
            path.unlink()
