"""Accuracy with ties as half, and leans at equal gold: known answers, limits, coverage."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.pair_preference import accuracy, accuracy_difference, lean_at_equal_gold, share_of_side


def test_ties_count_one_half_and_two_ties_agree() -> None:
    win = np.array([1.0, 0.0, 0.5, 1.0, 0.5, np.nan])
    gold = np.array([1.0, 1.0, 1.0, 0.5, 0.5, 1.0])
    e = accuracy(np.tile(win, 10), np.tile(gold, 10))
    assert e.value == pytest.approx((1 + 0 + 0.5 + 0.5 + 1) / 5)
    assert e.n_unscored == 10


def test_turning_gold_round_turns_the_accuracy_round() -> None:
    rng = np.random.default_rng(0)
    win, gold = rng.choice([0, 0.5, 1], 200), rng.choice([0.0, 1.0], 200)
    assert accuracy(win, gold).value == pytest.approx(1 - accuracy(win, 1 - gold).value)


def test_two_judges_are_compared_on_the_pairs_that_both_judged() -> None:
    gold = np.tile([1.0, 0.0], 50)
    good, poor = gold.copy(), gold.copy()
    poor[:30] = 1 - poor[:30]
    good[-10:] = np.nan
    e = accuracy_difference(good, poor, gold)
    assert e.value == pytest.approx(30 / 90) and e.low is not None and e.low > 0.2
    assert accuracy_difference(poor, good, gold).value == pytest.approx(-e.value)


def leaning(
    rng: np.random.Generator, prompts: int, lean: float, right: float = 0.8, base: float = 0.7, rows: int = 3
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A share ``lean`` of the verdicts goes to a side; prompts shift how often gold is on that side."""
    prompt = np.repeat(np.arange(prompts), rows)
    gold = (rng.random(len(prompt)) < np.repeat(rng.beta(6 * base, 6 * (1 - base), prompts), rows)).astype(float)
    kind = np.repeat(rng.random(prompts) < 0.5, rows)  # hard prompts, of which all pairs err more often
    judged = np.where(rng.random(len(prompt)) < np.where(kind, right - 0.15, right + 0.15), gold, 1 - gold)
    return np.where(rng.random(len(prompt)) < lean, 1.0, judged), gold, prompt


def test_errors_either_way_are_no_lean_however_many_and_whichever_side_is_better() -> None:
    side, gold, prompt = leaning(np.random.default_rng(1), 20_000, 0.0)
    assert share_of_side(side, prompt).value > 0.6  # the side is better more often
    assert lean_at_equal_gold(side, gold, prompt).value == pytest.approx(0, abs=0.01)


def test_a_lean_is_half_the_share_of_verdicts_that_follow_it() -> None:
    side, gold, prompt = leaning(np.random.default_rng(2), 20_000, 0.3)
    assert lean_at_equal_gold(side, gold, prompt).value == pytest.approx(0.15, abs=0.01)
    assert lean_at_equal_gold(1 - side, 1 - gold, prompt).value == pytest.approx(-0.15, abs=0.01)


@pytest.mark.parametrize("lean", [0.0, 0.2])
def test_intervals_of_the_lean_cover(lean: float) -> None:
    rng, covered, n = np.random.default_rng(3), 0, 300
    for _ in range(n):
        e = lean_at_equal_gold(*leaning(rng, 100, lean))
        assert e.low is not None and e.high is not None
        covered += e.low <= lean / 2 <= e.high
    assert 0.92 * n <= covered <= 0.99 * n, covered / n


def test_too_few_pairs_of_a_gold_class_have_no_interval() -> None:
    side, gold = np.ones(40), np.r_[np.ones(35), np.zeros(5)]
    assert lean_at_equal_gold(side, gold).low is None
    assert np.isnan(lean_at_equal_gold(side, np.ones(40)).value)


def test_other_values_are_refused() -> None:
    with pytest.raises(DataError, match=r"allowed 1 \(the one\)"):
        share_of_side(np.array([0.7]))
    with pytest.raises(DataError, match="needs one a pair"):
        accuracy(np.ones(3), np.ones(4))


@pytest.mark.slow
@pytest.mark.parametrize("lean", [0.0, 0.2, 0.6])
@pytest.mark.parametrize(("prompts", "rows"), [(40, 3), (150, 2), (30, 8)])
def test_coverage_of_the_lean_over_2000_draws(lean: float, prompts: int, rows: int) -> None:
    rng, covered, n = np.random.default_rng(11), 0, 2000
    for _ in range(n):
        e = lean_at_equal_gold(*leaning(rng, prompts, lean, rows=rows))
        assert e.low is not None and e.high is not None
        covered += e.low <= lean / 2 <= e.high
    assert 0.94 * n <= covered <= 0.99 * n, covered / n
