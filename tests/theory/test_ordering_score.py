"""The registered score that orders selections."""

from __future__ import annotations

import pytest

from openloop.errors import DataError
from openloop.theory.ordering_score import margin, ordering_score


def test_margin_is_that_of_two_classes_for_one_systematic_error() -> None:
    assert margin([0.3, 0.6], [1, 1]).tolist() == pytest.approx([0.4, -0.2])
    assert margin(0.6, 0.1) == pytest.approx(0.34)


def test_half_the_gap_closes_at_tau_rows() -> None:
    assert ordering_score([0.6], [1.0], [500], [1.0], tau=500) == pytest.approx(0.2)
    assert ordering_score([0.6], [1.0], [500], [-1.0], tau=500) == pytest.approx(-0.3)
    assert ordering_score([0.6], [1.0], [0], [1.0], tau=500) == 0


def test_strata_add_up_in_any_order() -> None:
    one = ordering_score([0.2, 0.8], [0.3, 0.7], [100, 400], [0.9, 0.5], 300)
    other = ordering_score([0.8, 0.2], [0.7, 0.3], [400, 100], [0.5, 0.9], 300)
    assert one == pytest.approx(other)


@pytest.mark.parametrize(
    "arguments",
    [
        ([0.5], [0.9], [1], [1.0], 5),
        ([0.5], [1.0], [1], [1.0], 0),
        ([0.5, 0.5], [1.0], [1], [1.0], 5),
        ([0.5], [1.0], [-1], [1.0], 5),
    ],
)
def test_what_does_not_fit_is_refused(
    arguments: tuple[list[float], list[float], list[int], list[float], float],
) -> None:
    with pytest.raises(DataError):
        ordering_score(*arguments)
    with pytest.raises(DataError):
        margin(1.2, 0.5)
