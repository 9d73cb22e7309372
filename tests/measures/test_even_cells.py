"""So many rows over cells, as evenly as they allow."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.measures.even_cells import even_shares


@pytest.mark.parametrize(
    ("sizes", "n", "shares"),
    [
        ([10, 10, 10], 9, [3, 3, 3]),
        ([1, 2, 100], 30, [1, 2, 27]),
        ([5, 5], 99, [5, 5]),
        ([4, 0, 4], 4, [2, 0, 2]),
        ([3, 3, 3], 0, [0, 0, 0]),
        ([3, 3, 3], 2, [1, 0, 1]),
        ([], 5, []),
    ],
)
def test_cells_fill_like_vessels_and_the_last_rows_go_by_lot(sizes: list[int], n: int, shares: list[int]) -> None:
    lots = np.array([0.2, 0.9, 0.1])[: len(sizes)]
    assert even_shares(np.array(sizes, dtype=np.int64), n, lots).tolist() == shares


def test_no_cell_gives_two_rows_more_than_one_that_still_has_some() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        sizes = rng.integers(0, 30, rng.integers(1, 20))
        n = int(rng.integers(0, sizes.sum() + 5))
        shares = even_shares(sizes, n, rng.random(len(sizes)))
        assert shares.sum() == min(n, sizes.sum()) and (shares <= sizes).all()
        left = shares < sizes
        assert not left.any() or shares.max() - shares[left].min() <= 1
