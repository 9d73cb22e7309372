"""Do judges agree beyond chance? Krippendorff's α (Content Analysis, 2004, ch. 11)."""

from __future__ import annotations

import math

import numpy as np

from openloop.arrays import Values
from openloop.errors import DataError
from openloop.measures.clustered import Clusters
from openloop.measures.intervals import student
from openloop.records import Estimate


def krippendorff(
    ratings: Values,
    metric: str = "nominal",
    prompt: Clusters = None,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
    replicates: int = 500,
) -> Estimate:
    """Krippendorff's α: ratings [N, R] of N units by R raters, NaN missing; 1 is agreement, 0 chance.

    ``metric``: ``nominal``, ``ordinal`` or ``interval``. With an ``rng``, a bootstrap of log(1 − α) over prompts (or
    units); fewer than 10 of them, or no disagreement at all, give no interval. Raises DataError for an unknown metric.
    """
    if metric not in ("nominal", "ordinal", "interval"):
        raise DataError(f"krippendorff: metric {metric!r}. Allowed: nominal, ordinal, interval.")
    if ratings.ndim != 2:
        raise DataError(f"krippendorff: needs ratings [N, R], got {ratings.shape}.")
    pairable = (~np.isnan(ratings)).sum(1) >= 2
    units, left = ratings[pairable], int((~pairable).sum())
    n = len(units)
    values = np.unique(units[~np.isnan(units)])
    if n == 0 or len(values) < 2:
        why = "no unit with two ratings" if n == 0 else "all ratings are equal"
        return Estimate(math.nan, None, None, level, n, left, f"undefined: {why}")
    apart, moments = _unit_sums(units, values, metric)
    value = _alpha(apart.sum(), moments.sum(0), metric)
    clusters = np.arange(n) if prompt is None else np.unique(prompt[pairable], return_inverse=True)[1]
    held = int(clusters.max()) + 1
    if rng is None or held < 10 or apart.sum() <= 0:
        why = "fewer than 10 prompts" if held < 10 else "raters never differ"
        method = metric if rng is None else f"{metric}; no interval: {why}"
        return Estimate(value, None, None, level, n, left, method)
    sums = np.zeros((held, 1 + moments.shape[1]))
    np.add.at(sums, clusters, np.column_stack([apart, moments]))
    drawn = rng.multinomial(held, np.full(held, 1 / held), replicates) @ sums
    alphas = np.array([_alpha(row[0], row[1:], metric) for row in drawn])
    # 1 − α is a ratio of disagreements: its logarithm is nearly normal, where percentiles of α itself fall short.
    spread = float(np.nanstd(np.log(np.maximum(1 - alphas, 1e-6)))) * math.sqrt(held / (held - 1))
    half = student(held - 1, level) * spread
    low, high = 1 - (1 - value) * math.exp(half), 1 - (1 - value) * math.exp(-half)
    return Estimate(value, low, high, level, n, left, f"{metric}; bootstrap of log(1 − α) over {held:,} prompts")


def _unit_sums(units: Values, values: Values, metric: str) -> tuple[Values, Values]:
    """Each unit's disagreement [N], and what the expected one is made of [N, M], both to be summed over units.

    Nominal: how often each value occurs. Otherwise, of the values (ordinal: of their ranks in all): how many, their
    sum and their sum of squares; squared distances need no more.
    """
    raters = (~np.isnan(units)).sum(1)
    if metric == "nominal":
        counts = np.stack([(units == v).sum(1) for v in values], 1).astype(float)
        return (raters**2 - (counts**2).sum(1)) / (raters - 1), counts
    x = units - np.nanmean(units)
    if metric == "ordinal":
        known = ~np.isnan(units)
        count = np.array([(units[known] == v).sum() for v in values])
        rank = np.cumsum(count) - count / 2  # half of the ties count as below
        x = np.where(known, rank[np.searchsorted(values, np.where(known, units, values[0]))], np.nan)
        x = x - np.nanmean(x)
    total, square = np.nansum(x, 1), np.nansum(x**2, 1)
    return 2 * (raters * square - total**2) / (raters - 1), np.column_stack([raters, total, square])


def _alpha(apart: float, moments: Values, metric: str) -> float:
    if metric == "nominal":
        n = moments.sum()
        expected = n**2 - (moments**2).sum()
    else:
        n, total, square = moments
        expected = 2 * (n * square - total**2)
    return float(1 - (n - 1) * apart / expected) if expected > 1e-12 else math.nan
