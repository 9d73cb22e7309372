"""Shares and means of rows that come in clusters."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.intervals import proportion as wilson
from tests.support.coverage import Draws, require_nominal
from tests.support.worlds import World


def test_rows_of_their_own_are_wilsons_interval() -> None:
    hits = np.r_[np.ones(20), np.zeros(40)]
    mine, theirs = clustered.proportion(hits, np.arange(60)), wilson(20, 60)
    assert (mine.value, mine.low, mine.high) == pytest.approx((theirs.value, theirs.low, theirs.high))


def test_copies_of_a_row_add_nothing() -> None:
    hits = np.r_[np.ones(20), np.zeros(40)]
    once = clustered.proportion(hits, np.arange(60))
    copied = clustered.proportion(np.repeat(hits, 10), np.repeat(np.arange(60), 10))
    assert once.low is not None and copied.low is not None and once.high is not None and copied.high is not None
    assert copied.high - copied.low == pytest.approx(once.high - once.low, rel=0.06)
    naive = clustered.proportion(np.repeat(hits, 10), None)
    assert naive.low is not None and naive.high is not None
    assert naive.high - naive.low < 0.4 * (copied.high - copied.low)


@pytest.mark.parametrize(
    ("hits", "prompt", "why"),
    [([1.0], [0], "one row"), ([1.0, 0.0, 1.0], [3, 3, 3], "one prompt"), ([], [], "no rows")],
)
def test_no_interval_where_nothing_supports_one(hits: list[float], prompt: list[int], why: str) -> None:
    e = clustered.proportion(np.array(hits), np.array(prompt, dtype=np.int64))
    assert (e.low, e.high) == (None, None) and why in e.method


def test_few_events_give_a_one_sided_bound() -> None:
    none = clustered.proportion(np.zeros(50), np.arange(50))
    assert none.low == 0 and none.high == pytest.approx(1 - 0.05 ** (1 / 50))
    all_of_them = clustered.proportion(np.ones(50), np.arange(50))
    assert all_of_them.high == 1 and all_of_them.low == pytest.approx(0.05 ** (1 / 50))


def test_no_event_in_clusters_counts_prompts_and_not_rows() -> None:
    e = clustered.proportion(np.zeros(1000), np.repeat(np.arange(20), 50))
    assert e.high is not None and e.high > 1 - 0.05 ** (1 / 20) - 1e-9


def test_unknown_rows_are_counted_apart() -> None:
    e = clustered.proportion(np.array([1, 0, np.nan, np.nan, 1]), np.arange(5))
    assert (e.n, e.n_unscored, e.value) == (3, 2, pytest.approx(2 / 3))
    assert clustered.mean(np.array([1, 3, np.nan]), np.arange(3)).n_unscored == 1


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=60), st.randoms())
def test_order_and_names_of_clusters_do_not_matter(rows: list[tuple[bool, int]], random: object) -> None:
    hits, prompt = np.array([h for h, _ in rows], float), np.array([p for _, p in rows])
    order = np.random.default_rng(0).permutation(len(rows))
    one, other = clustered.proportion(hits, prompt), clustered.proportion(hits[order], (7 - prompt)[order])
    assert one.value == pytest.approx(other.value)
    for a, b in ((one.low, other.low), (one.high, other.high)):
        assert (a is None and b is None) or a == pytest.approx(b)
        assert a is None or 0 <= a <= 1


def test_mean_over_prompts_is_wider_than_over_rows() -> None:
    values = np.repeat(np.random.default_rng(0).normal(size=30), 8)
    rows, prompts = clustered.mean(values), clustered.mean(values, np.repeat(np.arange(30), 8))
    assert rows.low is not None and prompts.low is not None
    assert rows.value - rows.low < prompts.value - prompts.low
    assert math.isnan(clustered.mean(np.array([])).value)


def test_a_level_is_a_coverage() -> None:
    with pytest.raises(DataError, match="level"):
        clustered.proportion(np.ones(3), None, level=95)


@pytest.mark.parametrize("prompts,k,icc", [(30, 1, 0.0), (200, 2, 0.3), (40, 10, 0.3), (100, 4, 0.8)])
def test_coverage_over_a_smooth_grid_of_truths(prompts: int, k: int, icc: float) -> None:
    rng, draws = np.random.default_rng(7), Draws()
    for p in np.repeat(np.linspace(0.15, 0.5, 15), 40):
        gold, _, prompt = World(p=float(p), prompts=prompts, k=k, icc=icc).draw(rng)
        draws.add(clustered.proportion(1 - gold, prompt), float(p))
    assert draws.without == 0
    require_nominal(draws, width=(0.9, 1.1))


@pytest.mark.parametrize("spread", [0.0, 1.0])
def test_the_t_interval_over_prompts_covers(spread: float) -> None:
    rng, draws = np.random.default_rng(8), Draws()
    for _ in range(600):
        values = spread * rng.normal(size=40)[:, None] + rng.normal(size=(40, 5))
        draws.add(clustered.mean(values.ravel(), np.repeat(np.arange(40), 5)), 0.0)
    require_nominal(draws, width=(0.93, 1.1))


def test_weights_count_as_copies_do() -> None:
    rng = np.random.default_rng(4)
    hits, copies = (rng.random(80) < 0.3).astype(float), rng.integers(1, 6, 80)
    weighted = clustered.proportion(hits, None, weight=copies)
    copied = clustered.proportion(np.repeat(hits, copies), np.repeat(np.arange(80), copies))
    assert weighted.n == 80 and weighted.value == pytest.approx(copied.value)
    assert weighted.low == pytest.approx(copied.low, abs=0.015)
    assert weighted.high == pytest.approx(copied.high, abs=0.015)


@pytest.mark.parametrize("prompt", [None, np.arange(90) // 3])
def test_only_the_proportions_of_weights_matter(prompt: np.ndarray | None) -> None:
    rng = np.random.default_rng(5)
    hits, weight = (rng.random(90) < 0.3).astype(float), rng.uniform(0.5, 8, 90)
    for measure in (clustered.proportion, clustered.mean):
        assert measure(hits, prompt, weight=np.full(90, 7.0)) == measure(hits, prompt)
        one, other = measure(hits, prompt, weight=weight), measure(hits, prompt, weight=1000 * weight)
        assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))
        turned = measure(hits, prompt, weight=weight[::-1])
        assert turned.value != pytest.approx(one.value)
        flat = measure(hits, prompt)
        assert one.high is not None and one.low is not None and flat.high is not None and flat.low is not None
        assert one.high - one.low > flat.high - flat.low


def test_unequal_weights_leave_fewer_effective_rows() -> None:
    hits, weight = np.tile([1.0, 0.0], 100), np.repeat([9.0, 1.0], 100)
    size = clustered.effective(hits, None, 0.95, weight)
    assert size.n == size.clusters == 200
    assert size.rows == pytest.approx(200 * 25 / 41, rel=0.04)  # Kish: (Σw)² / Σw²


def test_copies_that_are_labelled_differently_are_a_fraction() -> None:
    e = clustered.proportion(np.r_[np.full(20, 0.5), np.zeros(30), np.ones(10)], None, weight=np.arange(1, 61))
    assert e.low is not None and e.high is not None and 0 < e.low < e.value < e.high < 1


def test_rows_without_weight_are_no_rows_and_weights_must_be_weights() -> None:
    hits = np.tile([1.0, 0.0], 20)
    some = clustered.proportion(hits, None, weight=np.repeat([1.0, 0.0], 20))
    assert some == clustered.proportion(hits[:20])
    assert math.isnan(clustered.proportion(hits, weight=np.zeros(40)).value)
    for wrong in (np.full(40, -1.0), np.full(40, np.nan), np.ones(3)):
        with pytest.raises(DataError, match="weight"):
            clustered.proportion(hits, weight=wrong)


def test_weighted_rows_cover() -> None:
    """Copies, half of the texts bad where there are many of them and a tenth elsewhere."""
    rng, draws = np.random.default_rng(6), Draws()
    for _ in range(500):
        weight = rng.choice([1.0, 2.0, 8.0], 150, p=[0.6, 0.3, 0.1])
        hits = rng.random(150) < np.where(weight > 4, 0.5, 0.1)
        draws.add(clustered.proportion(hits, weight=weight), (0.06 + 0.06 + 0.4) / (0.6 + 0.6 + 0.8))
    require_nominal(draws, width=(0.9, 1.2))


def test_the_largest_prompt_is_named() -> None:
    prompt = np.r_[np.zeros(28, dtype=int), 1 + np.arange(72) // 2]
    e = clustered.proportion(np.tile([1.0, 0.0], 50), prompt)
    assert e.method == "Wilson, 100 rows of 37 prompts, the largest has 28%"
    assert clustered.mean(np.arange(100.0), prompt).method == "t over 37 prompts, the largest has 28%"
    assert "largest" not in clustered.proportion(np.tile([1.0, 0.0], 50), np.arange(100) // 10).method


def test_a_prompt_with_most_of_the_rows_leaves_no_interval() -> None:
    prompt = np.r_[np.zeros(60, dtype=int), 1 + np.arange(40)]
    for measure in (clustered.proportion, clustered.mean):
        e = measure(np.tile([1.0, 0.0], 50), prompt)
        assert e.value == 0.5 and e.low is None and e.method == "no interval: one prompt has 60% of the weight"
    heavy = clustered.proportion(np.tile([1.0, 0.0], 50), weight=np.r_[np.full(99, 1.0), 200.0])
    assert heavy.low is None and heavy.method == "no interval: one row has 67% of the weight"
    assert clustered.effective(np.zeros(100), prompt, 0.95).rows < 3


def test_a_handful_of_rows_has_no_interval_and_no_interval_has_no_width() -> None:
    for measure in (clustered.proportion, clustered.mean, clustered.share):
        e = measure(np.tile([1.0, 0.0], 4))
        assert e.low is None and e.method.startswith("no interval: too few") and ": 8" in e.method
    assert clustered.mean(np.full(30, 0.4)).method == "no interval: all values are equal"
    alike, pairs = np.tile([1.0, 0.0], 15), np.arange(30) // 2
    assert clustered.mean(alike, pairs).method == "no interval: all prompts are equal"
    same = clustered.share(alike, pairs)
    assert same.low is not None and same.high is not None and same.high - same.low > 0.2
    for constant in (0.0, 0.4, 1.0):
        e = clustered.share(np.full(30, constant))
        assert e.low is not None and e.high is not None and e.high - e.low > 0.05
        assert e.low - 1e-12 <= constant <= e.high + 1e-12
