"""The table of the neutron client for text that any terminal shows one column per character.

Prettytable and what it imports to know the width of every character take as long as all the rest of a short command;
most tables hold nothing but ASCII. Anything else, and tables with a width to fit into, are left to cliff's formatter,
and a test holds the two against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def plain_table(names: Sequence[str], rows: Sequence[Sequence[object]], *, numbers_right: bool) -> str | None:
    """The table as text, or None when it needs the formatter that knows more.

    Shape:   with numbers_right a column is set to the right when its first value is a number
    """
    if not names or not rows:
        return None
    texts = [[_lines(value) for value in row] for row in rows]
    if not all(line.isascii() and line.isprintable() for row in texts for lines in row for line in lines):
        return None
    widths = [max(len(name), *(len(line) for row in texts for line in row[place])) for place, name in enumerate(names)]
    right = [numbers_right and type(value) in {int, float} for value in rows[0]]
    rule = f"+{'+'.join('-' * (width + 2) for width in widths)}+"
    body = [line for row in texts for line in _row(row, widths, right)]
    # A heading stands as its column does.
    return "\n".join([rule, *_row([[name] for name in names], widths, right), rule, *body, rule])


def _lines(value: object) -> list[str]:
    return str(value).replace("\r\n", "\n").replace("\r", " ").split("\n")


def _row(cells: Sequence[Sequence[str]], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    """The lines of one row; a cell with fewer lines than its neighbours is blank below."""
    height = max(map(len, cells))
    lines = []
    for number in range(height):
        pieces = [
            (text.rjust(width) if to_the_right else text.ljust(width))
            for lines_of_cell, width, to_the_right in zip(cells, widths, right, strict=True)
            for text in [lines_of_cell[number] if number < len(lines_of_cell) else ""]
        ]
        lines.append(f"| {' | '.join(pieces)} |")
    return lines
