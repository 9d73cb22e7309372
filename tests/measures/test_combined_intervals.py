"""Bounds of a function of estimates from their own bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.measures.combined_intervals import dependence, difference, ratio, square_and_add, widened
from openloop.measures.intervals import proportion
from openloop.records import Estimate
from tests.support.coverage import Draws, require_nominal


def estimate(value: float, low: float | None, high: float | None) -> Estimate:
    return Estimate(value, low, high, 0.95, 100)


def test_a_sum_moves_by_the_root_of_the_summed_squares() -> None:
    parts = [estimate(1.0, 0.7, 1.5), estimate(2.0, 1.6, 3.2)]
    assert square_and_add(lambda a, b: a + b, parts) == pytest.approx((3 - 0.5, 3 + 1.3))
    assert square_and_add(lambda a, b: a - b, parts) == pytest.approx(
        (-1 - math.hypot(0.3, 1.2), -1 + math.hypot(0.5, 0.4))
    )


def test_one_part_keeps_its_own_bounds() -> None:
    assert square_and_add(lambda a: a, [estimate(0.3, 0.2, 0.6)]) == pytest.approx((0.2, 0.6))
    # Where the function is not finite at a bound, the corners of the box are taken.
    assert square_and_add(lambda a: 1 / a if a else math.inf, [estimate(0.5, 0.0, 1.0)]) == (1.0, math.inf)


def test_a_ratio_of_exact_parts_is_exact() -> None:
    sure = estimate(0.4, 0.4, 0.4)
    assert ratio(sure, estimate(0.8, 0.8, 0.8)) == pytest.approx((0.5, 0.5))
    assert ratio(estimate(0.2, 0.1, 0.4), sure) == pytest.approx((0.25, 1.0))
    assert ratio(sure, estimate(0.1, 0.0, 0.2))[1] == math.inf


def test_a_part_without_an_interval_leaves_none() -> None:
    none = estimate(0.3, None, None)
    assert ratio(none, estimate(0.5, 0.4, 0.6)) == square_and_add(lambda a: a, [none]) == (None, None)


def test_the_ratio_of_two_shares_covers() -> None:
    rng, draws = np.random.default_rng(0), Draws()
    for _ in range(1000):
        top, bottom = (proportion(int(rng.binomial(300, p)), 300) for p in (0.3, 0.6))
        low, high = ratio(top, bottom)
        draws.add(Estimate(top.value / bottom.value, low, high, 0.95, 300), 0.5)
    require_nominal(draws, width=(0.93, 1.08))


def test_parts_that_go_together_are_less_sure_than_their_own_errors_say() -> None:
    rng, prompt = np.random.default_rng(0), np.repeat(np.arange(400), 2)
    of_prompt, first = rng.normal(size=400)[prompt], np.tile([True, False], 400)
    one, other = np.where(first, of_prompt, 0.0), np.where(first, 0.0, of_prompt)

    def total(a: float, b: float) -> float:
        return a + b

    assert dependence(total, [0.3, 0.4], [one, other], prompt) == pytest.approx(math.sqrt(2))
    assert dependence(lambda a, b: a - b, [0.3, 0.4], [one, other], prompt) == 1  # never less than independent parts
    assert dependence(total, [0.3, 0.4], [one, other], np.arange(800)) == pytest.approx(1)
    assert dependence(lambda a, b: a / b, [0.3, 0.0], [one, other], prompt) >= 1
    assert dependence(total, [0.3, 0.4], [np.zeros(800)] * 2, prompt) == 1


def test_a_difference_is_surer_where_its_parts_go_together() -> None:
    one, other = estimate(0.3, 0.2, 0.4), estimate(0.5, 0.4, 0.6)
    low, high = difference(one, other)
    assert (low, high) == pytest.approx((0.2 - math.sqrt(0.02), 0.2 + math.sqrt(0.02)))
    assert difference(one, other) == pytest.approx(square_and_add(lambda a, b: b - a, [one, other]))
    assert difference(one, other, 1.0) == pytest.approx((0.2, 0.2))
    assert difference(one, other, -1.0) == pytest.approx((0.0, 0.4))
    assert difference(one, other, 0.5, 2.0) == pytest.approx((0.0, 0.4))
    assert difference(one, estimate(0.5, None, 0.6)) == (None, None)


def test_widened_bounds_stay_in_range() -> None:
    e = Estimate(0.4, 0.3, 0.7, 0.95, 20)
    twice = widened(e, 2)
    assert (twice.value, twice.low, twice.high) == pytest.approx((0.4, 0.2, 1.0))
    assert widened(e, 1) == e and widened(e, 2, math.inf).high == pytest.approx(1.0)
    assert widened(e, 9).low == 0
    none = Estimate(0.4, None, None, 0.95, 20)
    assert widened(none, 2) == none
