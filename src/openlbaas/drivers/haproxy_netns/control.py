"""Asking a running HAProxy over its stats socket."""

import os
import socket
from pathlib import Path

_LONGEST_S = 2.0
_PIECE = 1 << 16


def ask(path: Path, command: str) -> str:
    """Ask, and wait for the whole answer.

    Raises: OSError when nobody answers in time.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as talk:
        talk.settimeout(_LONGEST_S)
        connect(talk, path)
        talk.sendall(command.encode() + b"\n")
        talk.shutdown(socket.SHUT_WR)
        pieces = []
        while piece := talk.recv(_PIECE):
            pieces.append(piece)
    return b"".join(pieces).decode(errors="replace")


def connect(talk: socket.socket, path: Path) -> None:
    """Connect by way of the folder: the name of a socket may have 107 letters only, that of a folder many more.

    Raises: OSError.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        talk.connect(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
