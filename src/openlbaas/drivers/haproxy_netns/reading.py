"""The files of a load balancer, read again only when they are others than were read last."""

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Content = TypeVar("Content")
Stamp = tuple[int, ...]

_SETTLED_NS = 100_000_000
"""How old a change must be before its stamp tells it from the next: two within a tick of the kernel have the same."""


class Reading:
    """What was read of one load balancer, by whichever thread."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[Path, tuple[tuple[Stamp, ...], Any]] = {}

    def of(self, path: Path, read: Callable[[Path], Content]) -> Content:
        """Read a file, or all that is in a folder."""
        now = stamps(path)
        known = self._known.get(path)
        if known is not None and known[0] == now:
            content: Content = known[1]
            return content
        content = read(path)
        # What was read may be newer than its stamp, never older: it would be read once more, not once too little.
        if _settled(now):
            self._known[path] = (now, content)
        else:
            self._known.pop(path, None)
        return content


def stamps(path: Path) -> tuple[Stamp, ...]:
    """Say of which make a file is, or a folder and each file in it: the same numbers mean the same content.

    Shape: empty where nothing is there. The kernel notes when a file was changed, and lets nobody else do so.
    """
    try:
        found = os.stat(path)  # noqa: PTH116 - a thousand times
        if not stat.S_ISDIR(found.st_mode):
            return (_stamp(found),)
        files = sorted(os.listdir(path))  # noqa: PTH208 - names are cheaper than paths
        return (_stamp(found), *(_stamp(os.lstat(f"{path}/{name}")) for name in files))
    except OSError:
        return ()


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_ctime_ns


def _settled(found: tuple[Stamp, ...]) -> bool:
    """Tell whether no change is left that would not show: not where nothing is, nor where the last was just now."""
    return bool(found) and max(stamp[-1] for stamp in found) < time.time_ns() - _SETTLED_NS
