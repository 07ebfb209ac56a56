"""Bytes of a body to what JSON holds, for bodies that strangers send."""

from typing import Any

import msgspec

from openlbaas.dialects.fields import Unacceptable

DEEPEST = 16
"""No body of any API nests deeper than a graph of load balancers does."""


def document(body: bytes) -> Any:
    """Read a body.

    Raises: Unacceptable when it is not JSON, or nests deeper than any request does.
    """
    try:
        found = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise Unacceptable("Malformed request body: Cannot understand JSON.", "MalformedRequestBody") from None
    if _deeper(found, DEEPEST):
        raise Unacceptable("Malformed request body: Nested too deep.", "MalformedRequestBody")
    return found


def _deeper(value: Any, levels: int) -> bool:
    """Tell whether a value nests deeper than so many levels."""
    layer = [value]
    for _ in range(levels):
        nested = [one for one in layer if isinstance(one, (dict, list))]
        if not nested:
            return False
        layer = [item for one in nested for item in (one.values() if isinstance(one, dict) else one)]
    return any(isinstance(one, (dict, list)) for one in layer)


def creation(body: bytes) -> Any:
    """Read the body of a create.

    Raises: Unacceptable.
    """
    if not body:
        raise Unacceptable("Resource body required")
    return document(body)


def update(body: bytes) -> Any:
    """Read the body of an update.

    Raises: Unacceptable.
    """
    if not body:
        raise Unacceptable("Bad body request: Invalid format: .", "BadRequest")
    return document(body)


def deletion(body: bytes) -> None:
    """Refuse a delete that carries a body.

    Raises: Unacceptable.
    """
    if body:
        raise Unacceptable("Request body is not supported in DELETE.")
