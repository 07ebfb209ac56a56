"""Pages of commands are run, and print what they say that they print."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from generated import REWRITE, TOP
from transcript_page import BLOCK, played, same, shell

PAGES = [
    TOP / "docs/tutorials/walkthrough.md",
    TOP / "docs/tutorials/a-cloud-of-three-hosts.md",
    TOP / "docs/how-to/tls.md",
]

pytestmark = pytest.mark.root


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that HAProxy, who is nobody, can look into; pytest's own are closed to it."""
    made = Path(tempfile.mkdtemp(prefix="olbdocs-"))
    made.chmod(0o755)
    yield made / "lab"
    shutil.rmtree(made)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_prints_what_it_says(folder: Path, page: Path, update_golden: bool) -> None:
    before = page.read_text(encoding="utf-8")
    after = before
    with shell(folder) as told:
        for found in BLOCK.finditer(before):
            block = played(found[1], told)
            if update_golden:
                after = after.replace(found[1], block, 1)
            else:
                assert same(block) == same(found[1]), REWRITE
    page.write_text(after, encoding="utf-8")
