"""Links lead somewhere, every page can be reached, and every command on a page exists."""

import re
import shlex
from pathlib import Path

import pytest
from generated import TOP

from openlbaas.cli.dispatch import OTHER_VERBS
from openlbaas.cli.find_command import find_command
from openlbaas.cli.global_options import split_global_options
from openlbaas.cli.grammar.model import Command
from openlbaas.cli.parsing import UsageError, parse

TOPMOST = [TOP / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")]
PAGES = [*TOPMOST, *sorted((TOP / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
PROGRAMS = re.compile(r"(?:^|[;|] *|do )(openlbaas(?!-)|\./scripts/\w+|\S*python benchmarks/\w+\.py)((?:[^|;)])*)")
INNER = re.compile(r"\$\(([^()]*)\)")


def named(page: Path) -> str:
    """Name a page as seen from the top of the repository."""
    return str(page.relative_to(TOP))


def anchors(page: Path) -> set[str]:
    """List what can stand behind # in a link to a page."""
    headings = HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[str]:
    """List the links of a page that lead to files here."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [link for link in LINK.findall(text) if "://" not in link]


def typed(page: Path) -> list[tuple[str, str]]:
    """List our programs as they are typed on a page, each with the words after it."""
    blocks = CONSOLE.findall(page.read_text(encoding="utf-8"))
    lines = [line[2:].partition("  #")[0] for block in blocks for line in block.splitlines() if line[:2] == "$ "]
    commands = [each for line in lines for each in (INNER.sub("VALUE", line), *INNER.findall(line))]
    return [found for command in commands for found in PROGRAMS.findall(command)]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    lost = []
    for link in links(page):
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def test_every_page_is_linked_from_the_index() -> None:
    index = TOP / "docs/README.md"
    decisions = TOP / "docs/decisions/README.md"
    reached = {(start.parent / link).resolve() for start in (index, decisions) for link in links(start)} | {index}
    assert [named(page) for page in sorted((TOP / "docs").rglob("*.md")) if page not in reached] == []


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_commands_on_pages_exist(page: Path) -> None:
    unknown = [f"{program}{rest}" for program, rest in typed(page) if not exists(program, rest)]
    assert unknown == []


def exists(program: str, rest: str) -> bool:
    """Tell whether a program of ours exists, and the command that it is given."""
    if program != "openlbaas":
        return (TOP / program.rsplit(maxsplit=1)[-1]).is_file()
    _, words = split_global_options(shlex.split(rest.replace("[", "").replace("]", "")))
    if not words or words[0] in OTHER_VERBS:
        return True
    found = find_command(words)
    return found is not None and understood(*found)


def understood(command: Command, words: list[str]) -> bool:
    """Tell whether a command takes these options and arguments; files that they name need not be there."""
    try:
        parse(command, words)
    except UsageError as problem:
        return "can't be read" in str(problem)
    return True


def test_the_commands_of_the_tutorial_are_found() -> None:
    found = typed(TOP / "docs/tutorials/walkthrough.md")
    assert ("openlbaas", " --wait lbaas-loadbalancer-delete test_lb") in found
    assert ("openlbaas", " lbaas-healthmonitor-list -f value -c id") in found
    assert not exists("openlbaas", " lbaas-loadbalancer-explode x")
