"""The demo tells when a claim does not hold."""

import io
import sys
from collections.abc import Callable

import pytest

from openlbaas.cli.lab.demo import play
from openlbaas.cli.lab.processes import LabError
from openlbaas.cli.lab.stage import Lie, Stage
from openlbaas.client.transport import ClientError


@pytest.fixture
def stage() -> Stage:
    return Stage(io.StringIO(), {"PATH": "/usr/bin:/bin"})


def printed(stage: Stage) -> str:
    assert isinstance(stage.out, io.StringIO)
    return stage.out.getvalue()


def test_all_true(stage: Stage) -> None:
    def perform() -> None:
        stage.step("Two things")
        stage.equal("one is one", 1, 1)
        stage.holds("a text holds two others", "web1 web2", "web1", "web2")
        stage.note("it took 3 ms")

    assert play(stage, perform) == 0
    assert "\n 1  Two things\n  ok one is one\n  ok a text holds two others\n" in printed(stage)
    assert "ok 2 claims proved in 0.0 s\n    it took 3 ms\n" in printed(stage)


def test_the_first_lie_ends_it_and_shows_both_sides(stage: Stage) -> None:
    def perform() -> None:
        stage.equal("both answer", ["web1"], ["web1", "web2"])
        stage.equal("never reached", 1, 1)

    assert play(stage, perform) == 1
    told = printed(stage)
    assert "LIE both answer\n    expected  ['web1', 'web2']\n    found     ['web1']\n" in told
    assert "never reached" not in told
    assert "proved" not in told


@pytest.mark.parametrize(
    "claim",
    [
        lambda stage: stage.holds("it holds b", "a", "b"),
        lambda stage: stage.lacks("it lacks a", "a", "a"),
        lambda stage: stage.run("false"),
        lambda stage: stage.run("true", status=1),
    ],
)
def test_every_kind_of_claim_can_be_a_lie(stage: Stage, claim: Callable[[Stage], object]) -> None:
    with pytest.raises(Lie):
        claim(stage)
    assert stage.proved == 0


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (LabError("no lab"), 1),
        (ClientError(500, "", "refused"), 1),
        (KeyError("alias"), 1),
        (ValueError("no JSON"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_what_goes_wrong_is_no_success(stage: Stage, problem: BaseException, status: int) -> None:
    def perform() -> None:
        raise problem

    assert play(stage, perform) == status


def test_a_command_is_shown_with_all_it_prints(stage: Stage) -> None:
    words = [sys.executable, "-c", "import sys; print('out', flush=True); print('err', file=sys.stderr)"]
    assert stage.run("openlbaas something", words, prompt="host1#") == "out\nerr\n"
    assert printed(stage) == "host1# openlbaas something\nout\nerr\n"


def test_what_is_typed_is_shown_after_our_prompt_and_read(stage: Stage) -> None:
    assert stage.run("cat", typed="subnet-list") == "subnet-list\n"
    assert printed(stage) == "$ cat\n(openlbaas) subnet-list\nsubnet-list\n"


def test_what_comes_late_is_no_lie(stage: Stage) -> None:
    looks = iter(["PENDING_CREATE", "ACTIVE"])
    assert stage.becomes("it is ACTIVE", lambda: next(looks), "ACTIVE") > 0
    assert stage.proved == 1


def test_colours_are_for_terminals() -> None:
    coloured = Stage(io.StringIO(), {}, colours=True)
    coloured.equal("so", 1, 1)
    assert printed(coloured) == "  \033[32m✔\033[0m so\n"
