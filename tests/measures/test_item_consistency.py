"""Agreement of repeated scorings by a rubric of items."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.judge import item_consistency


def flips(rng: np.random.Generator, n: int, r: int, i: int, q: float) -> np.ndarray:
    return (rng.random((n, r, i)) < q).astype(float)


def test_a_judge_that_repeats_itself_is_consistent_and_one_scoring_tells_nothing() -> None:
    once = flips(np.random.default_rng(0), 200, 1, 3, 0.5)
    found = item_consistency(np.repeat(once, 4, axis=1))
    assert [found[name].value for name in ("all", "pair", "whole", "item")] == [1, 1, 1, 1]
    assert item_consistency(once)["all"].n == 0 and item_consistency(once)["all"].n_unscored == 200


def test_the_known_answer_of_independent_items() -> None:
    """Each item holds with chance q anew in every scoring: all R scorings of I items agree with (q^R + (1−q)^R)^I."""
    q, r, i = 0.9, 4, 3
    found = item_consistency(flips(np.random.default_rng(1), 20_000, r, i, q))
    both = q * q + (1 - q) ** 2
    whole = q**i
    assert found["all"].value == pytest.approx((q**r + (1 - q) ** r) ** i, abs=0.012)
    assert found["pair"].value == pytest.approx(both**i, abs=0.012)
    assert found["item"].value == pytest.approx(both, abs=0.006)
    assert found["whole"].value == pytest.approx(whole**2 + (1 - whole) ** 2, abs=0.012)


def test_intervals_cover_at_their_level() -> None:
    rng, q, truth = np.random.default_rng(2), 0.8, (0.8**3 + 0.2**3) ** 2
    found = [item_consistency(flips(rng, 200, 3, 2, q))["all"] for _ in range(300)]
    covered = np.mean([e.low is not None and e.high is not None and e.low <= truth <= e.high for e in found])
    assert 0.92 <= covered <= 0.985


def test_noise_within_a_block_leaves_the_verdict_on_all_items_alone() -> None:
    """One item never holds, the others are noise: scorings differ, what a reward for all items hears does not."""
    scorings = flips(np.random.default_rng(3), 300, 4, 3, 0.5)
    scorings[:, :, 0] = 0.0
    found = item_consistency(scorings)
    assert found["all"].value < 0.1 and found["whole"].value == 1.0


def test_a_scoring_that_is_missing_costs_itself() -> None:
    scorings = np.ones((12, 3, 2))
    scorings[0, 2] = np.nan
    scorings[1, 1:] = np.nan
    found = item_consistency(scorings)["all"]
    assert (found.value, found.n, found.n_unscored) == (1.0, 11, 1)
    with pytest.raises(DataError, match=r"\[N, R, I\]"):
        item_consistency(scorings[:, :, 0])
