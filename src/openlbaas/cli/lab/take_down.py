"""Take a lab down: everything is found by the folder's name alone, so a crash at any moment leaves nothing for ever."""

from __future__ import annotations

import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from openlbaas.cli.lab import parts, wiring
from openlbaas.cli.lab.processes import end, ours

if TYPE_CHECKING:
    from openlbaas.cli.lab.names import Names

_FILES = ("lab.json", "openrc", "state.json", "openlbaas.conf", "tokens.json", "certificates.key", "lock")
_PATTERNS = ("openlbaas.db*", "host*.conf", ".*.new")


def take_down(lab: Names, *, keep_logs: bool = False) -> bool:
    """End every process of a lab and remove what it made; tell whether there was anything.

    Order: processes first, or an agent would make again what is being removed, and before all others the database,
           which knows best what it leaves behind; the state file last
    Raises: LabError
    """
    spaces = wiring.namespaces(lab)
    found = bool(spaces) or lab.state.exists() or bool(ours(lab))
    parts.stop_database(lab)
    end(lab, lambda: ours(lab))
    wiring.remove_namespaces(spaces)
    _remove_files(lab, keep_logs=keep_logs)
    return found


def _remove_files(lab: Names, *, keep_logs: bool) -> None:
    """Remove what a lab wrote, and its folder if nothing of anybody else's is in it."""
    folder = lab.folder
    shutil.rmtree(lab.hosts_folder, ignore_errors=True)
    with suppress(OSError):
        # The last lab takes away what all of them share.
        lab.hosts_folder.parent.rmdir()
    if not folder.is_dir():
        return
    for pattern in _PATTERNS:
        for path in folder.glob(pattern):
            path.unlink()
    for path in folder.glob("host[0-9]*"):
        if path.is_symlink():
            path.unlink()
    for path in (folder / "run", *(() if keep_logs else (folder / "log",))):
        shutil.rmtree(path, ignore_errors=True)
    for name in _FILES:
        (folder / name).unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()
