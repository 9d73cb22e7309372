"""Means, differences and shares: known answers, limits, coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.intervals import clipped, mean, paired, possible, proportion, student
from openloop.records import Estimate
from tests.support.coverage import Draws, require_nominal


def test_the_mean_of_four_seeds() -> None:
    e = mean([0.1, 0.2, 0.3, 0.4])
    assert (e.value, e.n) == (pytest.approx(0.25), 4)
    assert e.high == pytest.approx(0.25 + 3.18245 * math.sqrt(1 / 60) / 2, abs=1e-5)  # t(3), sd² = 1/60


def test_one_value_has_no_interval_and_none_is_an_error() -> None:
    assert (mean([0.3]).low, mean([0.3]).high) == (None, None)
    with pytest.raises(DataError):
        mean([])


def test_equal_values_say_so() -> None:
    for value in (0.5, 0.1, 1e300):  # three times .1 is not .3
        e = mean([value] * 3)
        assert (e.value, e.low, e.high, e.method) == (value, None, None, "no interval: all values are equal")


def test_a_value_that_is_not_finite_leaves_no_estimate() -> None:
    for bad in (math.nan, math.inf):
        for e in (mean([0.5, bad]), mean([bad]), paired([0.5, bad], [0.1, 0.2])):
            assert math.isnan(e.value) and e.low is None and e.high is None and "not finite" in e.method


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, math.nan])
def test_a_level_is_a_coverage(level: float) -> None:
    for call in (lambda: mean([1.0, 2.0], level), lambda: proportion(1, 2, level)):
        with pytest.raises(DataError, match="such as 0.95"):
            call()


def test_a_paired_difference_drops_what_pairs_share() -> None:
    before = np.array([0.1, 0.5, 0.9])
    e = paired(before + np.array([0.09, 0.10, 0.11]), before)
    assert e.value == pytest.approx(0.1) and e.low is not None and e.low > 0.07
    with pytest.raises(DataError, match="as many"):
        paired([1.0], [1.0, 2.0])


def test_wilson_known_answers_and_ends() -> None:
    e = proportion(8, 10)
    assert (e.low, e.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert proportion(0, 10).low == 0.0 and proportion(10, 10).high == 1.0
    none = proportion(0, 0)
    assert math.isnan(none.value) and none.low is None
    with pytest.raises(DataError):
        proportion(3, 2)


@pytest.mark.parametrize("n", [4, 20])
def test_the_t_interval_covers(n: int) -> None:
    draws = Draws()
    for values in np.random.default_rng(0).normal(0.3, 1.0, size=(2000, n)):
        draws.add(mean(values), 0.3)
    # Student's t over the normal quantile, times the mean of a standard deviation of n values (c₄).
    c4 = math.sqrt(2 / (n - 1)) * math.gamma(n / 2) / math.gamma((n - 1) / 2)
    wider = student(n - 1, 0.95) / 1.959964 * c4
    require_nominal(draws, width=(0.95 * wider, 1.05 * wider))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_wilson_interval_covers(p: float) -> None:
    draws = Draws()
    for hits in np.random.default_rng(1).binomial(200, p, size=2000):
        draws.add(proportion(int(hits), 200), p)
    require_nominal(draws, width=(0.97, 1.04))


def test_clipped_moves_the_bounds_and_not_the_value() -> None:
    e = clipped(Estimate(0.9, -0.2, 1.3, 0.95, 5))
    assert (e.value, e.low, e.high) == (0.9, 0.0, 1.0)
    assert clipped(Estimate(2.0, -1.0, 3.0, 0.95, 5), high=math.inf).high == 3.0
    none = Estimate(0.5, None, None, 0.95, 1)
    assert clipped(none) == none


def test_what_cannot_be_is_left_out_and_everything_says_nothing() -> None:
    e = possible(Estimate(0.4, -4.7, 0.9, 0.95, 12, method="bits"), 0, 1)
    assert (e.low, e.high, e.method) == (0, 0.9, "bits")
    wide = possible(Estimate(0.4, -4.7, 6.2, 0.95, 12), 0, 1)
    assert (wide.low, wide.high) == (None, None) and "anything from 0 to 1" in wide.method
    assert possible(Estimate(-0.01, -0.02, 0.1, 0.95, 12), 0, 1).low == -0.01  # a bias-corrected value stays inside
    none = Estimate(0.4, None, None, 0.95, 1)
    assert possible(none, 0, 1) == none
