"""The parts of pages that are written by the program: between two marks in the page, and nowhere else."""

import re
from pathlib import Path

TOP = Path(__file__).parents[2]
REWRITE = "write it anew with: scripts/test tests/docs --update-golden"


def check(page: str, part: str, text: str, *, update: bool) -> None:
    """Hold a part of a page against what it must say, or write it."""
    path = TOP / "docs" / page
    before = path.read_text(encoding="utf-8")
    marked = re.compile(rf"(<!-- generated: {part} -->\n).*?(<!-- end -->\n)", re.DOTALL)
    assert marked.search(before), f"{page} has no part '{part}'"
    after = marked.sub(lambda found: f"{found[1]}\n{text.strip()}\n\n{found[2]}", before)
    if update:
        path.write_text(after, encoding="utf-8")
    else:
        assert before == after, f"docs/{page} is not current; {REWRITE}"
