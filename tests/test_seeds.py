"""Random numbers that depend on what they are for and on nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from openloop.seeds import even_draws


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**40), st.integers(0, 30), st.integers(0, 30))
def test_rows_are_drawn_evenly_and_without_repeats(n: int, each: int, seed: int, start: int, count: int) -> None:
    each = min(n, each)
    drawn = even_draws(n, each, seed, 0, start + count)
    assert all(len(set(row)) == each for row in drawn.tolist())
    used = np.bincount(drawn.ravel(), minlength=n)
    assert used.max(initial=0) - used.min() <= 1 or not drawn.size
    assert np.array_equal(even_draws(n, each, seed, start, count), drawn[start:])
