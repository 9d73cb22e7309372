"""MMD: the closed form of two Gaussians, a null of whole prompts, intervals, limits."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.mmd import Discrepancy, mmd

S, D = 2.0, 2


def truth(apart: float) -> float:
    """Of two standard Gaussians in two dimensions: E k = (s / (s + 2))^(D/2) exp(−d² / (2 (s + 2)))."""
    near, far = (math.exp(-(d**2) / 2 / (S + 2)) * (S / (S + 2)) ** (D / 2) for d in (0.0, apart))
    return 2 * near - 2 * far


def sides(rng: np.random.Generator, apart: float, prompts: tuple[int, int], each: tuple[int, int], shared: int = 0):
    """Rows of two sides, half of whose variance is the prompt's; the first ``shared`` prompts are on both."""
    centres, found = rng.normal(size=(sum(prompts), D)), []
    for number, (held, rows, start) in enumerate(zip(prompts, each, (0, prompts[0] - shared), strict=True)):
        g = start + np.repeat(np.arange(held), rows if rows else rng.geometric(0.4, held))
        found += [(centres[g] + rng.normal(size=(len(g), D))) / 2**0.5 + [number * apart, 0], g]
    return found[0], found[2], found[1], found[3]


def measured(seeds: int, *how) -> list[Discrepancy]:
    rngs = [np.random.default_rng([12, seed]) for seed in range(seeds)]
    return [mmd(*sides(rng, *how), rng=rng, scale=S, permutations=99) for rng in rngs]


def test_it_is_the_mean_over_rows_of_different_prompts() -> None:
    rng = np.random.default_rng(0)
    x, y, g, h = sides(rng, 0.5, (6, 5), (0, 0), shared=3)
    all_rows, prompt, side = np.r_[x, y], np.r_[g, h], np.repeat([0, 1], [len(x), len(y)])
    k = np.exp(-((all_rows[:, None] - all_rows[None]) ** 2).sum(2) / 2 / S)
    cells = sorted(set(zip(side, prompt, strict=True)))
    mean = {(a, b): k[np.ix_((side == a[0]) & (prompt == a[1]), (side == b[0]) & (prompt == b[1]))].mean()
            for a in cells for b in cells if a[1] != b[1]}  # fmt: skip
    parts = [np.mean([v for (a, b), v in mean.items() if (a[0], b[0]) == pair]) for pair in ((0, 0), (1, 1), (0, 1))]
    found = mmd(x, y, g, h, rng=rng, scale=S).squared.value
    assert found == pytest.approx(parts[0] + parts[1] - 2 * parts[2], rel=1e-4)


@pytest.mark.parametrize("apart", [0.0, 1.0])
def test_it_is_the_closed_form_of_two_gaussians(apart: float) -> None:
    values = [one.squared.value for one in measured(60, apart, (40, 30), (0, 1), 10)]
    assert np.mean(values) == pytest.approx(truth(apart), abs=4 * np.std(values, ddof=1) / 60**0.5)


@pytest.mark.parametrize(
    "how", [((20, 30), (1, 1)), ((30, 30), (4, 4)), ((30, 30), (1, 4)), ((30, 30), (0, 0), 30), ((40, 20), (2, 2), 10)]
)
def test_p_values_of_one_source_are_uniform(how: tuple) -> None:
    p = np.array([one.p_value for one in measured(150, 0.0, *how)])
    for at in (0.05, 0.2, 0.5):
        assert (p <= at).mean() - at <= 3.3 * math.sqrt(at * (1 - at) / 150)
    assert (p <= 0.5).mean() > 0.3


@pytest.mark.parametrize("apart", [0.0, 0.4, 1.0])
def test_intervals_hold_what_they_promise(apart: float) -> None:
    """Long runs, 150 a cell, 20 to 60 prompts of 1, 4 or geometric sizes, none, some or all shared: .94 to 1."""
    found = [one.squared for one in measured(120, apart, (40, 40), (2, 2), 20)]
    held = [one.low is None or one.low <= truth(apart) + 1e-12 <= one.high for one in found]
    assert np.mean(held) >= 0.93 - 2 * 0.0233


def test_sets_that_differ_are_told_and_sides_may_change_places() -> None:
    x, y, g, h = sides(np.random.default_rng(1), 1.0, (60, 60), (4, 4))
    one, other = mmd(x, y, g, h, rng=np.random.default_rng(0)), mmd(y, x, h, g, rng=np.random.default_rng(0))
    assert one.p_value == 0.001
    assert one.squared.low > 0.02
    assert one.squared.value == pytest.approx(other.squared.value, rel=1e-4)
    assert "60 and 60 prompts" in one.squared.method and "one row of each" not in one.squared.method


def test_the_order_of_rows_does_not_matter() -> None:
    x, y, g, h = sides(np.random.default_rng(2), 0.3, (30, 40), (0, 2), 10)
    p, q = np.random.default_rng(3).permutation(len(x)), np.random.default_rng(4).permutation(len(y))
    one = mmd(x, y, g, h, rng=np.random.default_rng(0))
    other = mmd(x[p], y[q], g[p], h[q], rng=np.random.default_rng(0))
    assert one.p_value == other.p_value
    assert (one.squared.value, one.squared.high) == pytest.approx((other.squared.value, other.squared.high), rel=1e-3)
    assert "one row of each" in one.squared.method


def test_too_little_to_speak_of_and_what_is_refused() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(30, 3))
    for n in (0, 1):
        assert f"not measured: {n} and 30 prompts" in mmd(x[:n], x, rng=rng).squared.method
    assert "not measured: 1 and 1 prompts" in mmd(x, x, np.zeros(30, int), np.zeros(30, int), rng=rng).squared.method
    assert "all vectors of both sides are equal" in mmd(np.ones((9, 2)), np.ones((5, 2)), rng=rng).squared.method
    assert "too few prompts: 5" in mmd(x[:5], x, rng=rng).squared.method
    with pytest.raises(DataError, match="widths 3 and 2"):
        mmd(x, x[:, :2], rng=rng)
    with pytest.raises(DataError, match="not finite"):
        mmd(x, np.where(np.eye(30, 3) > 0, np.inf, x), rng=rng)
    with pytest.raises(DataError, match="prompt_y: needs one prompt code for each of 30"):
        mmd(x, x, np.arange(30), np.arange(3), rng=rng)


def test_tensors_give_what_arrays_give() -> None:
    torch = pytest.importorskip("torch")
    x, y, g, h = sides(np.random.default_rng(6), 0.5, (30, 30), (0, 2), 10)
    one = mmd(x, y, g, h, rng=np.random.default_rng(0))
    other = mmd(torch.from_numpy(x), torch.from_numpy(y), g, h, rng=np.random.default_rng(0))
    assert one.p_value == other.p_value
    assert one.squared.value == pytest.approx(other.squared.value, rel=1e-3)
