"""How uncertain the mean of clusters of unequal sizes is."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from openloop.measures import clustered
from openloop.measures.design_effect import freedom, intraclass_correlation, variance_of_mean
from openloop.measures.intervals import student, wilson
from tests.support.coverage import Draws, require_nominal

Z = NormalDist().inv_cdf(0.975)


def sizes(kind: str, prompts: int, rows: int = 10) -> np.ndarray:
    """Rows of each prompt, about ``rows`` on average."""
    n = prompts * rows
    if kind.startswith("largest"):
        first = round(n * int(kind.split()[1]) / 100)
        return np.r_[first, np.full(prompts - 1, max(1, round((n - first) / (prompts - 1))))]
    shape = {
        "equal": np.ones(prompts),
        "geometric": 0.9 ** np.arange(prompts),
        "lognormal": np.exp(np.random.default_rng(1).normal(0, 1.2, prompts)),
    }[kind]
    return np.maximum(1, np.round(n * shape / shape.sum())).astype(int)


def tails(size: np.ndarray, icc: float, draws: int, p: float = 0.1, seed: int = 5) -> tuple[float, float]:
    """P(upper < p) and P(lower > p) of the two-sided 95 % Wilson interval with the effective rows."""
    rng, prompts = np.random.default_rng(seed), np.repeat(np.arange(len(size)), size)
    below = above = 0
    for _ in range(draws):
        rate = rng.beta(p * (1 / icc - 1), (1 - p) * (1 / icc - 1), len(size)) if icc else np.full(len(size), p)
        size_of = clustered.effective((rng.random(len(prompts)) < rate[prompts]).astype(float), prompts, 0.95)
        low, high = wilson(size_of.share, size_of.rows, Z)
        below, above = below + (high < p), above + (low > p)
    return below / draws, above / draws


@pytest.mark.parametrize(
    ("kind", "prompts", "icc"),
    [
        ("geometric", 50, 0.6),
        ("geometric", 200, 0.3),
        ("lognormal", 50, 0.3),
        ("largest 28", 60, 0.3),
        ("equal", 50, 0),
    ],
)
def test_an_upper_bound_holds_for_prompts_of_any_sizes(kind: str, prompts: int, icc: float) -> None:
    """With C/(C − 1) and t on C − 1: .06 to .14 in the first four (4,000 draws). 300 draws know .025 to .009."""
    below, _ = tails(sizes(kind, prompts), icc, 300)
    assert below <= 0.025 + 3 * 0.009


@pytest.mark.slow
@pytest.mark.parametrize("p", [0.04, 0.1, 0.3])
@pytest.mark.parametrize("icc", [0.0, 0.3, 0.6])
@pytest.mark.parametrize("prompts", [20, 50, 200])
@pytest.mark.parametrize("kind", ["equal", "geometric", "lognormal", "largest 14", "largest 16", "largest 28"])
def test_both_tails_in_1000_draws(kind: str, prompts: int, icc: float, p: float) -> None:
    below, above = tails(sizes(kind, prompts), icc, 1000, p)
    assert max(below, above) <= 0.035 + 3 * 0.005


def test_equal_sizes_are_the_usual_variance() -> None:
    values, prompt = np.random.default_rng(0).normal(size=200), np.repeat(np.arange(20), 10)
    means = values.reshape(20, 10).mean(1)
    found = variance_of_mean(values, prompt, 0.95)
    assert found.half_width(0.95) == pytest.approx(student(19, 0.95) * means.std(ddof=1) / math.sqrt(20))
    assert (found.clusters, found.largest) == (20, pytest.approx(1 / 20))


def test_the_degrees_of_freedom_of_one_large_prompt_are_few() -> None:
    assert freedom(np.full(20, 1 / 20)) == pytest.approx(19)
    assert freedom(np.array([0.5, 0.5])) == pytest.approx(1)
    assert 2 < freedom(np.r_[0.4, np.full(100, 0.006)]) < 7


def test_satterthwaite_by_brute_force() -> None:
    """tr² / tr M² of the quadratic form itself, for rows of variance 1."""
    size = np.array([1, 2, 3, 7])
    n, prompt = size.sum(), np.repeat(np.arange(4), size)
    centring = np.eye(n) - 1 / n
    rows = np.array([(prompt == c) @ centring / math.sqrt(1 - size[c] / n) for c in range(4)])
    form = rows @ rows.T
    assert freedom(size / n) == pytest.approx(np.trace(form) ** 2 / (form**2).sum())


def test_rows_of_a_prompt_that_are_alike() -> None:
    prompt = np.repeat(np.arange(300), 4)
    rng = np.random.default_rng(2)
    of_prompt, own = rng.normal(size=300)[prompt], rng.normal(size=1200)
    assert intraclass_correlation(of_prompt, prompt) == pytest.approx(1)
    assert intraclass_correlation(own, prompt) < 0.05
    assert intraclass_correlation(of_prompt + own, prompt) == pytest.approx(0.5, abs=0.06)
    assert intraclass_correlation(np.ones(8), np.arange(8) // 2) == 0
    assert intraclass_correlation(own[:5], np.arange(5)) == 0


@pytest.mark.parametrize("kind", ["equal", "geometric", "lognormal", "largest 28"])
def test_means_of_uneven_prompts_cover(kind: str) -> None:
    """Uneven prompts are conservative: by up to 1.8 in width where one prompt has 28 %, of 50."""
    size, rng, draws = sizes(kind, 50), np.random.default_rng(3), Draws()
    prompt = np.repeat(np.arange(50), size)
    for _ in range(400):
        draws.add(clustered.mean(rng.normal(size=50)[prompt] + rng.normal(size=len(prompt)), prompt), 0.0)
    if kind == "equal":
        require_nominal(draws)
    assert draws.coverage >= 0.95 - 3 * 0.011 and draws.width < 1.8, (draws.coverage, draws.width)


def test_the_variance_by_hand() -> None:
    """Shares 1/2, 1/4, 1/4; sums of the residuals −1, −1 and 2 (of the total of four rows)."""
    values, prompt = np.array([1.0, 2.0, 1.0, 4.0]), np.array([0, 0, 3, 5])
    found = variance_of_mean(values, prompt, 0.95)
    cr2 = (1 / 0.5 + 1 / 0.75 + 4 / 0.75) / 16
    assert found.variance >= cr2 * (student(freedom(np.array([0.5, 0.25, 0.25])), 0.95) / Z) ** 2 - 1e-12
    assert found.if_independent == pytest.approx(1 / 4) and found.largest == 0.5
    assert math.isnan(variance_of_mean(np.zeros(3), np.ones(3, dtype=np.int64), 0.95).variance)
