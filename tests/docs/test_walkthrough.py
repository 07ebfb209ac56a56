"""The tutorial is run, and prints what it says that it prints."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from generated import REWRITE, TOP
from transcript_page import BLOCK, played, same, shell

PAGE = TOP / "docs/tutorials/walkthrough.md"

pytestmark = pytest.mark.root


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that HAProxy, who is nobody, can look into; pytest's own are closed to it."""
    made = Path(tempfile.mkdtemp(prefix="olbdocs-"))
    made.chmod(0o755)
    yield made / "lab"
    shutil.rmtree(made)


def test_the_walkthrough_prints_what_it_says(folder: Path, update_golden: bool) -> None:
    before = PAGE.read_text(encoding="utf-8")
    after = before
    with shell(folder) as told:
        for found in BLOCK.finditer(before):
            block = played(found[1], told)
            if update_golden:
                after = after.replace(found[1], block, 1)
            else:
                assert same(block) == same(found[1]), REWRITE
    PAGE.write_text(after, encoding="utf-8")
