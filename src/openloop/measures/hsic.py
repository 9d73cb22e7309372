"""How much two sides of the same rows depend on each other, such as completions on their prompts: HSIC.

The Hilbert-Schmidt independence criterion (Gretton et al. 2005) with Gaussian kernels exp(−d² / 2s), s the median
squared distance. reverse-bottleneck (§G.3) reports the biased form, tr(KHLH) / m², which shrinks like 1/m and, with a
bandwidth that is far too small, is 1/m whatever the data: ``saturated``. The normalised form divides the unbiased one
by √(HSIC(x, x) HSIC(y, y)): 0 for independence, 1 where one side gives the other's geometry, whatever m is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.blocks import BLOCK, Array, as_numpy, clusters, like, matrix, summed
from openloop.measures.cluster_permutation import movable, p_value, statistics
from openloop.measures.clustered import LEAST
from openloop.measures.design_effect import variance_of_mean
from openloop.measures.gram_sums import GramSums, gram_sums
from openloop.measures.intervals import bounded_within, require_level
from openloop.measures.kernels import RANK, content_numbers, content_order, landmark_features, median_scale
from openloop.records import Estimate

SATURATED = 0.01
"""A kernel whose mean over different rows is below this sees every row as alone."""
LEAST_PROMPTS = 4
"""Of which one pair is compared with another."""


@dataclass(frozen=True)
class Dependence:
    """What HSIC says of two sides of the same rows."""

    normalised: Estimate
    """Unbiased and normalised, with its interval over prompts; its method names p-value, bandwidths and saturation."""
    unbiased: float
    biased: float
    """The papers' form, tr(KHLH) / m² for prompts of one row."""
    p_value: float | None
    """Of independence, from permuted prompts; None where none can be had."""
    saturated: bool
    """The bandwidth is so small that every row is alone: the biased form is then about 1/m for any data."""
    scales: tuple[float, float]
    """Bandwidths s of the two sides."""
    prompts: int


def hsic(
    x: Any,
    y: Any,
    prompt: Codes | None = None,
    *,
    rng: np.random.Generator,
    scales: tuple[float, float] | None = None,
    permutations: int = 199,
    level: float = 0.95,
    paired: Literal["by row", "nearest"] = "by row",
) -> Dependence:
    """Dependence of vectors x [n, D] and y [n, E] of the same rows; prompt codes [n], each prompt counting alike.

    Only rows of different prompts are compared. The null permutes whole prompts, and observed and permuted statistic
    are the same low-rank one (Nyström, 256 landmarks): where x is one vector for each prompt, the prompts' vectors are
    permuted among all of them, else blocks of rows among prompts of equal size. ``paired="nearest"``: y was chosen for
    being near x, which makes independent sets depend, so that there is no p-value; what held-out real rows paired in
    the same way would give is not worked out here (:mod:`.near_copies` holds nearest rows against that). Of prompts of
    more than 1,024 rows so many are looked at. ``scales`` are bandwidths; None: median squared distances. A vector of
    zeros is a point like any other. O(n² (D + E)) on blocks and halves; numpy's arrays or torch's. Raises DataError.
    """
    require_level(level)
    a, b = matrix(x, "hsic, x"), matrix(y, "hsic, y")
    if len(a) != len(b):
        raise DataError(f"hsic: x and y are two sides of the same rows, got {len(a):,} and {len(b):,} rows.")
    if scales is not None and not min(scales) > 0:
        raise DataError(f"hsic: bandwidths are above 0, got {scales}.")
    codes = clusters(prompt, len(a), "hsic")
    order, sizes = _whole_prompts(a, b, codes)
    if len(sizes) < LEAST_PROMPTS:
        why = f"not measured: rows of {len(sizes)} prompts, at least {LEAST_PROMPTS} are compared"
        return _nothing(why, len(order), len(sizes), level)
    a, b = a[like(order, a)], b[like(order, b)]
    held = np.repeat(np.arange(len(sizes)), sizes)
    chosen = scales or (median_scale(a, held), median_scale(b, held))
    if min(chosen) == 0:
        side = "x" if chosen[0] == 0 else "y"
        return _nothing(f"not measured: all vectors of {side} are equal", len(order), len(sizes), level)
    sums = gram_sums(a, b, chosen, sizes)
    both = math.sqrt(max(0.0, sums.unbiased("xx")) * max(0.0, sums.unbiased("yy")))
    saturated = min(sums.off_diagonal("x"), sums.off_diagonal("y")) < SATURATED
    alone = "; saturated: the bandwidth is so small that every row is alone" if saturated else ""
    if both < 1e-12:
        why = f"not measured: one side hardly varies from prompt to prompt{alone}"
        nothing = Estimate(math.nan, None, None, level, len(order), 0, why)
        return Dependence(nothing, sums.unbiased("xy"), sums.biased("xy"), None, saturated, chosen, len(sizes))
    low_rank = _LowRank.of(a, b, chosen, sizes)
    null = None
    if paired == "by row" and permutations and movable(low_rank.sizes) > 1:
        null = statistics(low_rank.statistic, low_rank.sizes, permutations, rng)
    p = None if null is None else p_value(low_rank.statistic(None), null)
    value = sums.unbiased("xy") / both
    how = _said(p, permutations, paired)
    method = f"normalised unbiased HSIC, {len(order):,} rows of {len(sizes):,} prompts, {how}{alone}"
    estimate = Estimate(value, None, None, level, len(order), 0, method)
    if len(sizes) < LEAST:
        estimate = replace(estimate, method=f"no interval: too few prompts: {len(sizes)}; {method}")
    else:
        moved = low_rank.influence(value, both, sums)
        # Near independence the first-order part vanishes, and what is left varies as the permuted statistic does. Its
        # standard deviation counts twice, since it is skewed: counted once, 95 % intervals hold the truth in .89.
        chance = 0.0 if null is None else 4 * float(null.var()) / both**2
        half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance_of_mean(moved, None, level).variance + chance)
        estimate = bounded_within(replace(estimate, low=value - half, high=value + half), 0.0, 1.0)
    return Dependence(estimate, sums.unbiased("xy"), sums.biased("xy"), p, saturated, chosen, len(sizes))


