"""How uncertain a mean is whose rows come in clusters of any sizes, or stand for different numbers of rows.

Two variances, each with the Student quantile of its own degrees of freedom:

- the bias-reduced cluster variance (CR2) of Bell and McCaffrey (2002), with their Satterthwaite degrees of freedom for
  independent rows. It assumes nothing about how rows of a prompt depend on each other, but one large prompt dominates
  it and its own deviation says next to nothing about how far such a prompt may deviate;
- that of exchangeable prompts: the intraclass correlation is estimated from all prompts (one-way analysis of variance),
  so that a large prompt is expected to deviate as much as the small ones do.

For clusters of equal sizes both are the usual C/(C − 1) Σ s_c² with t on C − 1. The first is used alone while the
effective number of prompts, 1/Σ share², is at least three quarters of their number (sizes that go with the outcome,
such as how many rows of a prompt are kept, break the second one's assumption); from a half down the larger of the two
counts, and in between the excess counts in proportion. Simulated (p = .1, ICC 0 to .6, 20 to
200 prompts, sizes equal, geometric, lognormal, or one prompt of 14 to 28 %): the upper bound of a 95 % interval lies
below the truth in at most .03, where CR2 alone reaches .10 and C/(C − 1) .14.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from openloop.arrays import Codes, Values
from openloop.measures.intervals import student


@dataclass(frozen=True, slots=True)
class MeanVariance:
    """The mean of clustered, weighted rows, and what its interval needs."""

    centre: float
    variance: float
    """Of the mean, times (t/z)²: the normal quantile of the asked level is the one to multiply with. NaN for one
    cluster."""
    clusters: int
    largest: float
    """Share of the weight that the largest cluster has."""
    if_independent: float
    """Σ share² over rows: variance of the mean of independent rows of variance 1."""
    if_copies: float
    """Σ share² over clusters, times (t/z)²: the same if the rows of a cluster were copies of each other."""

    def half_width(self, level: float) -> float:
        """How far an interval reaches to each side of the mean."""
        return NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(self.variance)


def variance_of_mean(
    values: Values, clusters: Codes | None, level: float, weight: Values | None = None
) -> MeanVariance:
    """Shapes [N], all known; ``clusters`` None: every row is its own; ``weight`` None: all rows count alike."""
    n = len(values)
    part = np.full(n, 1 / n) if weight is None else weight / weight.sum()
    centre = float(values.mean() if weight is None else np.average(values, weights=weight))
    codes = np.arange(n) if clusters is None else np.unique(clusters, return_inverse=True)[1].ravel()
    held = int(codes.max()) + 1
    shares = np.bincount(codes, weights=part).astype(np.float64)
    largest, independent, copies = float(shares.max()), float((part**2).sum()), float((shares**2).sum())
    if held < 2 or largest > 1 - 1e-12:
        return MeanVariance(centre, math.nan, held, largest, independent, 1.0)
    residual = values - centre
    sums = np.bincount(codes, weights=part * residual)
    robust = float((sums**2 / (1 - shares)).sum()) * stretch(freedom(shares), level)
    spread = float((part * residual**2).sum()) * n / (n - 1)
    if held == n:
        return MeanVariance(centre, max(robust, spread * independent), held, largest, independent, copies)
    alike = intraclass_correlation(residual, codes)
    wide = stretch(held - 1, level)
    exchangeable = spread * (alike * copies + (1 - alike) * independent) * wide
    doubt = min(1.0, max(0.0, 3 - 4 / (copies * held)))
    variance = robust + doubt * max(0.0, exchangeable - robust)
    return MeanVariance(centre, variance, held, largest, independent, copies * wide)


def freedom(shares: Values) -> float:
    """Satterthwaite degrees of freedom of the CR2 variance of a mean, from the clusters' shares [C] of the weight.

    1 / tr M² for the quadratic form's M under independent rows, tr M = 1: C − 1 for equal shares.
    """
    off = shares**2 / (1 - shares)
    return float(1 / ((shares**2).sum() + off.sum() ** 2 - (off**2).sum()))


def intraclass_correlation(values: Values, clusters: Codes) -> float:
    """How alike rows of one cluster are, 0 to 1 (values [N], codes from 0): one-way analysis of variance."""
    sizes = np.bincount(clusters).astype(np.float64)
    n, held = len(values), len(sizes)
    if not 2 <= held < n:
        return 0.0
    centred = values - values.mean()
    between = float((np.bincount(clusters, weights=centred) ** 2 / sizes).sum())
    within = max(0.0, float((centred**2).sum()) - between) / (n - held)
    between /= held - 1
    typical = (n - float((sizes**2).sum()) / n) / (held - 1)
    total = between + (typical - 1) * within
    return min(1.0, max(0.0, (between - within) / total)) if total > 0 else 0.0


def worth(weight: Values) -> float:
    """Rows of equal weight that weighted ones [N] are worth (Kish): (Σw)² / Σw²; 0 where nothing weighs."""
    squares = float((weight**2).sum())
    return float(weight.sum()) ** 2 / squares if squares else 0.0


def stretch(degrees: float, level: float) -> float:
    """What an estimated variance is multiplied with, so that the normal quantile may be used."""
    return (student(degrees, level) / NormalDist().inv_cdf((1 + level) / 2)) ** 2
