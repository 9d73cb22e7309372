"""Two judges of the same rows, and several differences judged together."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from openloop.measures import auc
from openloop.measures.paired_differences import (
    auc_difference,
    correlation_difference,
    mean_difference,
    share_difference,
    surely_apart,
)
from openloop.measures.rank_correlation import spearman, spearman_influence
from openloop.records import Estimate
from tests.support.coverage import Draws, require_at_least, require_nominal


def world(
    rng: np.random.Generator, prompts: int, k: int, alike: float, gain: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores of two judges that share part of their noise, gold, and prompt."""
    n = prompts * k

    def noise() -> np.ndarray:
        shared = np.repeat(rng.normal(size=prompts), k)
        return math.sqrt(alike) * shared + math.sqrt(1 - alike) * rng.normal(size=n)

    gold, common = (noise() > 0).astype(float), noise()
    a, b = (g * gold + 0.6 * common + 0.8 * rng.normal(size=n) for g in gain)
    return a, b, gold, np.repeat(np.arange(prompts), k)


def test_values_are_differences_of_the_parts() -> None:
    a, b, gold, prompt = world(np.random.default_rng(0), 100, 3, 0.3, (1.5, 0.5))
    e = auc_difference(a, b, gold, prompt)
    assert e.value == pytest.approx(auc.pooled(a, gold).value - auc.pooled(b, gold).value)
    assert e.low is not None and e.low > 0
    back = auc_difference(b, a, gold, prompt)
    assert back.value == pytest.approx(-e.value) and back.high == pytest.approx(-e.low)
    rho = correlation_difference(spearman_influence, a, b, gold, prompt)
    assert rho.value == pytest.approx(spearman(a, gold).value - spearman(b, gold).value)
    accept = (a > 0.5).astype(float), (b > 0.5).astype(float)
    assert share_difference(*accept).value == pytest.approx(accept[0].mean() - accept[1].mean())


def test_rows_that_one_judge_left_out_do_not_count() -> None:
    a, b, gold, prompt = world(np.random.default_rng(1), 60, 2, 0, (1, 1))
    b[:20] = np.nan
    e = auc_difference(a, b, gold, prompt)
    assert (e.n, e.n_unscored) == (100, 20)
    assert e.value == pytest.approx(auc_difference(a[20:], b[20:], gold[20:]).value)


def test_too_little_gives_no_interval() -> None:
    a, b, gold, prompt = world(np.random.default_rng(2), 40, 1, 0, (1, 1))
    assert auc_difference(a, a, gold, prompt).low is None
    assert math.isnan(auc_difference(a, b, np.ones(40), prompt).value)
    few = np.r_[np.zeros(3), np.ones(37)]
    assert auc_difference(a, b, few, prompt).low is None
    assert mean_difference(np.array([1.0, 0.0])).low is None
    assert math.isnan(mean_difference(np.full(9, np.nan)).value)


def test_judges_that_never_differ_have_an_interval_all_the_same() -> None:
    e = mean_difference(np.zeros(200))
    assert e.method.startswith("t over 200 prompts"), "the two added values are no prompts"
    assert e.value == 0 and e.low is not None and e.high is not None and -0.05 < e.low < 0 < e.high < 0.05


def test_holm_takes_the_surest_first_and_stops() -> None:
    def normal(z: float, level: float) -> Estimate:
        from statistics import NormalDist

        half = NormalDist().inv_cdf((1 + level) / 2)
        return Estimate(z, z - half, z + half, level, 100)

    # p = .0124, .0244, .0455: Holm at .05 over three takes .0167, .025, .05.
    found = surely_apart({name: partial(normal, z) for name, z in (("b", 2.25), ("a", -2.5), ("c", 2.0))}, 0.05)
    assert set(found) == {"a", "b", "c"} and found["a"].level == pytest.approx(1 - 0.05 / 3)
    # One that fails ends it, though the next would pass alone.
    assert set(surely_apart({n: partial(normal, z) for n, z in (("a", 2.3), ("b", 2.2), ("c", 2.1))}, 0.05)) == set()


def covered(name: str, shape: tuple[int, int, float, tuple[float, float]], draws: int) -> Draws:
    prompts, k, alike, gain = shape

    def estimate(a: np.ndarray, b: np.ndarray, gold: np.ndarray, prompt: np.ndarray) -> Estimate:
        if name == "auc":
            return auc_difference(a, b, gold, prompt)
        if name == "correlation":
            return correlation_difference(spearman_influence, a, b, gold, prompt)
        right = [((score > 0.7) == gold).astype(float) for score in (a, b)]
        return share_difference(right[0], right[1], prompt)

    rng = np.random.default_rng(5)
    truth, found = estimate(*world(rng, 60_000 // k, k, alike, gain)).value, Draws()
    for _ in range(draws):
        found.add(estimate(*world(rng, prompts, k, alike, gain)), truth)
    return found


@pytest.mark.parametrize("name", ["auc", "correlation", "accuracy"])
def test_differences_are_covered(name: str) -> None:
    require_nominal(covered(name, (60, 4, 0.4, (1.2, 0.8)), 300), width=(0.9, 1.2))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["auc", "correlation", "accuracy"])
@pytest.mark.parametrize("shape", [(30, 1, 0.0, (1.0, 1.0)), (20, 8, 0.4, (1.0, 1.0)), (100, 4, 0.5, (2.0, 1.0))])
def test_differences_are_covered_in_2000_draws(name: str, shape: tuple[int, int, float, tuple[float, float]]) -> None:
    require_at_least(covered(name, shape, 2000), width=(0.9, 1.25))


def test_judges_that_are_alike_are_seldom_told_apart() -> None:
    rng, false = np.random.default_rng(9), 0
    for _ in range(150):
        a, b, gold, prompt = world(rng, 40, 2, 0.3, (1, 1))
        c = np.random.default_rng(rng.integers(2**31)).permuted(a)  # a third that says nothing differs from both
        pairs = {"ab": partial(auc_difference, a, b, gold, prompt), "ac": partial(auc_difference, a, c, gold, prompt)}
        false += "ab" in surely_apart({n: lambda level, f=f: f(level=level) for n, f in pairs.items()}, 0.05)
    assert false / 150 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 150)
