"""Pairs of rows counted without looking at each."""

from __future__ import annotations

import numpy as np
import pytest

from openloop.measures.rank_pairs import concordance, untied


@pytest.mark.parametrize(("n", "levels"), [(1, 2), (2, 2), (9, 3), (60, 4), (200, 10**6)])
def test_counts_are_those_of_all_pairs(n: int, levels: int) -> None:
    rng = np.random.default_rng(n)
    x, y = (rng.integers(0, levels, n).astype(float) for _ in range(2))
    signs = np.sign(x[:, None] - x) * np.sign(y[:, None] - y)
    assert (concordance(x, y) == signs.sum(1)).all()
    assert (untied(x) == (x[:, None] != x).sum(1)).all()


def test_order_that_is_turned_round_is_the_opposite() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 50))
    assert (concordance(x, -y) == -concordance(x, y)).all()
    assert (concordance(x, x) == 49).all()
