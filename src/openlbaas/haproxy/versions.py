"""What each release of HAProxy can be told while it runs.

The table is checked against real binaries by tests/integration/test_haproxy_versions.py. Releases before the first one
that was tried are told nothing: each change is a new process there.
"""

import re
from enum import Enum
from types import MappingProxyType

_VERSION = re.compile(r"version (\d+)\.(\d+)", re.IGNORECASE)


class Ability(Enum):
    """Something that a process can be told."""

    SERVERS = "servers come and go, checked ones too"
    WEIGHTS = "a server's weight changes"
    ADDRESSES = "a server is somewhere else"
    STATES = "a server is switched on or off"
    LIMITS = "a frontend's limit changes"
    VALUES = "the patterns of a file are replaced all at once"
    CERTIFICATES = "a certificate is replaced"
    COOKIES = "a server that comes may have a cookie of its own"


SINCE = MappingProxyType(
    {
        Ability.SERVERS: (2, 6),
        Ability.WEIGHTS: (2, 6),
        Ability.ADDRESSES: (2, 6),
        Ability.STATES: (2, 6),
        Ability.LIMITS: (2, 6),
        Ability.VALUES: (2, 6),
        Ability.CERTIFICATES: (2, 6),
        # Not made use of: dynamic cookies work everywhere.
        Ability.COOKIES: (2, 8),
    }
)
"""The first release of which that is known.

Source: measured with 2.6.12 and 2.8.25.
"""

NONE: frozenset[Ability] = frozenset()


def abilities(said: str) -> frozenset[Ability]:
    """Read from what ``haproxy -v`` says what that release can be told; nothing when it says no version."""
    found = _VERSION.search(said)
    if found is None:
        return NONE
    version = (int(found[1]), int(found[2]))
    return frozenset(ability for ability, since in SINCE.items() if version >= since)
