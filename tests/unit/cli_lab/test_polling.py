"""The longest time without an answer, and the lines of what happened."""

import pytest

from openlbaas.cli.lab.polling import longest


@pytest.mark.parametrize(
    ("instants", "gap"),
    [
        ([], (0.0, 0.0)),
        ([3.0], (0.0, 0.0)),
        ([1.0, 1.5, 4.0, 4.5], (1.5, 4.0)),
        ([1.0, 2.0, 3.0], (1.0, 2.0)),
    ],
)
def test_the_longest_gap_is_between_two_answers(instants: list[float], gap: tuple[float, float]) -> None:
    found = longest(instants)
    assert (found.began, found.ended) == gap
    assert found.seconds == gap[1] - gap[0]
