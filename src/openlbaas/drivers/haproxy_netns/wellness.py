"""What keepalived is told of HAProxy: a file that it watches, which the agent and the keeper write.

Nothing here needs more than the standard library.
"""

import os
from pathlib import Path

WELL, UNWELL = b"0\n", b"1\n"


def note(track: Path | str, *, well: bool) -> None:
    """Say whether HAProxy is well, as a whole or not at all: what is written is always as long.

    Raises: OSError.
    """
    descriptor = os.open(track, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.pwrite(descriptor, WELL if well else UNWELL, 0)
    finally:
        os.close(descriptor)
