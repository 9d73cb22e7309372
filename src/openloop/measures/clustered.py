"""Intervals for rows that come in clusters: the candidates of one prompt are one cluster.

    clustered.proportion(accepted, prompt)     # a claim about the process behind the file
    clustered.proportion(accepted, None)       # a claim about this file, from rows drawn uniformly

A claim about the process needs the design effect of the clusters; a claim about *this file*, from labels drawn
uniformly in it, does not. Where ``prompt`` is given the method is Wilson's interval with the effective number of
rows of Korn and Graubard (1998): n/deff with deff ≥ 1, times (z/t)² with t on C − 1 degrees of freedom; where every
cluster holds one row it is Wilson's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.intervals import clipped, require_level, student, wilson
from openloop.records import Estimate

FEW = 5
"""Fewer events (or non-events) than this, counted in effective rows, support a one-sided bound only."""

Clusters = Codes | None
"""Shape [N]: which prompt each row belongs to, as whole numbers from 0; None for a claim about this file."""


@dataclass(frozen=True, slots=True)
class Effective:
    """How much a set of clustered rows says."""

    share: float
    n: int
    clusters: int
    rows: float
    """Effective number of rows, at most ``n``."""


def proportion(hit: ArrayLike, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """Share of rows with ``hit`` = 1 (shape [N]; NaN is a row that is not known, counted in ``n_unscored``).

    Fewer than five events or non-events among the effective rows give a one-sided bound (Clopper and Pearson's,
    with the same effective number); one row, or rows that all come from one prompt, give no interval.
    """
    require_level(level)
    hits = np.asarray(hit, dtype=np.float64)
    known = ~np.isnan(hits)
    unscored = int((~known).sum())
    events, clusters = hits[known], None if prompt is None else prompt[known]
    if not len(events):
        return Estimate(math.nan, None, None, level, 0, unscored, "undefined: no rows")
    size = effective(events, clusters, level)
    return replace(bounded(size, level), n_unscored=unscored)


def share(shares: ArrayLike, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """Mean over rows of shares in [0, 1] (shape [N], NaN not known), clipped to [0, 1].

    Where next to nothing differs the interval is that of a proportion, with as many trials as there are rows.
    """
    e = mean(np.asarray(shares, dtype=np.float64), prompt, level)
    if e.low is None or e.high is None or min(e.value, 1 - e.value) * e.n < FEW:
        return proportion(shares, prompt, level)
    return clipped(e)


def bounded(size: Effective, level: float) -> Estimate:
    """The interval of a share that is known as well as from ``size.rows`` independent rows."""
    share, n = size.share, size.n
    where = "" if size.clusters == n else f", {n:,} rows of {size.clusters:,} prompts"
    if n == 1 or size.clusters == 1:
        what = "one row" if n == 1 else "all rows belong to one prompt"
        return Estimate(share, None, None, level, n, method=f"no interval: {what}")
    if min(share, 1 - share) * size.rows >= FEW - 1e-9:
        low, high = wilson(share, size.rows, NormalDist().inv_cdf((1 + level) / 2))
        return Estimate(share, low, high, level, n, method=f"Wilson{where}")
    from scipy.special import betaincinv

    x = share * size.rows
    method = f"one-sided {level:.0%} bound: fewer than {FEW} effective events{where}"
    if share <= 0.5:
        return Estimate(share, 0.0, float(betaincinv(x + 1, size.rows - x, level)), level, n, method=method)
    return Estimate(share, float(betaincinv(x, size.rows - x + 1, 1 - level)), 1.0, level, n, method=method)


def effective(events: Values, clusters: Clusters, level: float) -> Effective:
    """The effective number of rows behind the share of ``events`` (shape [N], 0 or 1, all known)."""
    n, share = len(events), float(events.mean())
    if clusters is None:
        return Effective(share, n, n, n)
    variance, held = total_variance(events - share, clusters)
    if held == n:
        return Effective(share, n, n, n)
    if held == 1:
        return Effective(share, n, 1, 1.0)
    binomial = share * (1 - share) * n
    deff = variance / binomial if binomial > 0 else 1.0
    deff = max(1.0, deff)
    rare = min(share, 1 - share) * n / deff
    if rare < FEW:  # few events say little about how they cluster: lean towards whole prompts, n / C rows each
        deff = (rare * deff + (FEW - rare) * max(deff, n / held)) / FEW
    ratio = NormalDist().inv_cdf((1 + level) / 2) / student(held - 1, level)
    return Effective(share, n, held, n / deff * ratio**2)


def mean(values: ArrayLike, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """Mean over rows (shape [N]; NaN is not known) with a t interval over prompts (linearised ratio variance)."""
    require_level(level)
    array = np.asarray(values, dtype=np.float64)
    known = ~np.isnan(array)
    unscored, x = int((~known).sum()), array[known]
    n = len(x)
    if n == 0:
        return Estimate(math.nan, None, None, level, 0, unscored, "undefined: no rows")
    centre = float(x.mean())
    groups = np.arange(n) if prompt is None else prompt[known]
    variance, held = total_variance(x - centre, groups)
    if held < 2:
        return Estimate(centre, None, None, level, n, unscored, "no interval: one row or one prompt")
    half = student(held - 1, level) * (math.sqrt(variance) / n)
    return Estimate(centre, centre - half, centre + half, level, n, unscored, f"t over {held:,} prompts")


def total_variance(influence: Values, clusters: Codes) -> tuple[float, int]:
    """Variance of the total of ``influence`` [N], which adds up to 0, and the number of clusters (codes [N]).

    Rows of one cluster may depend on each other in any way: their sum is one observation (C/(C − 1) Σ_c s_c²). The
    root of it is the standard error of a linear statistic whose rows have these influences. NaN for one cluster.
    """
    held = int((np.bincount(clusters) > 0).sum())
    if held < 2:
        return math.nan, held
    sums = np.bincount(clusters, weights=influence)
    return float((sums**2).sum()) * held / (held - 1), held


def codes(labels: ArrayLike) -> Codes:
    """Whole numbers from 0 for the distinct labels (shape [N]), for use as clusters or strata."""
    array = np.asarray(labels)
    if array.ndim != 1:
        raise DataError(f"codes: needs one label for each row, got an array of shape {array.shape}.")
    return np.unique(array, return_inverse=True)[1].astype(np.int64)
