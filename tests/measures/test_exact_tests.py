"""Tests of independence that hold where rows are few: sizes, power, and Fisher's own numbers."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.exact_tests import independence


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_fishers_tea() -> None:
    """Three of four cups right in each row of the table: p = .486 (Fisher 1935)."""
    said, poured = np.repeat([1.0, 0.0], 4), np.array([1.0, 1, 1, 0, 1, 0, 0, 0])
    assert independence(said, poured, None, rng()) == pytest.approx(0.4857, abs=1e-4)
    assert independence(said, poured, np.arange(8), rng()) == pytest.approx(0.4857, abs=1e-4)
    assert independence(said, said, None, rng()) == pytest.approx(2 / 70)


def test_what_does_not_vary_has_no_test() -> None:
    assert independence(np.ones(5), np.array([0.0, 1, 0, 1, np.nan]), None, rng()) is None
    assert independence(np.full(5, np.nan), np.ones(5), None, rng()) is None
    with pytest.raises(DataError, match="0 or 1"):
        independence(np.array([0.5, 1]), np.ones(2), None, rng())


def sparse(draw: np.random.Generator, tie: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Five prompts of 100 lack verdicts, one row in twelve is bad, by prompt; ``tie`` of the bad rows lack them too."""
    prompt = np.repeat(np.arange(100), 4)
    bad = (draw.random(400) < draw.beta(0.1, 1.1, 100)[prompt]).astype(float)
    missing = (draw.random(100) < 0.05)[prompt]
    missing |= (bad == 1) & (draw.random(400) < tie)
    return missing.astype(float), bad, prompt


def false_alarms(tie: float, draws: int, prompts: bool, seed: int) -> float:
    draw, found = np.random.default_rng(seed), 0
    for _ in range(draws):
        missing, bad, prompt = sparse(draw, tie)
        p = independence(missing, bad, prompt if prompts else None, draw, draws=199)
        found += p is not None and p <= 0.05
    return found / draws


def test_sparse_cells_raise_no_false_alarms_and_a_tie_is_seen() -> None:
    assert false_alarms(0.0, 150, True, 0) <= 0.05 + 2 * (0.05 * 0.95 / 150) ** 0.5
    assert false_alarms(0.5, 40, True, 1) >= 0.9


@pytest.mark.slow
def test_size_over_2000_files() -> None:
    """Rows that come by prompt: moving prompts keeps the size, treating the rows as independent does not."""
    assert false_alarms(0.0, 2000, True, 2) <= 0.05 + 3 * (0.05 * 0.95 / 2000) ** 0.5
    assert false_alarms(0.0, 500, False, 3) > 0.08
