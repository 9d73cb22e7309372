"""What the theory's arguments must be."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from openloop.errors import InputError
from openloop.theory.argument_checks import at_least, fits, probability


def test_probabilities_are_returned_as_an_array() -> None:
    assert probability("p", [0.0, 0.5, 1.0]).tolist() == [0.0, 0.5, 1.0]
    assert float(probability("t", 0.5, open_ends=True)) == 0.5


@pytest.mark.parametrize(
    ("check", "says"),
    [
        (lambda: probability("p", 1.2), r"p: must lie in \[0, 1\], got 1.2"),
        (lambda: probability("p", [0.5, -0.1]), "p: must lie"),
        (lambda: probability("p", math.nan), "p: must lie"),
        (lambda: probability("t", 0.0, open_ends=True), r"t: must lie in \(0, 1\)"),
        (lambda: at_least("n", 0, 1), "n: must be at least 1, got 0"),
        (lambda: at_least("n", math.inf, 1), "n"),
        (lambda: fits("draws", 3 * 2**30), "draws: would need 3.0 GiB"),
    ],
)
def test_arguments_out_of_range_are_named(check: Callable[[], object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        check()


def test_the_limits_themselves_are_allowed() -> None:
    at_least("n", 1, 1)
    fits("draws", 2 * 2**30)
