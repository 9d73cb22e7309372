"""Whether a score ranks good rows above bad ones."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from openloop.measures import auc
from tests.support.coverage import Draws, require_nominal


def test_auc_counts_pairs_with_ties_as_half() -> None:
    rng = np.random.default_rng(0)
    score, gold = rng.integers(0, 5, 60).astype(float), rng.integers(0, 2, 60).astype(float)
    pairs = [(a > b) + (a == b) / 2 for a in score[gold == 1] for b in score[gold == 0]]
    assert auc.pooled(score, gold).value == pytest.approx(np.mean(pairs))
    prompt = np.arange(60) % 6
    each = []
    for p in range(6):
        s, g = score[prompt == p], gold[prompt == p]
        if 0 < g.sum() < len(g):
            each.append(np.mean([(a > b) + (a == b) / 2 for a in s[g == 1] for b in s[g == 0]]))
    assert auc.within(score, gold, prompt).value == pytest.approx(np.mean(each))


def test_a_score_of_the_prompt_alone_ranks_nothing_within_it() -> None:
    rng = np.random.default_rng(1)
    level = rng.normal(size=80)
    gold = (rng.random((80, 10)) < 1 / (1 + np.exp(-2 * level))[:, None]).astype(float).ravel()
    prompt = np.repeat(np.arange(80), 10)
    score = np.repeat(level, 10)
    assert auc.pooled(score, gold, prompt).value > 0.75
    inside = auc.within(score, gold, prompt)
    assert inside.value == 0.5 and inside.low is not None and inside.low < 0.5  # ties tell of no rank, not of none


@pytest.mark.parametrize(("score", "gold"), [([1, 2], [1, 1]), ([math.nan, math.nan], [1, 0]), ([], [])])
def test_auc_needs_both_classes(score: list[float], gold: list[float]) -> None:
    s, g = np.array(score, float), np.array(gold, float)
    assert math.isnan(auc.pooled(s, g).value)
    assert math.isnan(auc.within(s, g, np.zeros(len(s), dtype=np.int64)).value)


def test_auc_covers_for_clusters() -> None:
    rng, pooled, within = np.random.default_rng(2), Draws(), Draws()
    for _ in range(600):
        shift = rng.normal(size=60)[:, None] * 0.5
        gold = rng.random((60, 5)) < 0.4
        score = shift + gold + rng.normal(size=(60, 5))
        columns = score.ravel(), gold.ravel().astype(float), np.repeat(np.arange(60), 5)
        pooled.add(auc.pooled(*columns), NormalDist().cdf(1 / math.sqrt(2 * 1.25)))
        within.add(auc.within(*columns), NormalDist().cdf(1 / math.sqrt(2)))
    require_nominal(pooled, width=(0.93, 1.08))
    require_nominal(within, width=(0.93, 1.08))


def test_prompts_that_are_all_ranked_right_leave_room_for_one_that_is_not() -> None:
    gold, prompt = np.tile([1.0, 0.0], 40), np.repeat(np.arange(40), 2)
    e = auc.within(gold, gold, prompt)
    assert (e.value, e.high) == (1, 1) and e.low == pytest.approx(0.05 ** (1 / 40), abs=1e-6)
    reverse = auc.within(1 - gold, gold, prompt)
    assert reverse.high is not None and e.low is not None
    assert (reverse.value, reverse.low, reverse.high) == (0, 0, pytest.approx(1 - e.low))


def test_auc_within_few_prompts_has_no_interval() -> None:
    e = auc.within(np.arange(8.0), np.tile([1.0, 0.0], 4), np.repeat(np.arange(4), 2))
    assert e.low is None and "too few" in e.method and ": 4" in e.method


def draw(
    bad: float, gap: float, width: float, prompts: int, k: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Score, gold, prompt: bad rows score lower by ``gap``, and ``width`` times as widely."""
    icc = 0.3 if k > 1 else 0.001
    rate = rng.beta(bad * (1 / icc - 1), (1 - bad) * (1 / icc - 1), prompts)
    prompt = np.repeat(np.arange(prompts), k)
    gold = (rng.random(prompts * k) >= rate[prompt]).astype(float)
    score = np.where(gold == 1, gap, 0) + np.where(gold == 1, 1, width) * rng.normal(size=len(gold))
    return score, gold, prompt


@pytest.mark.parametrize(
    ("bad", "gap", "width", "prompts", "k"),
    [(0.03, 1.2, 1, 200, 1), (0.08, 2.5, 2, 100, 1), (0.03, 2.5, 1, 100, 4), (0.08, 0.3, 2, 40, 10)],
)
def test_auc_with_few_bad_rows_covers(bad: float, gap: float, width: float, prompts: int, k: int) -> None:
    """The logit of the area with t on prompts − 1 covered .69 to .89."""
    rng, draws = np.random.default_rng(4), Draws()
    for _ in range(300):
        e = auc.pooled(*draw(bad, gap, width, prompts, k, rng))
        draws.add(e, NormalDist().cdf(gap / math.hypot(1, width)))
    assert draws.coverage >= 0.95 - 3 * 0.0126 and draws.without < 120


def test_complete_separation_gives_a_one_sided_bound() -> None:
    gold, prompt = np.repeat([1.0, 0.0], [40, 20]), np.arange(60)
    e = auc.pooled(gold, gold, prompt)
    assert (e.value, e.high) == (1, 1) and e.low is not None and 0.9 < e.low < 0.98 and "one-sided" in e.method
    few = auc.pooled(gold, gold, prompt // 6)
    assert few.low is not None and few.low < e.low - 0.02
    reverse = auc.pooled(-gold, gold, prompt)
    assert (reverse.value, reverse.low, reverse.high) == (0, 0, pytest.approx(1 - e.low))


def test_a_handful_of_bad_rows_has_no_interval() -> None:
    e = auc.pooled(np.arange(50.0), np.repeat([0.0, 1.0], [4, 46]))
    assert e.low is None and e.method == "no interval: too few rows: 46 good and 4 bad"


def test_a_constant_score_ranks_nothing_and_says_how_surely() -> None:
    e = auc.pooled(np.zeros(60), np.tile([1.0, 0.0], 30))
    assert e.value == 0.5 and e.low is not None and e.high is not None and e.low < 0.45 < 0.55 < e.high
