"""Does one quantity go with another beyond chance, when rows come in clusters?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from openloop.measures.clustered import Clusters

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Link:
    """A score test of no association."""

    z: float
    """Positive where both rise together."""
    p_value: float
    """Two-sided, t on clusters − 1 degrees of freedom."""


def linked(a: Values, b: Values, prompt: Clusters = None) -> Link | None:
    """Whether ``a`` and ``b`` [N] (NaN left out) covary: sum of centred products per prompt, cluster-robust z.

    None where there are fewer than three prompts or either does not vary.
    """
    known = ~np.isnan(a) & ~np.isnan(b)
    x, y = a[known], b[known]
    if len(x) < 3 or x.min() == x.max() or y.min() == y.max():
        return None
    clusters = np.arange(len(x)) if prompt is None else prompt[known]
    sums = np.bincount(clusters, weights=(x - x.mean()) * (y - y.mean()))
    held = int((np.bincount(clusters) > 0).sum())
    spread = math.sqrt(float((sums**2).sum()))
    if held < 3 or spread == 0:
        return None
    from scipy.special import stdtr

    z = float(sums.sum()) / spread
    return Link(z, float(2 * stdtr(held - 1, -abs(z))))
