"""Words behind options become values.

Raises:  argparse.ArgumentTypeError, which argparse tells as a mistake in the usage
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def meaning(text: str) -> Any:
    """What a text of JSON means."""
    from json import loads

    try:
        return loads(text)
    except ValueError:
        message = f"'{text}' is not JSON"
        raise argparse.ArgumentTypeError(message) from None


def pairs_reader(keys: tuple[str, ...]) -> Callable[[str], dict[str, str]]:
    """A reader of key=value,key=value with these keys."""

    def read(text: str) -> dict[str, str]:
        pairs: dict[str, str] = {}
        for piece in text.split(","):
            key, equals, value = piece.partition("=")
            if not equals or not key:
                message = f"'{piece}' is not written as key=value"
                raise argparse.ArgumentTypeError(message)
            # The neutron client took "type=dict" in front as a hint about the value, and people still write it.
            if (key, value) == ("type", "dict"):
                continue
            if key not in keys:
                message = f"'{key}' is not one of {', '.join(keys)}"
                raise argparse.ArgumentTypeError(message)
            pairs[key] = value
        return pairs

    return read
