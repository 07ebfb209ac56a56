"""``openlbaas db``: look at the schema of the database that the configuration names, and upgrade it.

A program of its own, since the command line must not need the rooms of the server.
"""

import sys
from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from openlbaas.settings import load
from openlbaas.store import schema

USAGE = "usage: openlbaas db upgrade|current|check [--config-file FILE]... [--config-dir DIR]...\n"
VERBS = ("upgrade", "current", "check")


def main(argv: Sequence[str]) -> int:
    """Run one verb; the answer is a process's exit status: 1 when the schema is not what this release needs."""
    if not argv or argv[0] not in VERBS:
        sys.stderr.write(USAGE)
        return 2
    connection = load(argv[1:], "openlbaas db").database.connection
    try:
        return _run(argv[0], connection)
    except (SQLAlchemyError, schema.ForeignDatabase, ModuleNotFoundError) as error:
        sys.stderr.write(f"openlbaas db: {' '.join(str(error).split())}\n")
        return 1


def _run(verb: str, connection: str) -> int:
    before, needed = schema.current(connection), schema.head()
    if verb == "current":
        print(before or "none")  # noqa: T201 - the answer
        return 0
    if verb == "check":
        if before == needed:
            print(f"the schema is {needed}, which is what this release needs")  # noqa: T201 - the answer
            return 0
        sys.stderr.write(f"the schema is {before or 'none'}; this release needs {needed}: run openlbaas db upgrade\n")
        return 1
    if before != needed:
        schema.upgrade(connection)
    print(f"{before or 'none'} -> {needed}")  # noqa: T201 - the answer
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
