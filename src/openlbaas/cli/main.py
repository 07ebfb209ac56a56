"""The program openlbaas: options that hold for every command, then one command, or the interactive shell.

Exit codes: 0 done · 1 refused, not found, not reachable · 2 not understood
"""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was typed and hand back the exit code."""
    from openlbaas.cli.dispatch import run

    if isinstance(sys.stdout, TextIOWrapper):
        # What a terminal can't write is told in escapes: a name must not end the program.
        sys.stdout.reconfigure(errors="backslashreplace")
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return run(words)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, less) has seen enough; without this the interpreter complains once more when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
