"""What a test may permute when rows come in prompts: whole prompts, never single rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from openloop.arrays import Codes, Values


def p_value(observed: float, permuted: Values) -> float:
    """(1 + how many permuted statistics reach the observed one) / (1 + their number): exact for any number of them."""
    return float((1 + (permuted >= observed - 1e-6 * abs(observed)).sum()) / (1 + len(permuted)))


def movable(sizes: Codes) -> int:
    """How many prompts have another one of their size, to change places with."""
    _, code, count = np.unique(sizes, return_inverse=True, return_counts=True)
    return int((count[code] > 1).sum())


def permuted_rows(sizes: Codes, rng: np.random.Generator) -> Codes:
    """Places of rows, prompt after prompt, after prompts of equal size changed places: shape [Σ sizes]."""
    starts = np.cumsum(sizes) - sizes
    moved = starts.copy()
    for size in np.unique(sizes):
        alike = np.flatnonzero(sizes == size)
        moved[alike] = starts[rng.permutation(alike)]
    places: Codes = np.arange(int(sizes.sum())) - np.repeat(starts - moved, sizes)
    return places


def statistics(statistic: Callable[[Codes], float], sizes: Codes, times: int, rng: np.random.Generator) -> Values:
    """The statistic after each of ``times`` permutations: shape [times]."""
    return np.array([statistic(permuted_rows(sizes, rng)) for _ in range(times)])
