"""What a value on the wire may look like: converters change it, checks name what is wrong with it.

A converter raises :class:`Unconvertible`; a check returns a reason without period, or None when the value is right.
Both take whatever JSON can hold.
"""

import ipaddress
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any

Check = Callable[[Any], str | None]
Convert = Callable[[Any], Any]

LARGEST = 2147483647
"""The largest integer that every database column of ours takes."""

LONGEST_S = 24 * 24 * 3600
"""The longest time that HAProxy takes, in whole days as seconds."""

_TRUE = frozenset({"1", "t", "true", "on", "y", "yes"})
_FALSE = frozenset({"0", "f", "false", "off", "n", "no"})
_OCTETS = 4
_UNSTORABLE = "\x00"


class Unconvertible(ValueError):
    """A value that a converter can't read; the text is a clause without period."""


def to_bool(value: Any) -> bool:
    """Read a boolean as generously as the original did: also "True", "off", 1.

    Raises: Unconvertible.
    """
    if isinstance(value, bool):
        return value
    if isinstance(value, (str, int)):
        word = str(value).strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
    raise Unconvertible(f"'{value}' cannot be converted to boolean")


def to_int(value: Any) -> int:
    """Read an integer as generously as the original did: also "80", 80.9 and true.

    Raises: Unconvertible.
    """
    if isinstance(value, (str, int, float)):
        try:
            return int(value)
        except (ValueError, OverflowError):
            pass
    raise Unconvertible(f"'{value}' is not an integer")


def to_list(value: Any) -> list[Any]:
    """Wrap a lone value in a list; null is the empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def none_to_empty(value: Any) -> Any:
    """Read null as the empty object."""
    return {} if value is None else value


def lowered(value: Any) -> Any:
    """Lower the case of a string; leave the rest for its check."""
    return value.lower() if isinstance(value, str) else value


def closed_up(value: Any) -> Any:
    """Take the blanks round commas away; leave the rest for its check."""
    return re.sub(" *, *", ",", value) if isinstance(value, str) else value


def address_text(value: str) -> str:
    """Spell an address the one way it is stored in."""
    return str(ipaddress.ip_address(value))


def text(longest: int) -> Check:
    """Ask for a string of at most *longest* characters that every database can hold."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str) or _UNSTORABLE in value:
            return f"'{value}' is not a valid string"
        if len(value) > longest:
            return f"'{value}' exceeds maximum length of {longest}"
        return None

    return check


def filled(longest: int) -> Check:
    """Ask for a string with something in it."""
    is_text = text(longest)

    def check(value: Any) -> str | None:
        reason = is_text(value)
        if reason is None and not value.strip():
            return f"'{value}' Blank strings are not permitted"
        return reason

    return check


def or_null(check: Check) -> Check:
    """Allow null beside what *check* allows."""
    return lambda value: None if value is None else check(value)


def is_uuid(value: Any) -> str | None:
    """Ask for a UUID, with or without dashes."""
    try:
        if isinstance(value, str) and str(uuid.UUID(value)).replace("-", "") == value.replace("-", "").lower():
            return None
    except ValueError:
        pass
    return f"'{value}' is not a valid UUID"


def is_address(value: Any) -> str | None:
    """Ask for an IP address; one with leading zeros is answered with the right spelling."""
    if isinstance(value, str) and "%" not in value:
        if _is_plain_address(value):
            return None
        octets = value.split(".")
        if len(octets) == _OCTETS and all(octet.isascii() and octet.isdigit() for octet in octets):
            plain = ".".join(octet.lstrip("0") or "0" for octet in octets)
            if _is_plain_address(plain):
                return f"'{value}' is not an accepted IP address, '{plain}' is recommended"
    return f"'{value}' is not a valid IP address"


def _is_plain_address(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def is_cidr(value: Any) -> str | None:
    """Ask for a subnet with its prefix length; bits beyond the prefix may be set."""
    if isinstance(value, str) and "%" not in value:
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            pass
        else:
            if "/" in value:
                return None
            return f"'{value}' isn't a recognized IP subnet cidr, '{network}' is recommended"
    return f"'{value}' is not a valid IP subnet"


def is_mac(value: Any) -> str | None:
    """Ask for a unicast MAC address of six pairs."""
    if isinstance(value, str) and re.fullmatch("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}", value):
        octets = bytes.fromhex(value.replace(":", ""))
        if any(octets) and not octets[0] & 1:
            return None
    return f"'{value}' is not a valid MAC address"


def within(lowest: int, highest: int) -> Check:
    """Ask for an integer between two bounds, both included."""

    def check(value: Any) -> str | None:
        if value < lowest:
            return f"'{value}' is too small - must be at least '{lowest}'"
        if value > highest:
            return f"'{value}' is too large - must be no larger than '{highest}'"
        return None

    return check


def integer_within(lowest: int, highest: int) -> Check:
    """Ask for an integer or its decimal text, not a boolean, between two bounds."""
    in_range = within(lowest, highest)

    def check(value: Any) -> str | None:
        if isinstance(value, bool):
            return f"'{value}' is not an integer:boolean"
        try:
            number = to_int(value)
        except Unconvertible as unconvertible:
            return str(unconvertible)
        if isinstance(value, float) and number != value:
            return f"'{value}' is not an integer"
        return in_range(number)

    return check


def limit_or_unlimited(value: Any) -> str | None:
    """Ask for -1 or more."""
    if value < -1:
        return f"'{value}' is not a valid value, because it cannot be less than -1"
    return storable(value)


def seconds(value: Any) -> str | None:
    """Ask for as many seconds as a host can count."""
    if value < 0:
        return f"'{value}' should be non-negative"
    return storable(value) or within(1, LONGEST_S)(value)


def storable(value: Any) -> str | None:
    """Ask for no more than the databases hold."""
    if value > LARGEST:
        return f"'{value}' is not a valid value, because it is more than {LARGEST}"
    return None


def one_of(words: type[StrEnum] | tuple[str, ...]) -> Check:
    """Ask for one of a closed set of words, in exact case."""
    allowed = frozenset(str(word) for word in words)

    def check(value: Any) -> str | None:
        if isinstance(value, str) and value in allowed:
            return None
        return f"{value} is not in valid_values"

    return check


def matching(pattern: str, longest: int) -> Check:
    """Ask for a string that *pattern* describes from its first to its last character."""
    compiled = re.compile(pattern, re.ASCII)
    is_text = text(longest)

    def check(value: Any) -> str | None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            return f"'{value}' is not a valid input"
        return is_text(value)

    return check


def _listed(keys: Iterable[str]) -> str:
    return "{" + ", ".join(repr(key) for key in sorted(keys)) + "}"


def keyed(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """Ask for an object with all of the required keys and none that is unknown."""

    def check(value: Any) -> str | None:
        if not isinstance(value, dict):
            return f"'{value}' is not a dictionary"
        if not set(required) <= set(value):
            expected, provided = _listed(required), _listed(value)
            return f"Validation of dictionary's keys failed. Expected keys: {expected} Provided keys: {provided}"
        unexpected = [key for key in value if key not in required and key not in optional]
        if unexpected:
            return f"Unexpected keys supplied: {', '.join(unexpected)}"
        rules = {**required, **optional}
        return next((reason for key in value if (reason := rules[key](value[key]))), None)

    return check
