"""The size whose rows are most often in the band, and which others may be as good."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.errors import DataError
from openloop.measures.similarity_curve import Band
from openloop.measures.size_search import size_by_band

BAND = Band(0.4, 0.8)


def pool(inside: float, n: int = 400, k: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """NormSim of n rows, k of a prompt that go together, so many of them inside."""
    rng = np.random.default_rng(seed)
    near = np.repeat(np.where(rng.random(n // k) < inside, 0.6, 0.95), k)
    return near, np.repeat(np.arange(n // k), k)


def test_the_size_with_most_rows_in_the_band_is_best_and_far_ones_are_surely_worse() -> None:
    found = size_by_band({1_000: pool(0.3), 15_000: pool(0.8, seed=1), 300_000: pool(0.2, seed=2)}, BAND)
    assert found.best == 15_000 and found.not_surely_worse == (15_000,)
    assert list(found.shares) == [1_000, 15_000, 300_000] and found.shares[15_000].low > 0.6  # type: ignore[operator]


def test_equal_shares_name_the_smallest_size_and_none_as_worse() -> None:
    found = size_by_band({size: pool(0.5) for size in (300, 100, 200)}, BAND)
    assert found.best == 100 and found.not_surely_worse == (100, 200, 300)


def test_rows_of_one_prompt_count_together() -> None:
    alone = size_by_band({1: (pool(0.5)[0], None), 2: (pool(0.62, seed=3)[0], None)}, BAND)
    together = size_by_band({1: pool(0.5), 2: pool(0.62, seed=3)}, BAND)
    width = lambda e: e.high - e.low  # noqa: E731
    assert width(together.shares[1]) > 1.5 * width(alone.shares[1])


@pytest.mark.parametrize("sizes", [2, 5])
def test_equally_good_sizes_are_seldom_called_worse(sizes: int) -> None:
    wrong = sum(
        len(size_by_band({s: pool(0.6, seed=100 * i + s) for s in range(sizes)}, BAND).not_surely_worse) < sizes
        for i in range(200)
    )
    # The best is the one that chance favours, so that the level holds for two sizes and nearly so for more.
    assert wrong / 200 < 0.1


def test_no_rows_are_refused() -> None:
    with pytest.raises(DataError, match="at least one size"):
        size_by_band({}, BAND)
    with pytest.raises(DataError, match="no row of size 1,000 can be compared"):
        size_by_band({1000: (np.full(5, np.nan), None)}, BAND)
