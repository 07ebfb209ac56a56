"""What migrations do, such that they can be done again where a crash came in the middle.

MariaDB commits each change of a schema by itself: an upgrade that was interrupted leaves the first part of a step done,
and the version says that none of it was.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

f = op.f
execute = op.execute


def create_table(name: str, *columns: Any) -> None:
    """Make a table, unless there is one."""
    if name not in sa.inspect(op.get_bind()).get_table_names():
        op.create_table(name, *columns)


def create_index(name: str, table: str, columns: list[str], *, unique: bool = False) -> None:
    """Make an index, unless there is one."""
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns, unique=unique)


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column, unless there is one."""
    if column.name not in {there["name"] for there in sa.inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, column)
