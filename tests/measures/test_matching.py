"""Rows kept or weighed so that acceptance no longer goes with a feature."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.matching import before_and_after, rebalance, weights
from openloop.measures.shortcuts import slope
from tests.support.surface_worlds import world


def test_rebalancing_removes_the_slope() -> None:
    length, accept, gold, prompt = world(0.15, np.random.default_rng(0))
    keep = rebalance(length, accept, gold)
    before = slope(length, accept, prompt, [gold.astype(int)])
    after = slope(length, keep.astype(float), prompt, [gold.astype(int)])
    assert before.value > 0.12 and abs(after.value) < 0.03
    assert not (keep & (accept != 1)).any() and keep.sum() > 0.25 * accept.sum()


def test_weights_remove_the_slope_and_keep_every_accepted_row() -> None:
    length, accept, gold, prompt = world(0.15, np.random.default_rng(0))
    w = weights(length, accept, gold)
    found = before_and_after(length, accept, gold, prompt, w)
    assert found.before.low is not None and found.before.low > 0.1 and abs(found.after.value) < 0.03
    assert ((w > 0) == (accept == 1)).all() and w.max() <= 10
    assert w[gold == 1].sum() == pytest.approx(accept[gold == 1].sum())
    assert 0.5 * accept.sum() < found.effective < accept.sum()
    kept = before_and_after(length, accept, gold, prompt, rebalance(length, accept, gold).astype(float))
    assert abs(kept.after.value) < 0.03 and kept.effective < found.effective


def test_a_matched_subset_is_drawn_by_the_rng_given() -> None:
    length, accept, gold, _ = world(0.15, np.random.default_rng(0))
    one, same, other = (rebalance(length, accept, gold, rng=np.random.default_rng(s)) for s in (1, 1, 2))
    assert (one == same).all() and (one != other).any() and one.sum() == other.sum()


def test_matching_refuses_what_it_cannot_use() -> None:
    length, accept, gold, prompt = world(0.1, np.random.default_rng(0))
    for call in (
        lambda: weights(length, accept / 2, gold),
        lambda: rebalance(length[:5], accept, gold),
        lambda: weights(length, accept, gold, bins=1),
        lambda: before_and_after(length, accept, gold, prompt, -accept),
    ):
        with pytest.raises(DataError):
            call()
    assert weights(length, np.zeros(len(gold)), gold).sum() == 0
    assert not rebalance(length, np.full(len(gold), np.nan), gold).any()


def test_the_order_of_rows_changes_no_weight() -> None:
    rng = np.random.default_rng(0)
    length, accept, gold, _ = world(0.1, rng)
    accept[:20], gold[10:60] = np.nan, np.nan
    o = rng.permutation(len(length))
    assert weights(length[o], accept[o], gold[o]) == pytest.approx(weights(length, accept, gold)[o])
