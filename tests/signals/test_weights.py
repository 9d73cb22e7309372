"""Weights of several parts of one value."""

from __future__ import annotations

import pytest

from openloop.errors import InputError
from openloop.signals.weights import normalised


def test_weights_add_up_to_one_and_are_equal_where_none_are_given() -> None:
    assert normalised([3, 1], "ab", "mine", "a part") == (0.75, 0.25)
    assert normalised([], "abcd", "mine", "a part") == (0.25,) * 4


@pytest.mark.parametrize("weights", [[1], [1, -1], [0, 0]])
def test_weights_that_cannot_be_are_refused(weights: list[float]) -> None:
    with pytest.raises(InputError, match="mine: one weight a part, none below 0, not all 0"):
        normalised(weights, "ab", "mine", "a part")
