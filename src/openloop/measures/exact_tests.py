"""Does one yes or no go with another? Tests that hold however few rows there are of either."""

from __future__ import annotations

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.clustered import Clusters

DRAWS = 999


def independence(a: Values, b: Values, prompt: Clusters, rng: np.random.Generator, draws: int = DRAWS) -> float | None:
    """Two-sided p-value of "``a`` and ``b`` are independent" (shapes [N], 0/1; rows where either is NaN are left out).

    Fisher's exact test where every prompt has one row. Otherwise ``b`` moves between prompts of equally many rows,
    whole prompts at a time, so that each may go with the prompt as it likes; a prompt of a size of its own stays where
    it is, which makes the test conservative. None where either does not vary. Raises DataError for other values.
    """
    known = ~np.isnan(a) & ~np.isnan(b)
    x, y = a[known], b[known]
    if not (np.isin(x, (0, 1)).all() and np.isin(y, (0, 1)).all()):
        raise DataError("independence: both are 0 or 1, or NaN where they are not known.")
    if not len(x) or x.min() == x.max() or y.min() == y.max():
        return None
    size = np.ones(1) if prompt is None else np.unique(prompt[known], return_counts=True)[1]
    if prompt is None or size.max() == 1:
        return _fisher(x, y)
    return _moved_prompts(x, y, prompt[known], rng, draws)


def _fisher(x: Values, y: Values) -> float:
    from scipy.stats import hypergeom

    n, first, second, both = len(x), int(x.sum()), int(y.sum()), int(x @ y)
    counts = np.arange(max(0, first + second - n), min(first, second) + 1)
    chance = hypergeom.pmf(counts, n, first, second)
    seen = chance[both - counts[0]]
    return float(min(1.0, chance[chance <= seen * (1 + 1e-7)].sum()))


def _moved_prompts(x: Values, y: Values, prompt: Codes, rng: np.random.Generator, draws: int) -> float:
    """By the sum of products over rows, and how far it lies from the mean of the draws."""
    prompt = np.unique(prompt, return_inverse=True)[1]
    order = np.argsort(prompt, kind="stable")
    sizes = np.bincount(prompt)
    start = np.cumsum(sizes) - sizes
    sums = np.zeros(draws + 1)
    for size in np.unique(sizes):
        rows = order[start[sizes == size][:, None] + np.arange(size)]  # [prompts of this size, rows of each]
        left, right = sorted((x[rows], y[rows]), key=lambda values: int(values.any(1).sum()))
        some = np.flatnonzero(left.any(1))  # only these count: where they land is all that a draw has to say
        sums[0] += float((left * right).sum())
        for i in range(1, draws + 1):
            sums[i] += float((left[some] * right[rng.choice(len(rows), len(some), replace=False)]).sum())
    apart = np.abs(sums - sums[1:].mean())
    return float((apart >= apart[0] - 1e-9).sum() / (draws + 1))
