"""Entropy of verdicts in cells that borrow from each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from openloop.measures.cell_entropy import Cells, counted
from tests.support.entropies import h


def drawn(rates: np.ndarray, size: int, rng: np.random.Generator) -> Cells:
    """One cell of ``size`` verdicts for each rate."""
    accepted = rng.binomial(size, rates)
    counts = np.column_stack([size - accepted, accepted]).astype(float)
    cells = np.arange(len(rates))
    return Cells(counts, np.zeros(len(rates), dtype=np.int64), cells, 1)


def all_of(cells: Cells) -> np.ndarray:
    return np.ones(len(cells.counts), dtype=bool)


def test_verdicts_are_counted_by_cell_and_missing_ones_are_not() -> None:
    verdicts, cell = np.array([[0, 1], [1, -1], [2, 2]]), np.array([0, 0, 1])
    assert counted(verdicts, cell, np.arange(3), 3).tolist() == [[1, 2, 0], [0, 0, 2]]


def test_large_cells_speak_for_themselves() -> None:
    cells = drawn(np.tile([0.1, 0.5], 20), 20_000, np.random.default_rng(0))
    assert cells.entropy(all_of(cells)) == pytest.approx((h(0.1) + h(0.5)) / 2, abs=2e-3)


@pytest.mark.parametrize("size", [2, 4])
def test_small_cells_borrow_from_each_other(size: int) -> None:
    """Counted cell by cell, the entropy of two verdicts is half of what it is: .5 bits for a fair coin."""
    rates = np.random.default_rng(0).beta(2, 2, 3000)
    cells = drawn(rates, size, np.random.default_rng(1))
    exact = float(np.mean([h(p) for p in rates]))
    share = cells.counts / size
    alone = float(np.mean([h(p) for p in share[:, 1]]))
    assert cells.entropy(all_of(cells)) == pytest.approx(exact, abs=0.03)
    assert alone < exact - 0.1


def test_verdicts_that_never_differ_have_no_entropy() -> None:
    same = drawn(np.ones(10), 5, np.random.default_rng(0))
    assert same.entropy(all_of(same)) == 0 and same.slack() == 0


def test_slack_shrinks_with_the_pairs_of_verdicts() -> None:
    few, many = (drawn(np.full(n, 0.5), 4, np.random.default_rng(0)) for n in (25, 100))
    assert few.slack() == pytest.approx(0.7 / (2 * math.log(2)) * math.sqrt(2 / (25 * 4 * 3)))
    assert many.slack() == pytest.approx(few.slack() / 2)


def test_only_the_prompts_kept_are_counted() -> None:
    cells = drawn(np.r_[np.zeros(50), np.full(50, 0.5)], 400, np.random.default_rng(0))
    sure, coin = np.arange(100) < 50, np.arange(100) >= 50
    assert cells.entropy(sure) == 0 and cells.entropy(coin) == pytest.approx(1, abs=5e-3)
