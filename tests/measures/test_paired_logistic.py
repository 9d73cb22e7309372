"""Logistic regression of wins on differences."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.paired_logistic import fit


def world(rng: np.random.Generator, beta: float, prompts: int = 150, rows: int = 4) -> tuple[np.ndarray, ...]:
    """Pairs of a prompt share a part of their difference, and of the noise beyond the logistic's own."""
    prompt = np.repeat(np.arange(prompts), rows)
    x = rng.normal(size=prompts)[prompt] + rng.normal(size=len(prompt))
    lot = np.where(rng.random(prompts)[prompt] < 0.3, rng.random(prompts)[prompt], rng.random(len(prompt)))
    win = (lot < 1 / (1 + np.exp(-beta * x))).astype(float)
    return x[:, None], win, prompt


def test_one_column_of_ones_is_the_log_odds_of_the_share() -> None:
    win = np.r_[np.ones(30), np.zeros(10)]
    made = fit(np.ones((40, 1)), win)
    assert made is not None and made.beta[0] == pytest.approx(np.log(3))
    e = made.estimate(np.ones(1), None, 0.95)
    half = 1.96 * np.sqrt(1 / 30 + 1 / 10)  # the textbook standard error of a log odds
    assert e.low is not None and e.value - e.low == pytest.approx(half, rel=0.06)


def test_exchanging_the_sides_changes_the_sign_and_nothing_else() -> None:
    x, win, _ = world(np.random.default_rng(0), 0.5)
    one, other = fit(x, win), fit(-x, win)
    assert one is not None and other is not None
    assert one.beta == pytest.approx(-other.beta)


def test_separated_wins_and_idle_columns_have_no_maximum() -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    assert fit(x, (x[:, 0] > 0).astype(float)) is None
    assert fit(np.zeros((40, 1)), np.tile([0.0, 1.0], 20)) is None


def test_shapes_are_checked() -> None:
    with pytest.raises(DataError, match="needs differences"):
        fit(np.ones((3, 1)), np.ones(2))
    with pytest.raises(DataError, match="from 0 to 1"):
        fit(np.ones((3, 1)), np.full(3, 2.0))


@pytest.mark.parametrize("beta", [0.0, 0.7])
def test_intervals_cover_though_pairs_of_a_prompt_are_alike(beta: float) -> None:
    rng, covered, n = np.random.default_rng(1), 0, 200
    # What the model without the noise's dependence estimates is the same coefficient.
    for _ in range(n):
        x, win, prompt = world(rng, beta)
        made = fit(x, win)
        assert made is not None
        e = made.estimate(np.ones(1), prompt, 0.95)
        assert e.low is not None and e.high is not None
        covered += e.low <= beta <= e.high
    assert 0.91 * n <= covered <= 0.99 * n, covered / n
