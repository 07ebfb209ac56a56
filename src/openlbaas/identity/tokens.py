"""Tokens that an administrator wrote into a file, by their SHA-256.

The file is JSON: ``{"tokens": [{"sha256": "…", "project_id": "…", "user": "…", "roles": ["admin", "member"]}]}``.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from openlbaas.domain.caller import Caller


class TokensUnreadable(ValueError):
    """The file of tokens is missing or is not what it must be; the text names the file and says why."""


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sha256: str
    project_id: str
    user: str = ""
    roles: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True):
    tokens: tuple[_Entry, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read, and the stamp of the file it was read from."""

    stamp: tuple[int, int, int]
    callers: tuple[tuple[bytes, Caller], ...]


class Tokens:
    """Knows callers by ``X-Auth-Token``; reads its file again whenever it has changed."""

    def __init__(self, path: Path) -> None:
        """Read the file once, so that a wrong one is found when the server starts.

        Raises: TokensUnreadable.
        """
        self.path = path
        self._known = self._read()

    def __call__(self, headers: Mapping[str, str]) -> Caller | None:
        """Name the caller; see :class:`openlbaas.identity.interface.Identify`.

        Order: every token of the file is compared, in constant time each, so that time tells nothing.
        """
        token = headers.get("x-auth-token")
        if not token:
            return None
        sent = hashlib.sha256(token.encode()).digest()
        found = None
        for digest, caller in self._current().callers:
            if hmac.compare_digest(digest, sent):
                found = caller
        return found

    def _current(self) -> _Known:
        """Keep what is known while a new file can't be read: half a file must lock nobody out."""
        try:
            if _stamp(self.path) != self._known.stamp:
                self._known = self._read()
        except (OSError, TokensUnreadable):
            pass
        return self._known

    def _read(self) -> _Known:
        try:
            stamp = _stamp(self.path)
            entries = msgspec.json.decode(self.path.read_bytes(), type=_File).tokens
            callers = tuple((bytes.fromhex(entry.sha256), _caller(entry)) for entry in entries)
        except (OSError, msgspec.MsgspecError, ValueError) as error:
            raise TokensUnreadable(f"{self.path}: {error}") from error
        return _Known(stamp, callers)


def _stamp(path: Path) -> tuple[int, int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _caller(entry: _Entry) -> Caller:
    return Caller(entry.project_id, entry.user, frozenset(role.lower() for role in entry.roles))
