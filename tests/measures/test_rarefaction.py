from __future__ import annotations

from math import comb

import numpy as np
import pytest

from openloop.measures.rarefaction import jackknife_bounds, missed


def test_the_chance_to_miss_is_hypergeometric() -> None:
    for held, drawn in ((1, 3), (4, 2), (7, 3), (8, 3), (10, 1)):
        assert missed(np.array([held]), 10, drawn)[0] == pytest.approx(comb(10 - held, drawn) / comb(10, drawn))
    assert missed(np.array([0]), 10, 4)[0] == 1


def test_between_whole_numbers_it_falls() -> None:
    chances = [float(missed(np.array([3]), 10, drawn)[0]) for drawn in (2, 2.5, 3, 6.9, 7.5, 8.5)]
    assert chances == sorted(chances, reverse=True)
    assert chances[-1] == 0


def test_few_prompts_or_equal_ones_have_no_bounds() -> None:
    assert jackknife_bounds(0.5, np.arange(9.0), 0.95) is None
    assert jackknife_bounds(0.5, np.full(50, 0.5), 0.95) is None
    low, high = jackknife_bounds(0.5, 0.5 + np.linspace(-0.01, 0.01, 20), 0.95)  # type: ignore[misc]
    assert low < 0.5 < high
