"""How much weight real rows deserve, and where a biased verifier's loop rests."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from openloop.errors import InputError
from openloop.theory.mixing import first_order_variance, loop_variance, plateau, real_weight, resting_variance


def test_the_golden_weight_has_the_least_variance() -> None:
    assert real_weight(5, 5) == pytest.approx((math.sqrt(5) - 1) / 2)
    assert real_weight(5, 5, fresh=False) == 1.0
    best = real_weight(10, 40)
    assert loop_variance(best, 10, 40) == pytest.approx(best / 10)
    around = [loop_variance(w, 10, 40) for w in np.linspace(0.05, 1, 96)]
    assert min(around) >= loop_variance(best, 10, 40) - 1e-12
    rng, m = np.random.default_rng(0), np.zeros(20_000)
    for _ in range(60):
        real, made = rng.standard_normal(20_000) / 10**0.5, m + rng.standard_normal(20_000) / 40**0.5
        m = best * real + (1 - best) * made
    assert m.var() == pytest.approx(best / 10, rel=4 * math.sqrt(2 / len(m)))


def test_a_biased_verifier_comes_to_rest_at_its_bias() -> None:
    assert plateau(0.0, 1.0, 1.0, 10**9) == pytest.approx(0.0, abs=1e-6)
    rng, m, kept = np.random.default_rng(1), np.zeros(3_000), 50
    for _ in range(30):
        drawn = m[:, None] + rng.standard_normal((3_000, 400))
        inside = np.abs(drawn - 0.3) <= 1.0
        take = inside & (np.cumsum(inside, 1) <= kept)
        m = (drawn * take).sum(1) / take.sum(1)
    error = (m**2).std() / math.sqrt(len(m))
    assert (m**2).mean() == pytest.approx(plateau(0.3, 1.0, 1.0, kept), abs=4 * error)


def by_convolution(reach: float, kept: int, cells: int = 300) -> float:
    """V of the same chain with rows on a lattice: its stationary law, summed up without an approximation."""
    y = (np.arange(cells) - (cells - 1) / 2) * 2 * reach / cells
    row = np.exp(-(y**2) / 2)
    sums = np.ones(1)
    for _ in range(kept):
        sums = np.convolve(sums, row / row.sum())
    mean = (np.arange(len(sums)) - (len(sums) - 1) / 2) * (y[1] - y[0]) / kept
    log = np.log(np.maximum(sums, 1e-300)) + kept * np.log((np.exp(np.outer(mean, y)) * row).sum(1))
    chance = np.exp(log - log.max())
    return float(chance @ mean**2 / chance.sum())


@pytest.mark.parametrize("reach", [0.3, 1.0, 2.4, 4.0, 6.0])
@pytest.mark.parametrize(("kept", "close"), [(1, 1e-4), (2, 0.02), (6, 0.004), (20, 0.001)])
def test_the_resting_variance_is_that_of_the_chain_on_a_lattice(reach: float, kept: int, close: float) -> None:
    assert resting_variance(reach, kept) == pytest.approx(by_convolution(reach, kept), rel=close)


def test_few_rows_and_a_wide_verifier_rest_far_below_the_first_order() -> None:
    rng, m, kept, reach, late = np.random.default_rng(2), np.zeros(8_000), 6, 2.4, []
    for round_ in range(90):
        y = m[:, None] + rng.standard_normal((8_000, kept))
        while (out := np.abs(y) > reach).any():
            y[out] = (m[:, None] + rng.standard_normal((8_000, kept)))[out]
        m = y.mean(1)
        if round_ >= 60:
            late.append(float((m**2).mean()))
    assert np.mean(late) == pytest.approx(resting_variance(reach, kept), rel=0.02)
    assert first_order_variance(reach, kept) == pytest.approx(1.58 * np.mean(late), rel=0.03)


@pytest.mark.parametrize("reach", [0.3, 1.0, 2.4])
def test_many_rows_rest_at_the_first_order(reach: float) -> None:
    for kept in (10**4, 10**7):
        assert resting_variance(reach, kept) == pytest.approx(first_order_variance(reach, kept), rel=2e-3)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: real_weight(0, 5), "needs real rows"),
        (lambda: loop_variance(0.0, 1, 1), "weight"),
        (lambda: loop_variance(0.5, 1, 0), "rows of each kind"),
        (lambda: plateau(0, 0, 1, 1), "radius"),
        (lambda: plateau(0, 1, 1, 0), "kept"),
        (lambda: resting_variance(0, 5), "reach"),
    ],
)
def test_impossible_arguments_are_refused(call: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        call()
