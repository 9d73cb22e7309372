"""Bounds of the mean of values in [0, 1] that assume nothing else about them.

Gaffke's bound (2005; Learned-Miller and Thomas 2020): the upper bound is the quantile of Σ D_i x_i + D_{n+1}, where D
is a Dirichlet draw with one part for every value and one more for a value of 1 that was not seen. For zeros and ones it
is Clopper and Pearson's interval, and it is never of zero width: values that are all equal do not say that a different
one cannot come. In the middle of the range it is wider than Student's t, so use it where next to nothing differs.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from openloop.arrays import Values
from openloop.errors import DataError

NODES = 200
"""Points of the numerical inversion: Clopper and Pearson's bounds to nine digits."""
DISTINCT = 1000
"""More distinct values than this are rounded outwards to so many steps."""


def bounds_of_mean(values: Values, level: float, shares: Values | None = None) -> tuple[float, float]:
    """Low and high of the mean of independent ``values`` [N] in [0, 1], which count by ``shares`` [N] (add up to 1).

    Values of unequal shares count for 1/Σ share² of them. Where all are 0 or all are 1 the whole error is spent on the
    one bound that can miss. Raises DataError for values outside [0, 1].
    """
    if not len(values) or not ((values >= 0) & (values <= 1)).all():
        raise DataError("bounds_of_mean: needs at least one value, all from 0 to 1.")
    values = np.round(values, 12)  # a mean of ones that rounding made less is a mean of ones
    parts = np.ones(len(values)) if shares is None else shares / float((shares**2).sum())
    two_sided = values.max() > 0.0 and values.min() < 1.0
    error = (1 - level) / (2 if two_sided else 1)
    return 1 - _upper(1 - values, parts, error), _upper(values, parts, error)


def _upper(values: Values, parts: Values, error: float) -> float:
    if values.min() > 1 - 1e-9:
        return 1.0
    if len(np.unique(values)) > DISTINCT:
        values = np.ceil(values * DISTINCT) / DISTINCT
    at, where = np.unique(np.r_[values, 1.0], return_inverse=True)
    weight = np.bincount(where.ravel(), weights=np.r_[parts, 1.0]).astype(np.float64)
    from scipy.optimize import brentq

    low = float((values * parts).sum() / parts.sum())
    grid = _grid()

    def excess(limit: float) -> float:
        return _below(limit, at, weight, grid) - (1 - error)

    return float(brentq(excess, low, 1 - 1e-12, xtol=1e-9)) if excess(low) < 0 else low


@cache
def _grid() -> tuple[Values, Values]:
    """Points u from 0 to infinity and their weights: Gauss-Legendre in u/(1 + u)."""
    nodes, areas = np.polynomial.legendre.leggauss(NODES)
    x = (nodes + 1) / 2
    return x / (1 - x), areas / 2 / (1 - x) ** 2


def _below(limit: float, at: Values, weight: Values, grid: tuple[Values, Values]) -> float:
    """P(Σ D_i at_i ≤ limit) for D of a Dirichlet distribution with parameters ``weight``.

    The same as P(Σ G_i (at_i − limit) ≤ 0) for independent gamma variables G_i: Imhof's (1961) inversion.
    """
    scaled = at - limit
    scaled /= math.sqrt(float((weight * scaled**2).sum()))  # the integrand then ends at about u = 1
    u, areas = grid
    reach = np.outer(u, scaled)
    angle = np.arctan(reach) @ weight
    size = np.exp(-0.5 * (np.log1p(reach**2) @ weight))
    return float(0.5 - (np.sin(angle) * size / u * areas).sum() / math.pi)
