"""Do two sets of rows come from one source: the squared maximum mean discrepancy, with its null.

Gaussian kernel exp(−d² / 2s), s the median squared distance of all rows together (Gretton et al. 2012). Only rows of
different prompts are compared and each prompt counts alike, so that the value is an unbiased estimate of a property of
the two sources, 0 where they are one and at most 2. It says that sets differ, and by how much in units that only other
values with these vectors and this bandwidth share; it does not say in what.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.blocks import (
    Array,
    Workspace,
    as_numpy,
    cluster_spans,
    clusters,
    joined,
    like,
    matrix,
    two_widths,
    zeros,
)
from openloop.measures.cluster_permutation import p_value
from openloop.measures.clustered import LEAST
from openloop.measures.design_effect import stretch
from openloop.measures.intervals import bounded_within, require_level
from openloop.measures.kernels import content_numbers, exponents, landmark_features, median_scale
from openloop.records import Estimate


@dataclass(frozen=True)
class Discrepancy:
    """What the maximum mean discrepancy says of two sets."""

    squared: Estimate
    """Unbiased MMD², with its interval over prompts."""
    p_value: float | None
    """Of one source; None where none can be had."""
    scale: float
    """Bandwidth s."""


def mmd(
    x: Any,
    y: Any,
    prompt_x: Codes | None = None,
    prompt_y: Codes | None = None,
    *,
    rng: np.random.Generator,
    scale: float | None = None,
    permutations: int = 999,
    level: float = 0.95,
) -> Discrepancy:
    """Discrepancy of vectors x [n, D] and y [m, D]; prompt codes [n], [m], equal codes being one prompt on both sides.

    The null permutes whole prompts between the sides, prompts that are on both among themselves (they swap), with the
    same low-rank statistic (Nyström, 256 landmarks) observed and permuted. That is exact where prompts have as many
    rows on one side as on the other; where they have not, one row of each prompt is drawn for it. ``scale`` is the
    bandwidth; None: the median squared distance. O((n + m)² D) on blocks; numpy's arrays or torch's. Raises DataError.
    """
    require_level(level)
    a, b = matrix(x, "mmd, x"), matrix(y, "mmd, y")
    if a.shape[1] != b.shape[1]:
        raise DataError(two_widths("mmd", int(a.shape[1]), int(b.shape[1])))
    if scale is not None and not scale > 0:
        raise DataError(f"mmd: a bandwidth is above 0, got {scale}.")
    both = _Both.of(a, b, prompt_x, prompt_y)
    n, held = len(both.side), both.held
    if min(held) < 2:
        why = f"not measured: {held[0]:,} and {held[1]:,} prompts, at least two on each side are compared"
        return Discrepancy(Estimate(math.nan, None, None, level, n, 0, why), None, math.nan)
    chosen = scale or median_scale(both.rows, both.prompt)
    if chosen == 0:
        why = "not measured: all vectors of both sides are equal"
        return Discrepancy(Estimate(math.nan, None, None, level, n, 0, why), None, 0.0)
    observed, null, how = _permuted(both, chosen, permutations, rng)
    p = p_value(observed, null)
    value, moved = _unbiased(both, chosen)
    method = (
        f"unbiased MMD², Gaussian kernel, {n:,} rows of {held[0]:,} and {held[1]:,} prompts, p = {p:.3g} of one source "
        f"({permutations} permutations of prompts{how})"
    )
    if min(held) < LEAST:
        few = f"no interval: too few prompts: {min(held)}; {method}"
        return Discrepancy(Estimate(value, None, None, level, n, 0, few), p, chosen)
    # As of HSIC: the first-order part, and near one source what the permuted statistic varies by, twice, being skewed.
    first_order = float((moved**2).sum()) * stretch(min(held) - 1, level) * min(held) / (min(held) - 1)
    half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(first_order + 4 * float(null.var()))
    found = bounded_within(Estimate(value, value - half, value + half, level, n, 0, method), 0.0, 2.0)
    return Discrepancy(found, p, chosen)


@dataclass(frozen=True)
class _Both:
    """The rows of both sets, prompt after prompt."""

    rows: Array
    prompt: Codes
    """Shape [N], ascending from 0."""
    side: Codes
    """Shape [N]: 0 for the first set, 1 for the second; ascending within a prompt."""

    @classmethod
    def of(cls, a: Array, b: Array, prompt_x: Codes | None, prompt_y: Codes | None) -> _Both:
        if prompt_x is None or prompt_y is None:  # without names no prompt is on both sides
            one, other = clusters(prompt_x, len(a), "mmd, x"), clusters(prompt_y, len(b), "mmd, y") + len(a)
        else:
            for codes, rows, name in ((prompt_x, a, "mmd, prompt_x"), (prompt_y, b, "mmd, prompt_y")):
                clusters(codes, len(rows), name)
            one, other = np.asarray(prompt_x), np.asarray(prompt_y)
        prompt = np.unique(np.r_[one, other], return_inverse=True)[1].ravel().astype(np.int64)
        side, rows = np.repeat([0, 1], [len(a), len(b)]), joined((a, b), 0)
        numbers = content_numbers(rows)
        whole: NDArray[np.uint64] = np.zeros(len(numbers), dtype=np.uint64)
        np.add.at(whole, prompt, numbers)
        order = np.lexsort((numbers, side, prompt, whole[prompt]))
        again = np.cumsum(np.r_[False, np.diff(prompt[order]) != 0]) if len(order) else order
        return cls(rows[like(order, rows)], again, side[order])

    @property
    def cells(self) -> Codes:
        """The first row of each prompt on each side: shape [C]."""
        return np.flatnonzero(np.diff(2 * self.prompt + self.side, prepend=-1))

    @property
    def held(self) -> tuple[int, int]:
        """Prompts of either side."""
        side = self.side[self.cells]
        return int((side == 0).sum()), int((side == 1).sum())

    @property
    def sizes(self) -> Codes:
        """Rows of each cell: shape [C]."""
        return np.diff(self.cells, append=len(self.side))


def _unbiased(both: _Both, scale: float) -> tuple[float, Values]:
    """MMD² over rows of different prompts, and how far each prompt [P] moves it, to first order."""
    cells, sizes = both.cells, both.sizes
    sums = _row_sums(both, scale) / np.repeat(sizes, sizes)[:, None]
    sums = np.add.reduceat(sums, cells)  # [C, 2]: a prompt's mean kernel with all prompts of either side but itself
    side, prompt, (first, second) = both.side[cells], both.prompt[cells], both.held
    shared = np.bincount(prompt)[prompt] > 1
    own = sums[np.arange(len(side)), side] / (np.array(both.held)[side] - 1)
    across = sums[np.arange(len(side)), 1 - side]
    pairs = first * second - int(shared.sum()) // 2
    value = float(own[side == 0].mean() + own[side == 1].mean()) - 2 * float(across[side == 0].sum()) / pairs
    moved = 2 * (own - across / (np.array(both.held)[1 - side] - shared))
    for s in (0, 1):
        moved[side == s] = (moved[side == s] - moved[side == s].mean()) / both.held[s]
    return value, np.bincount(prompt, weights=moved).astype(np.float64)


def _row_sums(both: _Both, scale: float) -> Values:
    """Σ_j w_j k_ij over rows j of other prompts, for j of either side, each prompt weighing 1: shape [N, 2]."""
    left, right = exponents(both.rows, scale)
    weights = np.zeros((len(both.side), 2))
    weights[np.arange(len(weights)), both.side] = np.repeat(1 / both.sizes, both.sizes)
    w, codes = like(weights, left), like(both.prompt, left)
    sums = [zeros(len(weights), left) for _ in (0, 1)]
    spans, memory = cluster_spans(np.bincount(both.prompt)), Workspace()
    for number, (mine, _) in enumerate(spans):
        for theirs, _ in spans[number:]:
            kernel = memory.exponential(left[mine], right[theirs])
            if mine == theirs:
                kernel *= codes[mine][:, None] != codes[theirs][None, :]
            for s in (0, 1):
                sums[s][mine] += kernel @ w[theirs, s]
                if mine != theirs:
                    sums[s][theirs] += w[mine, s] @ kernel
    return np.stack([as_numpy(one) for one in sums], 1)


def _permuted(both: _Both, scale: float, times: int, rng: np.random.Generator) -> tuple[float, Values, str]:
    """‖mean of one side − mean of the other‖² of low-rank features, as observed and permuted; what to say of it."""
    cells, sizes = both.cells, both.sizes
    side, prompt, (first, second) = both.side[cells], both.prompt[cells], both.held
    features, how = as_numpy(landmark_features(both.rows, scale)), ""
    edges = [np.quantile(np.sort(sizes[side == s]), np.linspace(0, 1, 21), method="nearest") for s in (0, 1)]
    if sizes.max() > 1 and not np.array_equal(*edges):
        means, how = features[cells + (rng.random(len(sizes)) * sizes).astype(np.int64)], ", one row of each"
    else:
        means = np.add.reduceat(features, cells) / sizes[:, None]
    weight = np.array([1 / first, -1 / second])
    shared = np.bincount(prompt)[prompt] > 1
    partner = np.unique(prompt[shared], return_inverse=True)[1].ravel()
    signs = np.tile(weight[side], (times + 1, 1))
    for row in signs[1:]:
        row[~shared] = rng.permutation(row[~shared])
        swapped = rng.integers(0, 2, int(shared.sum()) // 2)
        row[shared] = weight[side[shared] ^ swapped[partner]]
    found: Values = ((signs @ (means - means.mean(0))) ** 2).sum(1)
    return float(found[0]), found[1:], how
