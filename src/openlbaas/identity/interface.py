"""Finding out who is calling: the plug point that every way of telling is behind."""

from collections.abc import Mapping
from typing import Protocol

from openlbaas.domain.caller import Caller


class Identify(Protocol):
    """Tells who sent a request."""

    def __call__(self, headers: Mapping[str, str]) -> Caller | None:
        """Name the caller, or None when the headers do not prove one.

        Shape: header names are lower case.
        """
