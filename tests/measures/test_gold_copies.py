"""A column that was made from gold is told from one that goes with it."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.arrays import Codes, Values
from openloop.measures.gold_copies import gold_copy


def world(seed: int = 0, n: int = 400, bad: float = 0.2) -> Values:
    return (np.random.default_rng(seed).random(n) > bad).astype(float)


def flipped(gold: Values, n: int) -> Codes:
    codes = gold.astype(np.int64)
    codes[np.random.default_rng(1).choice(len(gold), n, replace=False)] ^= 1
    return codes


def test_a_column_made_from_gold_is_a_copy() -> None:
    gold = world()
    assert gold_copy(gold.astype(np.int64), gold) and gold_copy(1 - gold.astype(np.int64), gold)
    assert gold_copy(flipped(gold, 1), gold) and not gold_copy(flipped(gold, 10), gold)
    # Kinds of failure, and rows without gold or without a value
    kinds = np.where(gold == 1, 0, 1 + np.arange(len(gold)) % 3)
    assert gold_copy(kinds, gold)
    assert gold_copy(np.where(np.arange(400) < 50, -1, kinds), np.where(np.arange(400) < 80, np.nan, gold))


def test_a_column_that_only_goes_with_gold_is_none() -> None:
    gold = world()
    rng = np.random.default_rng(2)
    assert not gold_copy(np.where(rng.random(400) < 0.9, gold, 1 - gold).astype(np.int64), gold)
    assert not gold_copy(np.where(gold == 0, rng.integers(0, 2, 400), 0), gold)  # one stratum pure, the other not
    assert not gold_copy(np.zeros(400, dtype=np.int64), gold)
    assert not gold_copy(np.arange(400), gold)  # a number of the row
    assert not gold_copy(gold.astype(np.int64), np.full(400, np.nan))
    assert not gold_copy(np.arange(30) // 27, np.r_[np.ones(27), np.zeros(3)])  # three bad rows


def test_few_prompts_that_are_all_good_or_all_bad_are_no_copy() -> None:
    prompt = np.repeat(np.arange(12), 30)
    gold = (prompt % 2).astype(float)
    assert gold_copy(prompt % 2, gold) and not gold_copy(prompt % 2, gold, prompt)
    many = np.repeat(np.arange(120), 3)
    assert gold_copy(many % 2, (many % 2).astype(float), many)


@pytest.mark.parametrize("strata", [2, 5, 20])
def test_chance_makes_no_copy(strata: int) -> None:
    """In 2,000 files of 200 rows none of 30 % bad is split so."""
    for seed in range(2000):
        codes = np.random.default_rng(10_000 + seed).integers(0, strata, 200)
        assert not gold_copy(codes, world(seed, 200, 0.3))
