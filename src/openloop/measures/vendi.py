"""How many different things a set of rows says: the order-2 Vendi score as a U-statistic.

The order-q Vendi score (Friedman and Dieng 2023; order 2: Pasarkar and Dieng 2024) of n rows with similarities k is
1 / Σ_ij (k_ij / n)² for q = 2. As it stands it grows with n, since every row is wholly like itself: the same source
gives 48 at n = 50 and 931 at n = 1,600. Here only pairs of rows of *different prompts* count,

    V₂ = 1 / mean of k(x, y)²,   k the cosine of two vectors,

whose mean is an unbiased estimate of a property of the source (the chance that two answers to two prompts are alike),
so that values of sets of different sizes, with any number of rows a prompt, may be compared. A source whose rows fall
evenly on m directions at right angles has V₂ = m; D dimensions allow at most D.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.blocks import Array, Workspace, as_numpy, clusters, directions, matrix, spans, two_widths
from openloop.measures.clustered import HALF, LEAST, dominated
from openloop.measures.combined_intervals import ratio
from openloop.measures.design_effect import variance_of_mean
from openloop.measures.intervals import require_level
from openloop.records import Estimate


@dataclass(frozen=True)
class Likeness:
    """The mean squared cosine of rows of different prompts, and how far each prompt moves it."""

    value: float
    """NaN where no two rows have different prompts."""
    without: Values
    """Shape [C]: the same without each prompt in turn."""
    shares: Values
    """Shape [C]: of the rows."""
    rows: int
    silent: int
    """Rows left out: they say nothing, so they have no direction."""

    @property
    def why_not(self) -> str:
        """What stands against an estimate; empty where nothing does."""
        if not self.rows:
            return "not measured: no row says anything"
        if len(self.shares) < 2:
            return "not measured: all rows belong to one prompt" if self.rows > 1 else "not measured: one row"
        return "" if self.value > 1e-12 else "not measured: no two rows of different prompts are alike at all"

    @property
    def why_no_interval(self) -> str:
        """What stands against an interval; empty where nothing does."""
        prompts = len(self.shares)
        if self.shares.max() > HALF + 1e-9:
            return dominated(self.rows, prompts, float(self.shares.max()))
        return f"too few prompts: {prompts}, fewer than {LEAST}" if prompts < LEAST else ""

    def interval(self, level: float) -> tuple[float, float]:
        """Of 1 / ``value``: the jackknife over prompts, as the variance of a mean of prompts of these shares."""
        score = 1 / self.value
        if self.value > 1 - 1e-6:  # all rows seen point the same way; those of another prompt may differ
            other = 1 - ((1 - level) / 2) ** (1 / len(self.shares))
            return 1.0, 1 / (1 - other) ** 2
        moved = (score - 1 / self.without) * (1 - self.shares) / self.shares
        half = variance_of_mean(moved, None, level, self.shares).half_width(level)
        return max(1.0, score - half), score + half


def vendi2(vectors: Any, prompt: Codes | None = None, level: float = 0.95) -> Estimate:
    """Effective number of different rows, comparable across sizes; vectors [n, D] in any length, prompt codes [n].

    Every row counts alike; ``prompt`` None: every row is a prompt by itself. Rows of zeros say nothing and are
    ``n_unscored``. The interval is the jackknife's over prompts, with Student's t; rows that all
    point the same way give the bound that so many agreeing prompts support. Fewer than ten prompts, or one prompt with
    more than half of the rows, give no interval. O(n D²), no n x n matrix. Vectors may be numpy's or torch's. Raises
    DataError.
    """
    require_level(level)
    found = likeness(vectors, prompt)
    if found.why_not:
        return Estimate(math.nan, None, None, level, found.rows, found.silent, found.why_not)
    method = f"order-2 Vendi, pairs of different prompts, {found.rows:,} rows of {len(found.shares):,} prompts"
    estimate = Estimate(1 / found.value, None, None, level, found.rows, found.silent, method)
    if found.why_no_interval:
        return replace(estimate, method=f"no interval: {found.why_no_interval}; {method}")
    low, high = found.interval(level)
    return replace(estimate, low=low, high=high)


def vendi2_ratio(a: Any, prompt_a: Codes | None, b: Any, prompt_b: Codes | None, level: float = 0.95) -> Estimate:
    """V₂ of rows ``a`` over that of rows ``b``: below 1 where ``a`` is narrower. Arguments as in :func:`vendi2`.

    The two sets are taken to be independent; sets that share prompts vary together, and the interval is then too wide
    rather than too narrow. Raises DataError, also for vectors of two widths.
    """
    one, two = vendi2(a, prompt_a, level), vendi2(b, prompt_b, level)
    if (widths := (_width(a), _width(b)))[0] != widths[1]:
        raise DataError(two_widths("vendi2_ratio", *widths))
    n, silent = one.n + two.n, one.n_unscored + two.n_unscored
    for found, name in ((one, "first"), (two, "second")):
        if math.isnan(found.value):
            return Estimate(math.nan, None, None, level, n, silent, f"{found.method} (the {name} set)")
    whole = f"ratio of order-2 Vendi scores, {one.n:,} rows over {two.n:,}"
    reasons = [found.method for found in (one, two) if found.low is None]
    low, high = ratio(one, two)
    method = f"{whole}; {reasons[0]}" if reasons else whole
    return Estimate(one.value / two.value, low, high, level, n, silent, method)


def _width(vectors: Any) -> int:
    return int(matrix(vectors, "vendi2").shape[1])


def likeness(vectors: Any, prompt: Codes | None) -> Likeness:
    """The mean squared cosine over pairs of rows of different prompts. Raises DataError.

    With S the sum of x xᵀ over rows and S_g that over prompt g, Σ k² over all pairs is tr S², and over pairs within a
    prompt tr S_g², so that the pairs that prompt g takes part in are 2 tr S_g (S − S_g).
    """
    x, says = directions(vectors, "vendi2")
    codes = clusters(prompt, len(says), "vendi2")[says]
    silent, codes = int((~says).sum()), np.unique(codes, return_inverse=True)[1].ravel()
    order = np.argsort(codes, kind="stable")
    rows = x[np.flatnonzero(says)[order]]
    sizes = np.bincount(codes).astype(np.float64)
    n = len(codes)
    if len(sizes) < 2:
        return Likeness(math.nan, np.zeros(len(sizes)), sizes / max(1, n), n, silent)
    whole = rows.T @ rows
    starts = np.r_[0, np.cumsum(sizes)].astype(int)
    with_all = np.add.reduceat(_squares(rows, whole), starts[:-1])
    within = np.ones(len(sizes))
    for g in np.flatnonzero(sizes > 1):
        mine = rows[starts[g] : starts[g + 1]]
        products = mine @ mine.T if len(mine) < mine.shape[1] else mine.T @ mine
        within[g] = float((products * products).sum())
    between = with_all - within
    total, pairs = float(between.sum()), float(n**2 - (sizes**2).sum())
    mine, meet = 2 * between, 2 * sizes * (n - sizes)
    if len(sizes) < 3:
        left = np.full(len(sizes), max(total, 0.0) / pairs)
    else:
        left = (total - mine) / (pairs - meet)
    return Likeness(min(1.0, max(0.0, total / pairs)), np.maximum(left, 1e-12), sizes / n, n, silent)


def _squares(rows: Array, whole: Array) -> Values:
    """xᵀ S x of each row: the second of two products, without which there is a value and no interval; on blocks."""
    found, memory = np.empty(len(rows)), Workspace()
    for mine in spans(len(rows)):
        products = memory.product(rows[mine], whole)  # S is its own transpose
        products *= rows[mine]
        found[mine] = as_numpy(products.sum(1))
    return found
