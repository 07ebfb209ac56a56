"""Objects become tables, JSON, YAML, CSV, shell variables or bare values, by cliff's formatters.

Only the formatter that is asked for is imported; cliff's own way of finding them by entry points takes longer
than the whole command.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Container, Mapping, Sequence
    from typing import TextIO

    from openlbaas.client.lbaas import Row


class UnknownColumn(ValueError):
    """None of the columns asked for exists."""


def emit_rows(columns: Sequence[str], rows: list[list[Any]], out: TextIO, options: argparse.Namespace) -> None:
    """Print a list of objects, one row each."""
    if options.formatter == "table" and _unlimited(options):
        from openlbaas.cli.plain_table import plain_table

        plain = plain_table(columns, rows, numbers_right=True)
        if plain is not None:
            print(plain, file=out)
            return
    _formatter(options.formatter).emit_list(columns, rows, out, options)


def emit_object(row: Row, out: TextIO, options: argparse.Namespace, indent: int | None = None) -> None:
    """Print one object, its fields in alphabetical order.

    Raises:  UnknownColumn
    """
    names = sorted(row)
    if options.columns:
        names = sorted(chosen(options.columns, names))
    values = [row[name] for name in names]
    if options.formatter == "table":
        values = [cell(value, indent) for value in values]
        if _unlimited(options):
            from openlbaas.cli.plain_table import plain_table

            plain = plain_table(("Field", "Value"), list(zip(names, values, strict=True)), numbers_right=False)
            if plain is not None:
                print(plain, file=out)
                return
    elif options.formatter == "shell":
        options.variables = []
        values = [_safe_in_quotes(value) for value in values]
    _formatter(options.formatter).emit_one(names, values, out, options)


def _unlimited(options: argparse.Namespace) -> bool:
    return options.max_width <= 0 and not options.fit_width


def chosen(wanted: Sequence[str], available: Sequence[str]) -> list[str]:
    """The columns asked for, in the order in which they were asked for.

    Raises:  UnknownColumn when there is none
    """
    found = [name for name in dict.fromkeys(wanted) if name in available]
    if not found:
        message = f"No recognized column names in {list(wanted)}. Recognized columns are {sorted(available)}."
        raise UnknownColumn(message)
    return found


def cells(
    rows: Sequence[Row],
    columns: Sequence[str],
    formatter: str,
    special: Mapping[str, Callable[[Any], Any]],
    always: Container[str] = (),
) -> list[list[Any]]:
    """The values to print, row by row; only a table gets values made readable, except for the columns in `always`."""

    def shown(row: Row, name: str) -> object:
        value = row.get(name)
        if name in special and (formatter == "table" or name in always):
            value = special[name](value)
        return cell(value) if formatter == "table" else "" if value is None else value

    return [[shown(row, name) for name in columns] for row in rows]


def cell(value: object, indent: int | None = None) -> object:
    """A value as it stands in a table: null is blank, a list is lines, a mapping is JSON."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(json.dumps(one, indent=indent) if isinstance(one, dict) else str(one) for one in value)
    if isinstance(value, dict):
        return json.dumps(value, indent=indent)
    return value


def _safe_in_quotes(value: object) -> str:
    """A text that a shell takes literally between double quotes; the formatter itself escapes those."""
    return str(value).replace("\\", "\\\\").replace("$", "\\$").replace("`", "\\`")


def _formatter(name: str) -> Any:
    if name == "table":
        return _table()
    if name == "json":
        from cliff.formatters.json_format import JSONFormatter

        return JSONFormatter()
    if name == "yaml":
        from cliff.formatters.yaml_format import YAMLFormatter

        return YAMLFormatter()
    if name == "csv":
        from cliff.formatters.commaseparated import CSVLister

        return CSVLister()
    if name == "shell":
        from cliff.formatters.shell import ShellFormatter

        return ShellFormatter()
    from cliff.formatters.value import ValueFormatter

    return ValueFormatter()


def _table() -> Any:
    from cliff.formatters.table import TableFormatter

    class Table(TableFormatter):
        """A table as wide as its content unless a width was asked for, on a terminal too: ids stay whole."""

        @staticmethod
        def _assign_max_widths(table: Any, max_width: int, min_width: int = 0, fit_width: bool = False) -> None:  # noqa: FBT001, FBT002
            if max_width > 0 or fit_width:
                TableFormatter._assign_max_widths(table, max_width, min_width, fit_width)  # noqa: SLF001

    return Table()
