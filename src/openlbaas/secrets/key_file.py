"""The file whose text seals what is kept in the database."""

import logging
import os
import secrets
from pathlib import Path

_SHORTEST = 32
_LONGEST = 4096
_BYTES = 32
_OTHERS = 0o077
_LOG = logging.getLogger("openlbaas.secrets")


class KeyFileUnusable(Exception):
    """The file can't be read or made, or has too little in it; the text names it and says why."""


class KeyFile:
    """A text of one line, in a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        """Name the file; it is looked at when it is needed."""
        self.path = path

    def text(self) -> str:
        """Read the key.

        Raises: KeyFileUnusable.
        """
        try:
            with self.path.open("rb") as opened:
                mode = os.fstat(opened.fileno()).st_mode
                found = opened.read(_LONGEST).strip().decode()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise KeyFileUnusable(f"key file {self.path} can't be read: {why}") from error
        if len(found) < _SHORTEST:
            raise KeyFileUnusable(f"key file {self.path} has less than {_SHORTEST} letters")
        if mode & _OTHERS:
            _LOG.warning("key file %s may be read by others: chmod 600 it", self.path)
        return found

    def made(self) -> str:
        """Read the key, and draw one if there is no file yet; of several that draw at once, all get the same.

        Raises: KeyFileUnusable.
        """
        if not self.path.exists():
            try:
                self._draw()
            except OSError as error:
                raise KeyFileUnusable(f"key file {self.path} can't be made: {error.strerror}") from error
        return self.text()

    def _draw(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Written whole under another name first: nobody ever reads half a key.
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{secrets.token_urlsafe(_BYTES)}\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, self.path)
            except FileExistsError:
                return
        finally:
            draft.unlink()
        _LOG.warning(
            "made key file %s: without it no certificate can be used; keep a copy, and give it to every server",
            self.path,
        )
