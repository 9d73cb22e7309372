"""Intervals for rows that come in clusters: the candidates of one prompt are one cluster.

    clustered.proportion(accepted, prompt)     # a claim about the process behind the file
    clustered.proportion(accepted, None)       # a claim about this file, from rows drawn uniformly
    clustered.proportion(bad, None, weight=w)  # rows that stand for w copies, or were drawn at rate 1/w

A claim about the process needs the design effect of the clusters; a claim about *this file*, from labels drawn
uniformly in it, does not. A share has Wilson's interval with the effective number of rows of Korn and Graubard (1998);
where every cluster holds one row and no row outweighs another it is Wilson's own. What makes rows count for less than
one each (clusters of unequal sizes included) is in :mod:`openloop.measures.design_effect`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.bounded_means import bounds_of_mean
from openloop.measures.design_effect import variance_of_mean
from openloop.measures.intervals import require_level, wilson
from openloop.records import Estimate

FEW = 5
"""Fewer events (or non-events) than this, counted in effective rows, support a one-sided bound only."""
LEAST = 10
"""Fewer rows than this (prompts, where each prompt is one value) have no interval: too few to speak of."""
HALF = 0.5
"""A prompt (or row) with more than this share of the weight leaves nothing to compare it with: no interval."""
LARGE = 0.1
"""From this share on the method names the largest prompt, where it also has twice what an equal part would be."""

Clusters = Codes | None
"""Shape [N]: which prompt each row belongs to, as whole numbers from 0; None for a claim about this file."""


@dataclass(frozen=True, slots=True)
class Effective:
    """How much a set of clustered or weighted rows says about a share."""

    share: float
    n: int
    clusters: int
    rows: float
    """Effective number of rows, at most ``n``."""
    largest: float = 0.0
    """Share of the weight that the largest cluster has."""


def proportion(
    hit: ArrayLike,
    prompt: Clusters = None,
    level: float = 0.95,
    weight: ArrayLike | None = None,
    least: int = LEAST,
) -> Estimate:
    """Share of rows with ``hit`` = 1 (shape [N]; NaN is a row that is not known, counted in ``n_unscored``).

    ``weight`` [N] is how many rows each stands for (copies of a text, inverse sampling rates): only its proportions
    matter. Fewer than five events or non-events among the effective rows give a one-sided bound (Clopper and
    Pearson's, with the same effective number). Fewer than ``least`` rows, rows of one prompt, or a prompt with more
    than half of the weight give no interval; a share that is only a part of an estimate takes ``least`` 1. Raises
    DataError for weights that are negative or not finite.
    """
    require_level(level)
    hits = np.asarray(hit, dtype=np.float64)
    weights = _weights(weight, len(hits))
    known = ~np.isnan(hits) if weights is None else ~np.isnan(hits) & (weights > 0)
    unscored = int(np.isnan(hits).sum())
    events, clusters = hits[known], None if prompt is None else prompt[known]
    heavy = None if weights is None else weights[known]
    if not len(events):
        return Estimate(math.nan, None, None, level, 0, unscored, "undefined: no rows")
    size = effective(events, clusters, level, heavy)
    if 1 < size.n < least and size.clusters > 1:
        return Estimate(size.share, None, None, level, size.n, unscored, too_few(size.n))
    return replace(bounded(size, level), n_unscored=unscored)


def share(shares: ArrayLike, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """Mean over rows of values in [0, 1] (shape [N], NaN not known) that need not be 0 or 1, such as rates of prompts.

    Wilson's interval with the effective number of rows that the values' own variance gives (more than ``n`` where they
    vary less than zeros and ones would); where they lie near an end, fewer than five effective rows away from it in
    all, the bounds of :mod:`openloop.measures.bounded_means`. Never of zero width.
    """
    require_level(level)
    array = np.asarray(shares, dtype=np.float64)
    known = ~np.isnan(array)
    x, unscored = array[known], int((~known).sum())
    clusters = None if prompt is None else prompt[known]
    if not len(x):
        return Estimate(math.nan, None, None, level, 0, unscored, "undefined: no rows")
    size = effective(x, clusters, level)
    if size.clusters == 1 or size.largest > HALF + 1e-9:
        return replace(bounded(size, level), n_unscored=unscored)
    if size.n < LEAST:
        return Estimate(size.share, None, None, level, size.n, unscored, too_few(size.n, "values"))
    n, mean = len(x), size.share
    if min(mean, 1 - mean) * size.rows >= FEW - 1e-9:
        variance = variance_of_mean(x, clusters, level).variance
        if variance < 1e-15:  # values or prompts that are all equal are no surer than rows that are 0 or 1
            variance = mean * (1 - mean) / size.rows
        low, high = wilson(mean, mean * (1 - mean) / variance, NormalDist().inv_cdf((1 + level) / 2))
        method = f"Wilson{composition(size)}"
    else:
        codes = np.arange(n) if clusters is None else np.unique(clusters, return_inverse=True)[1].ravel()
        rows = np.bincount(codes).astype(np.float64)
        centres = np.clip(np.bincount(codes, weights=x) / rows, 0, 1)
        low, high = bounds_of_mean(centres, level, rows / n)
        method = f"Gaffke: fewer than {FEW} effective rows from the end{composition(size)}"
    return Estimate(mean, min(low, mean), max(high, mean), level, n, unscored, method)


def bounded(size: Effective, level: float) -> Estimate:
    """The interval of a share that is known as well as from ``size.rows`` independent rows."""
    share, n = size.share, size.n
    why = why_no_interval(size)
    if why:
        return Estimate(share, None, None, level, n, method=f"no interval: {why}")
    where = composition(size)
    if min(share, 1 - share) * size.rows >= FEW - 1e-9:
        low, high = wilson(share, size.rows, NormalDist().inv_cdf((1 + level) / 2))
        return Estimate(share, low, high, level, n, method=f"Wilson{where}")
    from scipy.special import betaincinv

    x = share * size.rows
    method = f"one-sided {level:.0%} bound: fewer than {FEW} effective events{where}"
    if share <= 0.5:
        return Estimate(share, 0.0, float(betaincinv(x + 1, size.rows - x, level)), level, n, method=method)
    return Estimate(share, float(betaincinv(x, size.rows - x + 1, 1 - level)), 1.0, level, n, method=method)


def why_no_interval(size: Effective) -> str:
    """What stands against an interval, in words; empty where nothing does."""
    if size.n == 1 or size.clusters == 1:
        return "one row" if size.n == 1 else "all rows belong to one prompt"
    return dominated(size.n, size.clusters, size.largest) if size.largest > HALF + 1e-9 else ""


def effective(events: Values, clusters: Clusters, level: float, weight: Values | None = None) -> Effective:
    """The effective number of rows behind the share of ``events`` (shape [N], in [0, 1], all known).

    So many independent rows would leave the share as uncertain as these do (a variance that is estimated counts for
    more, as Student's t does). Few events say little about how they cluster: with fewer than five the number leans
    towards whole prompts, 1/Σ share². ``weight`` [N] positive; None where all rows count alike.
    """
    n = len(events)
    found = variance_of_mean(events, clusters, level, weight)
    share, held = min(1.0, max(0.0, found.centre)), found.clusters  # rounding may leave the range
    if held == n and found.largest * n < 1 + 1e-9:
        return Effective(share, n, n, n, 1 / n)
    if held == 1:
        return Effective(share, n, 1, 1.0, 1.0)
    binomial = share * (1 - share)
    deff = max(n * found.if_independent, n * found.variance / binomial if binomial > 0 else 1.0)
    # Where no row (or every row) is an event, each prompt is one that agrees, however large it is.
    whole = max(deff, n * found.if_copies if binomial > 0 or found.largest > HALF + 1e-9 else n / held)
    rare = min(share, 1 - share) * n / deff
    if found.largest > HALF + 1e-9:
        deff = whole
    elif rare < FEW:
        deff = (rare * deff + (FEW - rare) * whole) / FEW
    return Effective(share, n, held, n / deff, found.largest)


def mean(values: ArrayLike, prompt: Clusters = None, level: float = 0.95, weight: ArrayLike | None = None) -> Estimate:
    """Mean over rows (shape [N]; NaN is not known) with a t interval over prompts, for prompts of any sizes.

    ``weight`` as in :func:`proportion`. One prompt, or one with more than half of the weight, fewer than ten rows, or
    prompts that are all equal give no interval.
    """
    require_level(level)
    array = np.asarray(values, dtype=np.float64)
    weights = _weights(weight, len(array))
    known = ~np.isnan(array) if weights is None else ~np.isnan(array) & (weights > 0)
    unscored, x = int(np.isnan(array).sum()), array[known]
    n = len(x)
    if n == 0:
        return Estimate(math.nan, None, None, level, 0, unscored, "undefined: no rows")
    found = variance_of_mean(
        x, None if prompt is None else prompt[known], level, None if weights is None else weights[known]
    )
    if found.clusters < 2:
        return Estimate(found.centre, None, None, level, n, unscored, "no interval: one row or one prompt")
    if found.largest > HALF + 1e-9:
        return Estimate(
            found.centre, None, None, level, n, unscored, f"no interval: {dominated(n, found.clusters, found.largest)}"
        )
    if n < LEAST:
        return Estimate(found.centre, None, None, level, n, unscored, too_few(n))
    half = found.half_width(level)
    if x.min() == x.max() or half < 1e-12 * float(np.abs(x).max()):
        what = "values" if x.min() == x.max() else "prompts"
        return Estimate(found.centre, None, None, level, n, unscored, f"no interval: all {what} are equal")
    method = f"t over {found.clusters:,} prompts{_heaviest(found.clusters, found.largest)}"
    return Estimate(found.centre, found.centre - half, found.centre + half, level, n, unscored, method)


def codes(labels: ArrayLike) -> Codes:
    """Whole numbers from 0 for the distinct labels (shape [N]), for use as clusters or strata."""
    array = np.asarray(labels)
    if array.ndim != 1:
        raise DataError(f"codes: needs one label for each row, got an array of shape {array.shape}.")
    return np.unique(array, return_inverse=True)[1].astype(np.int64)


def too_few(n: int, what: str = "rows") -> str:
    """The method of an estimate that so few rows do not support."""
    return f"no interval: too few {what}: {n}, fewer than {LEAST}"


def _weights(weight: ArrayLike | None, n: int) -> Values | None:
    """None where all rows count alike."""
    if weight is None:
        return None
    array = np.asarray(weight, dtype=np.float64)
    if array.shape != (n,) or not np.isfinite(array).all() or (array < 0).any():
        raise DataError(f"weight: needs a finite number of at least 0 for each of {n} rows.")
    return None if n and 0 < array.min() == array.max() else array


def composition(size: Effective) -> str:
    """``, 1,200 rows of 40 prompts, the largest has 28%``; empty for rows that are independent and count alike."""
    heaviest = _heaviest(size.clusters, size.largest)
    if size.clusters < size.n:
        return f", {size.n:,} rows of {size.clusters:,} prompts{heaviest}"
    return f", {size.n:,} weighted rows{heaviest}" if heaviest else ""


def _heaviest(clusters: int, largest: float) -> str:
    return f", the largest has {largest:.0%}" if largest >= LARGE and largest * clusters >= 2 else ""


def dominated(n: int, clusters: int, largest: float) -> str:
    return f"one {'row' if clusters == n else 'prompt'} has {largest:.0%} of the weight"
