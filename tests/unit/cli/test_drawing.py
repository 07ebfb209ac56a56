"""The drawing of trees: widths, narrow terminals, names that would draw for themselves."""

from __future__ import annotations

import io

import pytest

from openlbaas.cli.drawing import Look, Node, cut, drawn, look, shown, width

from .conftest import Terminal

ID = "2ce2166a-3c9b-44da-ad78-a11c09ed20ae"


def _node(kind: str, name: str, *children: Node, detail: str = "", remark: str = "") -> Node:
    return Node(kind, name, detail, "ACTIVE", "ONLINE", ID, children, remark)


TREE = _node(
    "load balancer",
    "ウェブ",
    _node("listener", "a", _node("pool", "e\u0301", detail="HTTP ROUND_ROBIN"), detail="HTTP 80"),
    _node("pool", "b", detail="TCP SOURCE_IP"),
    detail="172.20.0.107",
)


def test_columns_stand_below_each_other() -> None:
    """Wide letters take two columns, accents none."""
    assert drawn(TREE, Look()) == [
        f"load balancer ウェブ  172.20.0.107      ACTIVE  ONLINE  {ID}",
        f"├─ listener a         HTTP 80           ACTIVE  ONLINE  {ID}",
        f"│  └─ pool e\u0301          HTTP ROUND_ROBIN  ACTIVE  ONLINE  {ID}",
        f"└─ pool b             TCP SOURCE_IP     ACTIVE  ONLINE  {ID}",
    ]


@pytest.mark.parametrize("limit", [50, 51, 64, 80, 81, 100, 120])
@pytest.mark.parametrize("coloured", [True, False])
def test_no_line_is_wider_than_the_terminal(limit: int, coloured: bool) -> None:
    """A terminal breaks lines wherever it likes, which no tree survives."""
    remark = "the host has not answered in time; it will catch up when it is back"
    tree = _node("load balancer", "x" * 50, TREE, remark=remark)
    for line in drawn(tree, Look(width=limit, coloured=coloured)):
        plain = line
        for code in ("1", "2", "31", "32", "0"):
            plain = plain.replace(f"\x1b[{code}m", "")
        assert width(plain) <= limit


def test_ids_give_way_first() -> None:
    """They can be had from elsewhere; names and states are what one looks for."""
    assert drawn(TREE, Look(width=80))[0] == f"load balancer ウェブ  172.20.0.107      ACTIVE  ONLINE  {ID[:8]}"
    assert drawn(TREE, Look(width=60))[0] == "load balancer ウェブ  172.20.0.107      ACTIVE  ONLINE"
    assert drawn(TREE, Look(width=50))[2] == "│  └─ pool e\u0301          HTTP ROUND_…  ACTIVE  ONLINE"


def test_ascii() -> None:
    """A terminal that knows no boxes gets strokes, and escapes for names it can't show."""
    lines = drawn(TREE, Look(unicode=False))
    assert all(line.isascii() for line in lines)
    assert lines[0].startswith("load balancer \\u30a6\\u30a7\\u30d6  172.20.0.107 ")
    assert [line[:11] for line in lines[1:]] == ["|- listener", "|  `- pool ", "`- pool b  "]


def test_no_name_draws_for_itself() -> None:
    """Neither escapes nor line ends nor letters that turn the direction of writing."""
    nasty = "a\x1b[2J\nb\u202ec\x9b1m"
    node = _node("pool", nasty, detail=nasty, remark=nasty)
    lines = drawn(node, Look(coloured=True))
    assert len(lines) == len(["node", "remark"])
    assert all(letter.isprintable() for line in lines for letter in line if letter != "\x1b")
    assert "\x1b[2J" not in "".join(lines)
    assert shown(nasty) == "a\\x1b[2J\\nb\\u202ec\\x9b1m"


def test_cut() -> None:
    """A mark stands for the rest."""
    assert [cut("ウェブ", columns) for columns in (6, 5, 4, 1)] == ["ウェブ", "ウェ…", "ウ…", "…"]


def test_look_of_streams() -> None:
    """A pipe has no width and takes no colours; a stream of ASCII gets no boxes."""
    assert look("auto", {"COLUMNS": "70"}, io.StringIO()) == Look(coloured=False, unicode=True, width=None)
    assert look("auto", {"COLUMNS": "70"}, Terminal()) == Look(coloured=True, unicode=True, width=70)
    assert look("auto", {}, Terminal()) == Look(coloured=True, unicode=True, width=None)
    plain = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert look("always", {}, plain) == Look(coloured=True, unicode=False, width=None)
