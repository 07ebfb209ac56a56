"""Reading uploads in a process of their own, which may take so much time and memory and no more.

A key's passphrase can be stretched until its reader has worked for days, and a number of thousands of digits can be
offered as a prime: such an upload ends its reader, not the server. The key goes through pipes only.
"""

import os
import resource
import subprocess
import sys

import msgspec

from openlbaas.domain.certificates import Contents, Material
from openlbaas.secrets.interface import ReaderFailed, Unreadable

CPU_S = 5
_WALL_S = 20
_MEMORY_BYTES = 512 << 20
_TOO_MUCH = "It takes too long to read: is its passphrase stretched beyond measure?"


class _Answer(msgspec.Struct):
    """What the reader found, or what is wrong."""

    contents: Contents | None = None
    reason: str = ""


def contents(material: Material, cpu_s: int = CPU_S) -> Contents:
    """Read an upload.

    Units:  cpu_s is how long the reader may compute, in seconds.
    Raises: Unreadable; ReaderFailed.
    """
    command = [sys.executable, "-P", "-m", __name__, str(cpu_s)]
    given = msgspec.json.encode(material)
    try:
        done = subprocess.run(command, input=given, capture_output=True, timeout=_WALL_S, check=False)
    except subprocess.TimeoutExpired:
        raise Unreadable(_TOO_MUCH) from None
    except OSError as error:
        raise ReaderFailed(f"the reader can't be started: {error.strerror}") from error
    if done.returncode < 0:
        # The kernel ends a reader that has used up its time or memory.
        raise Unreadable(_TOO_MUCH)
    if done.returncode > 0:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise ReaderFailed(f"the reader ended with status {done.returncode}: {''.join(last)}")
    answer = msgspec.json.decode(done.stdout, type=_Answer)
    if answer.contents is None:
        raise Unreadable(answer.reason)
    return answer.contents


def main() -> None:
    """Read one upload from standard input, and answer on standard output."""
    cpu_s = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from openlbaas.secrets import reading  # after the limits, which hold for everything it does

    material = msgspec.json.decode(sys.stdin.buffer.read(), type=Material)
    try:
        answer = _Answer(reading.contents(material))
    except Unreadable as unreadable:
        answer = _Answer(reason=str(unreadable))
    except MemoryError:
        answer = _Answer(reason=_TOO_MUCH)
    os.write(sys.stdout.fileno(), msgspec.json.encode(answer))


if __name__ == "__main__":
    main()
