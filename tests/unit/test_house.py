"""The rules of the house that neither ruff nor mypy nor import-linter watches over."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
BANNED = frozenset({"manager", "helper", "helpers", "utils", "common", "misc", "base", "core", "data", "info"})
SOURCES = sorted((TOP / "src").rglob("*.py"))
MIGRATIONS = TOP / "src/openlbaas/store/migrations"  # one statement a table, in one function, is how Alembic has it
TESTS = sorted((TOP / "tests").rglob("*.py"))
Function = ast.FunctionDef | ast.AsyncFunctionDef


def named(paths: list[Path]) -> list[str]:
    """Name files as seen from the top of the repository."""
    return [str(path.relative_to(TOP)) for path in paths]


def tree(path: Path) -> ast.Module:
    """Parse a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def public(body: list[ast.stmt], path: str = "") -> Iterator[tuple[str, Function | ast.ClassDef]]:
    """List public functions and classes, and the public methods of public classes."""
    for node in body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        yield path + node.name, node
        if isinstance(node, ast.ClassDef):
            yield from public(node.body, f"{path}{node.name}.")


def signature_only(node: ast.AST) -> bool:
    """Tell whether a function is a line of a protocol, whose class says what it is and whose twin says the rest."""
    if not isinstance(node, Function) or len(node.body) != 1 or not isinstance(node.body[0], ast.Expr):
        return False
    only = node.body[0].value
    return isinstance(only, ast.Constant) and only.value is Ellipsis


def words(name: str) -> set[str]:
    """Split a name of a file or a class into its words."""
    spaced = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return set(spaced.split("_"))


def sleeps(node: ast.AST) -> bool:
    """Tell whether a node is a call that sleeps for longer than a turn of the event loop."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "sleep":
        return False
    return not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=named(SOURCES + TESTS))
def test_files_and_functions_are_short(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST_FILE, f"{path} has {lines} lines"
    for node in ast.walk(tree(path)):
        if isinstance(node, Function) and not path.is_relative_to(MIGRATIONS):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{path}:{node.lineno} {node.name} has {length} lines"


@pytest.mark.parametrize("path", SOURCES, ids=named(SOURCES))
def test_everything_public_says_what_it_is(path: Path) -> None:
    module = tree(path)
    assert ast.get_docstring(module), f"{path} has no docstring"
    silent = [
        f"{path}:{node.lineno} {name}"
        for name, node in public(module.body)
        if not ast.get_docstring(node) and not signature_only(node)
    ]
    assert silent == []


@pytest.mark.parametrize("path", SOURCES, ids=named(SOURCES))
def test_names_say_something(path: Path) -> None:
    names = [part.removesuffix(".py") for part in path.relative_to(TOP / "src/openlbaas").parts]
    names = [name for name in names if name != "neutron_core"]  # what that part of Neutron's API is called
    names += [node.name for node in ast.walk(tree(path)) if isinstance(node, ast.ClassDef)]
    assert [name for name in names if words(name) & BANNED] == []


def test_tests_wait_for_something_and_do_not_sleep() -> None:
    waiting = TOP / "tests/e2e/waits.py"  # pauses between two looks at a condition that has a deadline
    found = [
        f"{path}:{node.lineno}"
        for path in TESTS
        for node in ast.walk(tree(path))
        if path != waiting and isinstance(node, ast.Call) and sleeps(node)
    ]
    assert found == []


@pytest.mark.parametrize("word", ["NotImplemented" + "Error", "TO" + "DO", "FIX" + "ME"])
def test_nothing_is_left_to_do(word: str) -> None:
    assert [str(path) for path in SOURCES if word in path.read_text(encoding="utf-8")] == []


def test_tests_use_values_and_twins_instead_of_mocks() -> None:
    mocks = ("unittest" + ".mock", "mock" + ".patch", "Magic" + "Mock")
    assert [str(path) for path in TESTS if any(word in path.read_text(encoding="utf-8") for word in mocks)] == []


def test_no_path_of_a_machine_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout of git")
    names = [name for name in listed.stdout.decode().split("\0") if name]
    here = str(TOP).encode()
    texts = ((name, TOP / name) for name in names)
    assert [name for name, path in texts if path.is_file() and here in path.read_bytes()] == []


def test_the_lock_names_no_index() -> None:
    lock = (TOP / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "index-url" not in lock