def _whole_prompts(a: Array, b: Array, codes: Codes) -> tuple[Codes, Codes]:
    """Places of the rows prompt after prompt, by content, and how many each prompt has."""
    order = content_order(codes, content_numbers(a), content_numbers(b))
    sizes = np.bincount(codes).astype(np.int64) if len(codes) else np.zeros(0, dtype=np.int64)
    if len(sizes):
        first = np.flatnonzero(np.r_[True, np.diff(codes[order]) != 0])
        sizes = sizes[codes[order][first]]
        rank = np.arange(len(order)) - np.repeat(first, sizes)
        order, sizes = order[rank < BLOCK], np.minimum(sizes, BLOCK)
    return order, sizes


def _nothing(why: str, rows: int, prompts: int, level: float) -> Dependence:
    nan = math.nan
    return Dependence(Estimate(nan, None, None, level, rows, 0, why), nan, nan, None, False, (nan, nan), prompts)


def _said(p: float | None, permutations: int, paired: str) -> str:
    if p is not None:
        return f"p = {p:.3g} of independence ({permutations} permutations of prompts)"
    if not permutations:
        return "no p-value: nothing permuted"
    if paired == "nearest":
        return "no p-value: nearest rows depend on each other by choice"
    return "no p-value: no two prompts have as many rows"


@dataclass(frozen=True)
class _LowRank:
    """Centred low-rank features of both sides, weighted so that each prompt counts alike."""

    x: Array
    y: Array
    """Shape [m, r]: of rows, or of prompts where x has one vector for each."""
    weight: Array
    sizes: Codes
    """Shape [C]: how many of the m each prompt has; what changes places with what."""

    @classmethod
    def of(cls, a: Array, b: Array, scales: tuple[float, float], sizes: Codes, rank: int = RANK) -> _LowRank:
        x, y = landmark_features(a, scales[0], rank), landmark_features(b, scales[1], rank)
        numbers = content_numbers(a)
        starts = np.cumsum(sizes) - sizes
        if (numbers == np.repeat(numbers[starts], sizes)).all():
            x, y = x[like(starts, x)], summed(y, sizes, 0) / like(sizes.astype(np.float64), y)[:, None]
            sizes = np.ones(len(sizes), dtype=np.int64)
        weight = like(np.repeat(1 / sizes, sizes) / len(sizes), x)[:, None]
        return cls(x - (weight * x).sum(0), y - (weight * y).sum(0), weight, sizes)

    def covariance(self, order: Codes | None) -> Array:
        x = self.weight * self.x
        return (x if order is None else x[like(order, x)]).T @ self.y

    def statistic(self, order: Codes | None) -> float:
        """The biased low-rank HSIC, x's rows taken in another order."""
        found = self.covariance(order)
        return float((found * found).sum())

    def influence(self, value: float, both: float, sums: GramSums) -> Values:
        """How far each prompt [C] moves the normalised value, to first order."""
        pieces = {}
        starts = np.cumsum(self.sizes) - self.sizes
        for which, p, q in (("xy", self.x, self.y), ("xx", self.x, self.x), ("yy", self.y, self.y)):
            covariance = (self.weight * p).T @ q
            rows = as_numpy(((p @ covariance) * q).sum(1)) * as_numpy(self.weight)[:, 0] * len(self.sizes)
            mine = np.add.reduceat(rows, starts)
            pieces[which] = 2 * (mine - mine.mean())
        own = {side: sums.unbiased(side * 2) for side in "xy"}
        moved: Values = pieces["xy"] / both - value / 2 * (pieces["xx"] / own["x"] + pieces["yy"] / own["y"])
        return moved
