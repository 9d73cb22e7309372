"""Gold of the best of n by score, by rank, and of a vote."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.best_of import best_of, by_rank, per_prompt, sizes_up_to, vote
from tests.support.coverage import require_uniform


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
    for _ in range(300):
        gold = (rng.random((60, 12)) < rng.beta(1, 1, 60)[:, None]).astype(float).ravel()
        found = best_of(rng.integers(0, 6, 720).astype(float), gold, np.repeat(np.arange(60), 12), rng, replicates=300)
        assert found is not None and found.p_value is not None
        p_values.append(found.p_value)
    require_uniform(p_values, at=(0.05, 0.25, 0.5))


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


def test_nothing_near_one_has_zero_width() -> None:
    gold, prompt = np.ones(80), np.repeat(np.arange(20), 4)
    score = np.random.default_rng(0).normal(size=80)
    found, voted = best_of(score, gold, prompt, np.random.default_rng(0)), vote(np.zeros(80, int), gold, prompt)
    assert found is not None and voted is not None
    ranks = by_rank(np.tile(score, 3), np.ones(240), np.repeat(np.arange(20), 12))
    for e in (*found.gold, voted, *ranks):
        assert e.value == pytest.approx(1) and e.low is not None and 0.8 < e.low < 0.9 and e.high == 1
