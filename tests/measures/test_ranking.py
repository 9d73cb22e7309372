"""AUC, the operating curve, best of n, votes."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures import auc
from openloop.measures.best_of import best_of, by_rank, per_prompt, sizes_up_to, vote
from openloop.measures.operating_curve import operating_curve, thresholds


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
    assert inside.value == 0.5 and inside.low == 0.5


@pytest.mark.parametrize(("score", "gold"), [([1, 2], [1, 1]), ([math.nan, math.nan], [1, 0]), ([], [])])
def test_auc_needs_both_classes(score: list[float], gold: list[float]) -> None:
    s, g = np.array(score, float), np.array(gold, float)
    assert math.isnan(auc.pooled(s, g).value)
    assert math.isnan(auc.within(s, g, np.zeros(len(s), dtype=np.int64)).value)


def test_auc_covers_for_clusters() -> None:
    rng = np.random.default_rng(2)
    held = []
    for _ in range(300):
        shift = rng.normal(size=60)[:, None] * 0.5
        gold = rng.random((60, 5)) < 0.4
        score = shift + gold + rng.normal(size=(60, 5))
        e = auc.pooled(score.ravel(), gold.ravel().astype(float), np.repeat(np.arange(60), 5))
        truth = 0.7365  # Φ(1/√(2·1.25))
        assert e.low is not None and e.high is not None
        held.append(e.low <= truth <= e.high)
    assert 0.92 <= np.mean(held) <= 0.98


def brute(score: np.ndarray, gold: np.ndarray, n: int) -> float:
    means = []
    for rows in itertools.combinations(range(len(score)), n):
        top = max(score[i] for i in rows)
        means.append(np.mean([gold[i] for i in rows if score[i] == top]))
    return float(np.mean(means))


def test_best_of_n_is_the_mean_over_all_subsets() -> None:
    rng = np.random.default_rng(0)
    score, gold = rng.integers(0, 4, 8).astype(float), rng.integers(0, 2, 8).astype(float)
    table, ns = per_prompt(score, gold, np.zeros(8, dtype=np.int64))
    assert ns == (1, 2, 3, 4, 5, 7, 8)
    # Ties inside a subset are drawn over all rows of the level: the mean over subsets is the same.
    assert table[0] == pytest.approx([brute(score, gold, n) for n in ns], abs=1e-9)


def test_best_of_all_is_the_top_level_and_best_of_one_the_mean() -> None:
    score, gold = np.array([1, 2, 3, 3.0]), np.array([1, 1, 0, 1.0])
    table, _ = per_prompt(score, gold, np.zeros(4, dtype=np.int64))
    assert table[0, 0] == pytest.approx(0.75) and table[0, -1] == pytest.approx(0.5)


def hacked(prompts: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A score that is right but for one row in twenty, which it loves and which is bad."""
    gold = (rng.random((prompts, 40)) < 0.5).astype(float)
    score = gold + rng.normal(size=gold.shape)
    trick = rng.random(gold.shape) < 0.05
    gold[trick], score[trick] = 0, 5
    return score.ravel(), gold.ravel(), np.repeat(np.arange(prompts), 40)


def test_a_score_that_is_hacked_at_the_top_is_found() -> None:
    found = best_of(*hacked(100, np.random.default_rng(0)), np.random.default_rng(1))
    assert found is not None and found.p_value is not None and found.p_value < 0.01
    gold = [e.value for e in found.gold]
    assert gold[0] < max(gold) > gold[-1]
    assert found.drop.low is not None and found.drop.low > 0


def test_noise_is_called_a_fall_no_more_often_than_it_says() -> None:
    rng = np.random.default_rng(0)
    p_values = []
    for _ in range(200):
        gold = (rng.random((60, 12)) < rng.beta(1, 1, 60)[:, None]).astype(float).ravel()
        found = best_of(rng.integers(0, 6, 720).astype(float), gold, np.repeat(np.arange(60), 12), rng, replicates=300)
        assert found is not None and found.p_value is not None
        p_values.append(found.p_value)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.09


def test_a_helpful_score_is_no_fall() -> None:
    rng = np.random.default_rng(0)
    gold = (rng.random(2000) < 0.5).astype(float)
    found = best_of(gold + 0.3 * rng.normal(size=2000), gold, np.repeat(np.arange(100), 20), rng)
    assert found is not None and found.p_value is not None and found.p_value > 0.5


def test_prompts_of_one_row_have_no_best() -> None:
    assert best_of(np.ones(5), np.ones(5), np.arange(5), np.random.default_rng(0)) is None
    assert by_rank(np.ones(5), np.ones(5), np.arange(5)) == []
    with pytest.raises(DataError):
        sizes_up_to(0)


def test_rank_groups_share_ties() -> None:
    gold = np.r_[np.ones(10), np.zeros(10)]
    flat = by_rank(np.zeros(20), gold, np.zeros(20, dtype=np.int64))
    assert [e.value for e in flat] == pytest.approx([0.5] * 10)
    sorted_ = by_rank(gold, gold, np.zeros(20, dtype=np.int64))
    assert [e.value for e in sorted_] == [1.0] * 5 + [0.0] * 5


def test_a_vote_takes_the_commonest_answer() -> None:
    answer, gold = np.array([1, 1, 2, 3, 4, 4]), np.array([1, 1, 0, 0, 1, 0])
    found = vote(answer, gold.astype(float), np.array([0, 0, 0, 1, 1, 1]))
    assert found is not None and found.value == pytest.approx((1 + 0.5) / 2)
    assert vote(np.arange(4), np.ones(4), np.array([0, 0, 1, 1])) is None


def test_the_curve_keeps_less_and_less() -> None:
    rng = np.random.default_rng(0)
    gold = (rng.random(500) < 0.6).astype(float)
    score = gold + rng.normal(size=500)
    curve = operating_curve(score, gold, None)
    assert [cut.kept for cut in curve] == sorted((cut.kept for cut in curve), reverse=True)
    assert curve[-1].bad_after.value < curve[0].bad_after.value
    for cut in curve:
        kept = score >= cut.at
        assert cut.bad_after.value == pytest.approx((gold[kept] == 0).mean())
        assert cut.phi.value == pytest.approx(kept[gold == 1].mean())
    assert thresholds(np.ones(10)) == [] and operating_curve(np.full(4, np.nan), np.ones(4)) == []


def test_the_best_cut_holds_after_looking() -> None:
    """Bounds of all cuts at once: how often does any chosen cut break its promise?"""
    rng = np.random.default_rng(1)
    broken = 0
    for _ in range(300):
        score = rng.random(400)
        gold = (rng.random(400) < 0.85).astype(float)  # every cut keeps 15 % bad rows
        passing = [
            c for c in operating_curve(score, gold, None) if c.bad_after.high is not None and c.bad_after.high <= 0.149
        ]
        broken += bool(passing)
    assert broken / 300 <= 0.05
