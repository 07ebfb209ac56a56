"""Files that are named on the command line and sent as an attribute.

Raises:  argparse.ArgumentTypeError names the file, never what is in it
"""

from __future__ import annotations

from argparse import ArgumentTypeError


def text(path: str) -> str:
    """The text of a file, without the end of its last line."""
    try:
        return _read(path).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        message = f"{path} is not text"
        raise ArgumentTypeError(message) from None


def encoded(path: str) -> str:
    """The bytes of a file, in base64."""
    from base64 import b64encode

    return b64encode(_read(path)).decode()


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - pathlib would be imported for this alone
            return file.read()
    except OSError as problem:
        message = f"{path} can't be read: {problem.strerror}"
        raise ArgumentTypeError(message) from None
