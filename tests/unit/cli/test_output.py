"""Printing: our quick table is cliff's table, and a shell can be fed what -f shell prints."""

from __future__ import annotations

import argparse
import io
import subprocess
from typing import Any

import pytest
from cliff.formatters.table import TableFormatter
from hypothesis import given
from hypothesis import strategies as st

from openlbaas.cli import output
from openlbaas.cli.plain_table import plain_table

OPTIONS = argparse.Namespace(
    formatter="table",
    columns=None,
    max_width=0,
    fit_width=False,
    print_empty=False,
    prefix="",
    noindent=False,
)
CELLS = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12),
    st.integers(-5, 70000),
    st.booleans(),
    st.just("one\ntwo"),
    st.just(""),
)


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=4)
    )
)
def test_plain_table_is_the_formatters(rows: list[list[Any]]) -> None:
    """Character for character, for lists and for one object."""
    names = [f"name{place}" for place in range(len(rows[0]))]
    theirs = io.StringIO()
    TableFormatter().emit_list(names, rows, theirs, OPTIONS)
    assert plain_table(names, rows, numbers_right=True) == theirs.getvalue().removesuffix("\n")
    pairs = [(f"f{place}", row[0]) for place, row in enumerate(rows)]
    theirs = io.StringIO()
    TableFormatter().emit_one([name for name, _ in pairs], [value for _, value in pairs], theirs, OPTIONS)
    assert plain_table(("Field", "Value"), pairs, numbers_right=False) == theirs.getvalue().removesuffix("\n")


@pytest.mark.parametrize("text", ["서버", "tab\tbed", "\x1b[31mred"])
def test_plain_table_leaves_the_rest(text: str) -> None:
    """Widths it can't know."""
    assert plain_table(["a"], [[text]], numbers_right=True) is None


def test_shell_format_can_be_evaluated() -> None:
    """A name chosen by somebody else must not run as a command."""
    nasty = 'a $(touch /tmp/openlbaas-owned) `id` "x" \\ $HOME'
    out = io.StringIO()
    output.emit_object(
        {"name": nasty, "provider:x": None}, out, argparse.Namespace(**vars(OPTIONS) | {"formatter": "shell"})
    )
    done = subprocess.run(
        ["/bin/sh", "-c", f'{out.getvalue()}printf %s "$name|$provider_x"'],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stdout == f"{nasty}|None"


def test_max_width_wraps() -> None:
    """A width to fit into is cliff's business."""
    out = io.StringIO()
    options = argparse.Namespace(**vars(OPTIONS) | {"max_width": 40})
    output.emit_object({"description": "long " * 20}, out, options)
    assert max(map(len, out.getvalue().splitlines())) <= 40
