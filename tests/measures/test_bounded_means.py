"""Bounds of a mean of values in [0, 1] that assume nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import betaincinv

from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.bounded_means import DISTINCT, bounds_of_mean
from tests.support.coverage import Draws


@pytest.mark.parametrize(("ones", "n"), [(1, 10), (3, 10), (20, 200), (1990, 2000)])
def test_zeros_and_ones_are_clopper_and_pearsons(ones: int, n: int) -> None:
    low, high = bounds_of_mean(np.repeat([1.0, 0.0], [ones, n - ones]), 0.95)
    assert low == pytest.approx(betaincinv(ones, n - ones + 1, 0.025), abs=1e-6)
    assert high == pytest.approx(betaincinv(ones + 1, n - ones, 0.975), abs=1e-6)


def test_the_bound_that_cannot_miss_takes_no_part_of_the_error() -> None:
    assert bounds_of_mean(np.ones(30), 0.95) == (pytest.approx(0.05 ** (1 / 30), abs=1e-6), 1.0)
    assert bounds_of_mean(np.zeros(30), 0.95) == (0.0, pytest.approx(1 - 0.05 ** (1 / 30), abs=1e-6))


def test_the_quantile_is_that_of_the_dirichlet_draws() -> None:
    rng = np.random.default_rng(0)
    values = rng.beta(8, 1, 25)
    draws = (
        rng.dirichlet(np.ones(26), 40_000) @ np.r_[values, 1.0],
        rng.dirichlet(np.ones(26), 40_000) @ np.r_[values, 0],
    )
    low, high = bounds_of_mean(values, 0.95)
    assert high == pytest.approx(np.quantile(draws[0], 0.975), abs=2e-3)
    assert low == pytest.approx(np.quantile(draws[1], 0.025), abs=2e-3)


def test_mirrored_values_have_mirrored_bounds_and_equal_ones_no_zero_width() -> None:
    values = np.random.default_rng(1).random(40) ** 5
    low, high = bounds_of_mean(values, 0.9)
    assert bounds_of_mean(1 - values, 0.9) == pytest.approx((1 - high, 1 - low))
    low, high = bounds_of_mean(np.full(12, 0.4), 0.95)
    assert low < 0.35 < 0.45 < high


def test_unequal_shares_count_for_fewer_values() -> None:
    values = np.r_[np.zeros(5), np.ones(25)]
    even, shares = bounds_of_mean(values, 0.95), np.r_[np.full(29, 0.8 / 29), 0.2]
    uneven = bounds_of_mean(values, 0.95, shares)
    assert uneven[1] - uneven[0] > 1.2 * (even[1] - even[0])
    assert bounds_of_mean(values, 0.95, np.full(30, 1 / 30)) == pytest.approx(even)


def test_many_distinct_values_are_rounded_outwards() -> None:
    values = 1 - 0.3 * np.random.default_rng(2).random(3 * DISTINCT)
    low, high = bounds_of_mean(values, 0.95)
    assert values.mean() - 0.012 < low < values.mean() < high < values.mean() + 0.012


@pytest.mark.parametrize("values", [[], [0.5, 1.5], [float("nan")]])
def test_values_outside_are_refused(values: list[float]) -> None:
    with pytest.raises(DataError, match="0 to 1"):
        bounds_of_mean(np.array(values), 0.95)


@pytest.mark.parametrize(("n", "chance", "lost"), [(20, 0.02, 1.0), (60, 0.1, 0.3), (200, 0.05, 0.5), (100, 0.5, 0.6)])
def test_shares_near_one_are_covered(n: int, chance: float, lost: float) -> None:
    """Prompts that lose a part now and then. Student's t covered .33 to .94 of these; the last is far from the end."""
    rng, draws = np.random.default_rng(3), Draws()
    for _ in range(300):
        draws.add(clustered.share(1 - lost * (rng.random(n) < chance) * rng.random(n)), 1 - chance * lost / 2)
    assert draws.without == 0 and draws.coverage >= 0.95 - 3 * 0.0126 and min(draws.widths) > 0
    assert draws.width < (1.1 if chance == 0.5 else 12)
