"""Asking a running HAProxy over its stats socket."""

import os
import socket
import struct
from pathlib import Path

LONGEST_S = 2.0
_LONGEST_NAME = 107
_PIECE = 1 << 16
_MICROSECONDS = 1_000_000


def ask(path: Path, command: str, longest_s: float = LONGEST_S) -> str:
    """Ask, and wait for the whole answer.

    Raises: OSError when nobody answers in time.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as talk:
        # The kernel keeps the time: were it Python, each call would be two.
        longest = struct.pack("ll", *divmod(int(longest_s * _MICROSECONDS), _MICROSECONDS))
        for way in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            talk.setsockopt(socket.SOL_SOCKET, way, longest)
        connect(talk, path)
        talk.sendall(command.encode() + b"\n")
        talk.shutdown(socket.SHUT_WR)
        pieces = []
        while piece := talk.recv(_PIECE):
            pieces.append(piece)
    return b"".join(pieces).decode(errors="replace")


def connect(talk: socket.socket, path: Path) -> None:
    """Connect, by way of the folder if need be: the name of a socket may have 107 letters only, that of a folder more.

    Raises: OSError.
    """
    if len(os.fsencode(path)) <= _LONGEST_NAME:
        talk.connect(str(path))
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        talk.connect(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
