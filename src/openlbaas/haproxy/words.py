"""Words that may stand in a HAProxy configuration: whatever is not one of them is refused, never repaired.

Every value from outside passes through here, so nobody can add a line, a word or a variable to a configuration.
"""

import ipaddress
import re

from openlbaas.domain.errors import ConfigRejected
from openlbaas.domain.vocabulary import HttpMethod, Protocol

_MODES = {
    Protocol.HTTP: "http",
    Protocol.TERMINATED_HTTPS: "http",
    Protocol.HTTPS: "tcp",
    Protocol.TCP: "tcp",
}
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,255}")
_BARE = re.compile(r"[A-Za-z0-9._-]+")
_PATH = re.compile(r"/[\x21-\x7e]{0,2047}")
_PATTERN = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]{0,1024}")
_PRINTABLE = re.compile(r"[\t\x20-\x7e]+")
_LOCATION = re.compile(r"[\x21-\x7e]{1,1024}")
_PLAIN = re.compile(r"[A-Za-z0-9/._~:?&=%@+,;!*()\[\]|^{}<>-]+")
_CODE = re.compile(r"[1-5][0-9]{2}")
_LARGEST_WEIGHT = 256
_LARGEST_PORT = 65535
_LARGEST_DELAY_S = 24 * 24 * 3600


def name(value: str) -> str:
    """Let an identifier through.

    Raises: ConfigRejected.
    """
    return _matching(_NAME, value, "identifier")


def of(fetch: str, key: str | None, what: str) -> str:
    """Write what HAProxy is to fetch by the name of a header or a cookie.

    Raises: ConfigRejected.
    Source: RFC 7230, "token"; HAProxy 2.6 configuration manual, 2.2: arguments may be in quotes of their own, within
            those of the word.
    """
    token = _matching(_TOKEN, key or "", what)
    return f"{fetch}({token})" if _BARE.fullmatch(token) else quoted(f'{fetch}("{token}")')


def pattern(value: str) -> str:
    """Let a value through that is to stand in a file.

    Raises: ConfigRejected: what ends a line or a word of C can't stand there.
    """
    return _matching(_PATTERN, value, "value of a rule")


def printable(value: str) -> str:
    """Let text through, with blanks, as one word.

    Raises: ConfigRejected.
    """
    return quoted(_matching(_PRINTABLE, value, "value of a rule"))


def location(value: str | None) -> str:
    """Let a URL through where HAProxy would look for variables in it.

    Raises: ConfigRejected.
    """
    return quoted(_matching(_LOCATION, value or "", "URL").replace("%", "%%"))


def file_path(value: str) -> str:
    """Let the path of one of our own files through.

    Raises: ConfigRejected.
    """
    return quoted(_matching(_PATH, value, "file path"))


def url_path(value: str) -> str:
    """Let the path of an HTTP check through, quoted where it must be.

    Raises: ConfigRejected.
    """
    return quoted(_matching(_PATH, value, "URL path"))


def quoted(value: str) -> str:
    """Write printable text so that HAProxy reads exactly it.

    Source: HAProxy 2.6 configuration manual, 2.2 "Quoting and escaping": nothing is special within single quotes.
    """
    if _PLAIN.fullmatch(value):
        return value
    return "'" + value.replace("'", "'\\''") + "'"


def address(value: str) -> str:
    """Let an IP address through, an IPv6 address in brackets.

    Raises: ConfigRejected.
    """
    try:
        read = ipaddress.ip_address(value)
    except ValueError:
        read = None
    if read is None or getattr(read, "scope_id", None) is not None:
        raise ConfigRejected(f"{value[:64]!r} can't be used as IP address")
    return f"[{read}]" if read.version == 6 else str(read)  # noqa: PLR2004 - the IP version


def number(value: int, lowest: int, highest: int, what: str) -> int:
    """Let a number through.

    Raises: ConfigRejected.
    """
    if not lowest <= value <= highest:
        raise ConfigRejected(f"{value} can't be used as {what}: it lies outside {lowest} to {highest}")
    return value


def port(value: int) -> int:
    """Let a port through.

    Raises: ConfigRejected.
    """
    return number(value, 1, _LARGEST_PORT, "port")


def weight(value: int) -> int:
    """Let a member's weight through.

    Raises: ConfigRejected.
    """
    return number(value, 0, _LARGEST_WEIGHT, "weight")


def seconds(value: int, what: str) -> int:
    """Let a number of seconds through.

    Raises: ConfigRejected: HAProxy takes no zero, and nothing beyond 24 days.
    """
    return number(value, 1, _LARGEST_DELAY_S, what)


def method(value: str) -> str:
    """Let a request method through.

    Raises: ConfigRejected.
    """
    try:
        return HttpMethod(value).value
    except ValueError:
        raise ConfigRejected(f"{value[:64]!r} can't be used as request method") from None


def mode(protocol: str) -> str:
    """Name the mode in which a protocol is served.

    Raises: ConfigRejected.
    """
    try:
        return _MODES[Protocol(protocol)]
    except (KeyError, ValueError):
        raise ConfigRejected(f"the protocol {protocol[:64]!r} is not built") from None


def expected_status(codes: str) -> str:
    """Write which answers are good, as the words after ``http-check expect``.

    Shape:  "200", "200,202" and "200-204" as the API has them
    Raises: ConfigRejected.
    """
    first, dash, last = codes.partition("-")
    ends = (first, last) if dash else tuple(codes.split(","))
    if not all(_CODE.fullmatch(code) for code in ends) or (dash and first > last):
        raise ConfigRejected(f"{codes[:64]!r} can't be used as expected codes")
    return f"status {codes}" if len(ends) > 1 else f"rstatus {codes}"


def _matching(pattern: re.Pattern[str], value: str, what: str) -> str:
    if not pattern.fullmatch(value):
        raise ConfigRejected(f"{value[:64]!r} can't be used as {what}")
    return value
