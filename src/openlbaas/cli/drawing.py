"""Trees of text: one line per object, its columns under those of its neighbours, with colours for people.

Nothing that a tenant chose can move the cursor or colour the screen of whoever looks: what does not print is shown
as an escape.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TextIO

_GAP = "  "
_SHORT_ID = 8
_LEAST_TEXT = 12
_COLOURS = {
    "ACTIVE": "32",
    "ONLINE": "32",
    "DEGRADED": "33",
    "PENDING_CREATE": "33",
    "PENDING_UPDATE": "33",
    "PENDING_DELETE": "33",
    "ERROR": "31",
    "OFFLINE": "31",
}
_DIM, _BOLD, _ALARM = "2", "1", "31"


class Node(NamedTuple):
    """One object of a tree.

    Shape:   kind and name make its first column; remark stands on a line of its own below
    """

    kind: str
    name: str
    detail: str
    provisioning: str
    operating: str
    identity: str
    children: tuple[Node, ...] = ()
    remark: str = ""


class Look(NamedTuple):
    """How to draw.

    Shape:   without unicode nothing but ASCII is drawn
    Units:   width in columns of the terminal; None: as wide as it gets
    """

    coloured: bool = False
    unicode: bool = True
    width: int | None = None

    @property
    def mark(self) -> str:
        """What stands for all that did not fit."""
        return "…" if self.unicode else "~"


class _Line(NamedTuple):
    """One line before it is put together.

    Shape:   cells are kind and name, detail, provisioning, operating, id; kind is the length of the first word of them
    """

    branch: str
    kind: int
    cells: tuple[str, ...]
    remark: str = ""


def look(wish: str, environment: Mapping[str, str], out: TextIO) -> Look:
    """How to draw for whoever reads this stream; wish is always, never or auto."""
    seen = out.isatty()
    dumb = bool(environment.get("NO_COLOR")) or environment.get("TERM") == "dumb"
    coloured = wish == "always" or (wish == "auto" and seen and not dumb)
    return Look(coloured, _takes_unicode(out), _width(environment, out) if seen else None)


def drawn(root: Node, how: Look) -> list[str]:
    """The lines of a tree."""
    lines = list(_lines(root, "", "", _BOXES if how.unicode else _PLAIN))
    if not how.unicode:
        lines = [_plain(line) for line in lines]
    lines = _fitted(lines, how)
    widths = [max(width(line.cells[place]) for line in lines) for place in range(1, 5)]
    first = max(width(line.branch + line.cells[0]) for line in lines if not line.remark)
    return [_text(line, [first, *widths], how) for line in lines]


class _Strokes(NamedTuple):
    middle: str
    last: str
    passing: str
    blank: str


_BOXES = _Strokes("├─ ", "└─ ", "│  ", "   ")
_PLAIN = _Strokes("|- ", "`- ", "|  ", "   ")


def _lines(node: Node, branch: str, below: str, strokes: _Strokes) -> Iterator[_Line]:
    first = f"{node.kind} {shown(node.name)}".strip()
    detail = shown(node.detail)
    yield _Line(branch, len(node.kind), (first, detail, node.provisioning, node.operating, node.identity))
    if node.remark:
        stroke = strokes.passing if node.children else strokes.blank
        yield _Line(below + stroke, 0, ("", "", "", "", ""), shown(node.remark))
    for place, child in enumerate(node.children, 1):
        last = place == len(node.children)
        own, following = (strokes.last, strokes.blank) if last else (strokes.middle, strokes.passing)
        yield from _lines(child, below + own, below + following, strokes)


def _plain(line: _Line) -> _Line:
    """The same line in ASCII, with escapes for all else."""
    first, *others = [ascii(cell)[1:-1] for cell in (*line.cells, line.remark)]
    return line._replace(cells=(first, *others[:-1]), remark=others[-1])


def _fitted(lines: list[_Line], how: Look) -> list[_Line]:
    """The same lines in so many columns: ids give way first, then what is told of objects, then their names."""
    limit = how.width
    if limit is None:
        return lines
    for length in (_SHORT_ID, 0):
        if _total(lines) > limit:
            lines = [line._replace(cells=(*line.cells[:4], line.cells[4][:length])) for line in lines]
    for place in (1, 0):
        surplus = _total(lines) - limit
        if surplus > 0:
            lines = _narrowed(lines, place, surplus, how.mark)
    return [line._replace(remark=cut(line.remark, max(limit - width(line.branch), 1), how.mark)) for line in lines]


def _total(lines: list[_Line]) -> int:
    first = max(width(line.branch + line.cells[0]) for line in lines)
    others = [max(width(line.cells[place]) for line in lines) for place in range(1, 5)]
    return first + sum(len(_GAP) + each for each in others if each)


def _narrowed(lines: list[_Line], place: int, surplus: int, mark: str) -> list[_Line]:
    """One column made narrower, but not so much that nothing of it is left."""

    def before(line: _Line) -> int:
        return 0 if place else width(line.branch)

    widest = max(before(line) + width(line.cells[place]) for line in lines)
    room = max(widest - surplus, _LEAST_TEXT)
    return [
        line._replace(
            cells=tuple(
                cut(cell, max(room - before(line), 1), mark) if number == place else cell
                for number, cell in enumerate(line.cells)
            )
        )
        for line in lines
    ]


def _text(line: _Line, widths: list[int], how: Look) -> str:
    if line.remark:
        return line.branch + _painted(line.remark, _ALARM, how)
    first, detail, provisioning, operating, identity = line.cells
    pieces = [(_label(first, line.kind, how), width(line.branch + first))]
    pieces += [(detail, width(detail))]
    pieces += [(_painted(status, _COLOURS.get(status, _DIM), how), len(status)) for status in (provisioning, operating)]
    pieces += [(_painted(identity, _DIM, how), len(identity))]
    padded = [
        text + " " * (column - used) for (text, used), column in zip(pieces, widths, strict=True) if column or text
    ]
    return (line.branch + _GAP.join(padded)).rstrip()


def _label(text: str, kind: int, how: Look) -> str:
    """The kind of an object as it is, its name in bold."""
    return text[:kind] + (f" {_painted(text[kind + 1 :], _BOLD, how)}" if len(text) > kind + 1 else text[kind:])


def _painted(text: str, colour: str, how: Look) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if how.coloured and text else text


def shown(text: str) -> str:
    """A text with escapes for all that is not printed."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def width(text: str) -> int:
    """The columns that a text takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_columns, text))


@cache
def _columns(letter: str) -> int:
    from unicodedata import category, east_asian_width

    if category(letter) in {"Mn", "Me"}:
        return 0
    return 2 if east_asian_width(letter) in {"W", "F"} else 1


def cut(text: str, columns: int, mark: str = "…") -> str:
    """At most so many columns of a text, with a mark of one column where the rest was."""
    if width(text) <= columns:
        return text
    kept = ""
    for letter in text:
        if width(kept + letter) > columns - 1:
            break
        kept += letter
    return kept + mark


def _takes_unicode(out: TextIO) -> bool:
    encoding = getattr(out, "encoding", None) or "utf-8"
    try:
        "├└│─".encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _width(environment: Mapping[str, str], out: TextIO) -> int | None:
    import os

    written = environment.get("COLUMNS", "")
    if written.isdecimal() and int(written) > 0:
        return int(written)
    try:
        return os.get_terminal_size(out.fileno()).columns or None
    except OSError:
        return None
