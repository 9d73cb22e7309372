"""Rank correlation of a score with gold: known values, limits, and intervals for rows of prompts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.rank_correlation import (
    Influence,
    between_sources,
    kendall,
    kendall_influence,
    spearman,
    spearman_influence,
    within,
)
from tests.support.coverage import Draws, require_nominal

BOTH = pytest.mark.parametrize("influence", [spearman_influence, kendall_influence])


def world(
    rng: np.random.Generator, prompts: int, k: int, alike: float, rho: float, grades: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Score, gold in so many grades (0: none) and prompt; rows of a prompt are ``alike``."""
    cov = [[1, rho], [rho, 1]]
    shared = rng.multivariate_normal([0, 0], cov, prompts)[:, None] * math.sqrt(alike)
    z = (shared + rng.multivariate_normal([0, 0], cov, (prompts, k)) * math.sqrt(1 - alike)).reshape(-1, 2)
    gold = np.digitize(z[:, 1], np.linspace(-1.2, 1.2, grades - 1)).astype(float) if grades else z[:, 1]
    return z[:, 0], gold, np.repeat(np.arange(prompts), k)


@pytest.mark.parametrize("grades", [0, 2, 5])
def test_values_are_those_of_scipy(grades: int) -> None:
    from scipy import stats

    x, y, _ = world(np.random.default_rng(grades), 120, 1, 0, 0.5, grades)
    x = np.round(x, 1)
    assert spearman(x, y).value == pytest.approx(stats.spearmanr(x, y).statistic)
    assert kendall(x, y).value == pytest.approx(stats.kendalltau(x, y).statistic)


def test_small_examples_counted_by_hand() -> None:
    x = np.array([1.0, 2, 3, 4])
    assert kendall(x, np.array([1.0, 3, 2, 4])).value == pytest.approx((5 - 1) / 6)
    assert spearman(x, np.array([1.0, 3, 2, 4])).value == pytest.approx(1 - 6 * 2 / (4 * 15))
    # One pair tied in x, one in y: four of the five that either orders are ordered alike.
    assert kendall(np.array([1.0, 1, 2, 3]), np.array([1.0, 2, 2, 3])).value == pytest.approx(4 / 5)


@BOTH
def test_influences_are_what_leaving_a_row_out_changes(influence: Influence) -> None:
    x, y, _ = world(np.random.default_rng(1), 80, 1, 0, 0.4, 5)
    value, moved = influence(x, y)
    left_out = [79 * (value - influence(np.delete(x, i), np.delete(y, i))[0]) for i in range(80)]
    assert np.corrcoef(left_out, moved)[0, 1] > 0.999
    assert np.std(left_out) / np.std(moved) == pytest.approx(1, abs=0.03) and abs(moved.mean()) < 1e-9


@pytest.mark.parametrize("measure", [spearman, kendall])
def test_limits(measure: object) -> None:
    assert callable(measure)
    x = np.arange(40.0)
    same, opposite = measure(x, x**3), measure(x, -x)
    assert same.value == pytest.approx(1) and same.low is None and "same way" in same.method
    assert opposite.value == pytest.approx(-1) and opposite.low is None
    assert math.isnan(measure(x, np.ones(40)).value) and "gold is the same" in measure(x, np.ones(40)).method
    few = measure(x[:9], np.array([1, 2, 1, 3, 2, 2, 1, 3, 3.0]))
    assert few.low is None and not math.isnan(few.value)
    nothing = measure(np.full(5, np.nan), x[:5])
    assert math.isnan(nothing.value) and (nothing.n, nothing.n_unscored) == (0, 5)
    one = measure(x, np.random.default_rng(0).permutation(x), np.zeros(40, dtype=np.int64))
    assert one.low is None
    with pytest.raises(DataError, match="shapes"):
        measure(x, x[:3])


def test_turned_gold_turns_the_sign() -> None:
    x, y, prompt = world(np.random.default_rng(2), 50, 3, 0.3, 0.5, 5)
    e, turned = spearman(x, y, prompt), spearman(x, -y, prompt)
    assert turned.value == pytest.approx(-e.value)
    assert e.low is not None and turned.high == pytest.approx(-e.low)


@BOTH
def test_within_prompts_is_the_mean_of_each(influence: Influence) -> None:
    x, y, prompt = world(np.random.default_rng(3), 40, 5, 0.6, 0.4, 3)
    each = [influence(x[prompt == p], y[prompt == p])[0] for p in range(40)]
    known = [value for value in each if not math.isnan(value)]
    e = within(influence, x, y, prompt)
    assert e.value == pytest.approx(np.mean(known)) and e.n == len(known) and e.n + e.n_unscored == 40
    assert within(influence, x, y, np.arange(200)).n == 0


def test_a_difference_between_sources_is_no_correlation_within() -> None:
    """Simpson: two sources, one better and scored higher; inside each the score says nothing."""
    rng = np.random.default_rng(4)
    source = np.repeat([0, 1], 300)
    x, y = rng.normal(size=(2, 600)) + 2 * source
    overall, inside = spearman(x, y), between_sources(spearman_influence, x, y, source)
    assert overall.low is not None and overall.low > 0.3
    assert inside.low is not None and inside.high is not None and inside.low < 0 < inside.high
    left_out = between_sources(spearman_influence, x, y, np.where(np.arange(600) < 5, 7, source))
    assert left_out.n == 595 and left_out.n_unscored == 5


def covered(measure: str, shape: tuple[int, int, float, float, int], draws: int, truth_rows: int = 60_000) -> Draws:
    prompts, k, alike, rho, grades = shape
    influence = {"spearman": spearman_influence, "kendall": kendall_influence}[measure]
    estimate = {"spearman": spearman, "kendall": kendall}[measure]
    rng = np.random.default_rng(7)
    x, y, _ = world(rng, truth_rows // k, k, alike, rho, grades)
    truth, found = influence(x, y)[0], Draws()
    for _ in range(draws):
        found.add(estimate(*world(rng, prompts, k, alike, rho, grades)), truth)
    return found


@pytest.mark.parametrize("measure", ["spearman", "kendall"])
def test_intervals_cover(measure: str) -> None:
    require_nominal(covered(measure, (40, 3, 0.5, 0.4, 5), 300))


@pytest.mark.slow
@pytest.mark.parametrize("measure", ["spearman", "kendall"])
@pytest.mark.parametrize("shape", [(15, 1, 0, 0.5, 5), (30, 8, 0.3, 0.6, 0), (50, 1, 0, 0.0, 2), (100, 4, 0.3, 0.9, 5)])
def test_intervals_cover_in_2000_draws(measure: str, shape: tuple[int, int, float, float, int]) -> None:
    """Of 50 rows of two grades six are in the rarer one, which is too few to know the spread: measured .91."""
    require_nominal(covered(measure, shape, 2000), width=(0.85, 1.2), least=0.89 if shape[-1] == 2 else 0.925)
