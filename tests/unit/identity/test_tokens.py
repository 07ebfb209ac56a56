"""Callers by the tokens of a file."""

import hashlib
import os
from pathlib import Path

import msgspec
import pytest

from openlbaas.identity.tokens import Tokens, TokensUnreadable


def write(path: Path, **tokens: list[str]) -> Path:
    """Write a file of tokens, with the roles of each."""
    entries = [
        {"sha256": hashlib.sha256(token.encode()).hexdigest(), "project_id": f"of-{token}", "user": "u", "roles": roles}
        for token, roles in tokens.items()
    ]
    beside = path.with_suffix(".new")
    beside.write_bytes(msgspec.json.encode({"tokens": entries}))
    beside.rename(path)
    return path


def test_a_token_names_its_caller(tmp_path: Path) -> None:
    identify = Tokens(write(tmp_path / "t", red=["Admin"], blue=["member"]))
    caller = identify({"x-auth-token": "red"})
    assert caller is not None
    assert (caller.project_id, caller.user, caller.is_admin) == ("of-red", "u", True)
    assert not identify({"x-auth-token": "blue"}).is_admin  # type: ignore[union-attr]  # it is known


@pytest.mark.parametrize("headers", [{}, {"x-auth-token": ""}, {"x-auth-token": "green"}, {"x-auth-token": "réd"}])
def test_nobody(tmp_path: Path, headers: dict[str, str]) -> None:
    assert Tokens(write(tmp_path / "t", red=[]))(headers) is None


def test_a_new_file_counts_at_once(tmp_path: Path) -> None:
    identify = Tokens(write(tmp_path / "t", red=[]))
    write(tmp_path / "t", blue=[])
    assert identify({"x-auth-token": "red"}) is None
    assert identify({"x-auth-token": "blue"}) is not None


def test_a_broken_file_locks_nobody_out(tmp_path: Path) -> None:
    path = write(tmp_path / "t", red=[])
    identify = Tokens(path)
    path.write_text("{")
    assert identify({"x-auth-token": "red"}) is not None
    path.unlink()
    assert identify({"x-auth-token": "red"}) is not None
    write(path, blue=[])
    os.utime(path, (1, 1))
    assert identify({"x-auth-token": "red"}) is None


@pytest.mark.parametrize(
    "text", ["", "{}", '{"tokens": [{"sha256": "xyz", "project_id": "p"}]}', '{"tokens": [{"sha256": "00"}]}']
)
def test_a_wrong_file_is_found_at_the_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "t").write_text(text)
    with pytest.raises(TokensUnreadable, match=str(tmp_path)):
        Tokens(tmp_path / "t")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(TokensUnreadable, match="No such file"):
        Tokens(tmp_path / "t")
