"""Whether HAProxy can work where its files will be: seen at the start, not at the first load balancer."""

import stat
from pathlib import Path

from openlbaas.drivers.haproxy_netns.names import files
from openlbaas.drivers.haproxy_netns.processes import Identity

LONGEST_SOCKET = 97
"""Bytes that HAProxy allows for the path of its statistics socket.

Source: HAProxy 2.6, "stats socket": 108 bytes of a Unix address, less what it appends while it takes over.
"""

_AN_ID = "0" * 36


def check(state_path: str, who: Identity) -> None:
    """Demand a state path that is short enough and that HAProxy's user can reach.

    Raises: ValueError, saying what a person must change.
    """
    socket = str(files(state_path, _AN_ID).socket)
    if len(socket.encode()) > LONGEST_SOCKET:
        room = LONGEST_SOCKET - (len(socket.encode()) - len(state_path.encode()))
        raise ValueError(f"state_path {state_path} is too long for a socket below it: it may have {room} bytes")
    for folder in reversed([Path(state_path), *Path(state_path).parents]):
        if folder.exists() and not _reachable(folder, who):
            raise ValueError(
                f"HAProxy's user can't reach state_path {state_path}: {folder} lets nobody else in; choose another "
                f"state_path, or let others pass with `chmod o+x {folder}`"
            )


def _reachable(folder: Path, who: Identity) -> bool:
    found = folder.stat()
    if found.st_uid == who.user:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == who.group:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
