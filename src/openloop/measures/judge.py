"""Does a judge agree with itself, with the order of what it is shown, with other judges, and is it fair to itself?"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.clustered import Clusters
from openloop.records import Estimate

Values = NDArray[np.float64]


def consistency(
    repeats: Values, prompt: Clusters = None, accept_at: float | None = None, level: float = 0.95
) -> dict[str, Estimate]:
    """Agreement of several scorings of the same row: repeats [N, R], NaN missing; rows with two scorings or more.

    ``row``: all scorings identical (information-open §4.2 found .24 with 16 scorings); ``pair``: two scorings
    identical; ``class``: two scorings on the same side of ``accept_at`` (only where it is given); ``within_sd``: mean
    over rows of the scorings' standard deviation (of the scorings at hand, divided by R), in score units.
    """
    if repeats.ndim != 2:
        raise DataError(f"consistency: needs scorings [N, R], got {repeats.shape}.")
    count = (~np.isnan(repeats)).sum(1)
    several = count >= 2
    with np.errstate(invalid="ignore"):
        high, low = (np.max(np.where(np.isnan(repeats), -s * np.inf, s * repeats), 1) * s for s in (1, -1))
    row = np.where(several, (high == low).astype(float), np.nan)
    found = {
        "row": clustered.mean(row, prompt, level),
        "pair": clustered.mean(_pairs_equal(repeats), prompt, level),
    }
    if accept_at is not None:
        side = np.where(np.isnan(repeats), np.nan, (repeats >= accept_at).astype(float))
        found["class"] = clustered.mean(_pairs_equal(side), prompt, level)
    total = np.nansum(repeats, 1)
    centre = np.divide(total, count, out=np.zeros(len(count)), where=count > 0)
    square = np.nansum((repeats - centre[:, None]) ** 2, 1)
    spread = np.sqrt(np.divide(square, count, out=np.zeros(len(count)), where=count > 0))
    within = clustered.mean(np.where(several, spread, np.nan), prompt, level)
    return {name: _share(e) for name, e in found.items()} | {"within_sd": within}


def order_swap(
    first: Values, swapped: Values, prompt: Clusters = None, level: float = 0.95
) -> dict[str, Estimate]:
    """A pairwise judge shown each pair in both orders: which POSITION wins (1 the first, 0 the second, .5 a tie).

    ``consistency``: the same answer wins in both orders; ``position_bias``: P(the first position wins) over both
    orders, minus one half: 0 for a judge that does not look at the order. Shapes [N]; pairs that lack one verdict are
    ``n_unscored``. Raises DataError for other values.
    """
    values = np.r_[first, swapped]
    if not np.isin(values[~np.isnan(values)], (0.0, 0.5, 1.0)).all():
        raise DataError("order_swap: allowed 1 (the first position wins), 0 (the second), 0.5 (a tie), NaN.")
    same = np.where(np.isnan(first) | np.isnan(swapped), np.nan, (first == 1 - swapped).astype(float))
    bias = (first + swapped) / 2 - 0.5
    return {
        "consistency": clustered.proportion(same, prompt, level),
        "position_bias": clustered.mean(bias, prompt, level),
    }


def krippendorff(
    ratings: Values,
    metric: str = "nominal",
    prompt: Clusters = None,
    rng: np.random.Generator | None = None,
    level: float = 0.95,
    replicates: int = 500,
) -> Estimate:
    """Krippendorff's α: ratings [N, R] of N units by R raters, NaN missing; 1 is agreement, 0 chance.

    ``metric``: ``nominal``, ``ordinal`` or ``interval``. With an ``rng``, a percentile bootstrap over prompts (or
    units); fewer than 10 of them give no interval. Raises DataError for an unknown metric.
    """
    if metric not in ("nominal", "ordinal", "interval"):
        raise DataError(f"krippendorff: metric {metric!r}. Allowed: nominal, ordinal, interval.")
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
    if rng is None or held < 10:
        return Estimate(
            value,
            None,
            None,
            level,
            n,
            left,
            f"{metric}; no interval: fewer than 10 prompts" if rng else metric,
        )
    sums = np.zeros((held, 1 + moments.shape[1]))
    np.add.at(sums, clusters, np.column_stack([apart, moments]))
    drawn = rng.multinomial(held, np.full(held, 1 / held), replicates) @ sums
    alphas = np.array([_alpha(row[0], row[1:], metric) for row in drawn])
    low, high = np.nanquantile(alphas, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(
        value, float(low), float(high), level, n, left, f"{metric}; bootstrap over {held:,} prompts"
    )


def self_preference(
    accept: Values, own: Values, gold: Values, prompt: Clusters = None, level: float = 0.95
) -> Estimate:
    """Acceptance of the judge's own completions (own [N] = 1) minus the others', rows of equal gold compared.

    Weighted over gold classes (unknown gold is one) by their size; a t interval over prompts.
    """
    from openloop.measures.shortcuts import slope

    kind = np.nan_to_num(gold, nan=2.0).astype(np.int64)
    clusters = np.arange(len(accept)) if prompt is None else prompt
    e = slope(own, accept, clusters, [kind], level)
    return replace(e, method=f"own minus others, at fixed gold; {e.method}")


def _pairs_equal(values: Values) -> Values:
    """For each row, the share of pairs of its known values that are equal; NaN with fewer than two."""
    known = ~np.isnan(values)
    count = known.sum(1)
    equal = np.zeros(len(values))
    for i in range(values.shape[1]):
        for j in range(i + 1, values.shape[1]):
            equal += values[:, i] == values[:, j]
    pairs = count * (count - 1) / 2
    return np.asarray(np.divide(equal, pairs, out=np.full(len(values), np.nan), where=pairs > 0))


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


def _share(e: Estimate) -> Estimate:
    low, high = (None if b is None else min(1.0, max(0.0, b)) for b in (e.low, e.high))
    return replace(e, low=low, high=high)
