"""Does one quantity go with another beyond chance, when rows come in clusters?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Values
from openloop.measures.clustered import Clusters


@dataclass(frozen=True, slots=True)
class AssociationTest:
    """A score test of no association."""

    z: float
    """Positive where both rise together."""
    p_value: float
    """Two-sided, t on clusters − 1 degrees of freedom."""


def linked(a: Values, b: Values, prompt: Clusters = None) -> AssociationTest | None:
    """Whether ``a`` and ``b`` [N] (NaN left out) covary: sum of centred products per prompt, cluster-robust z.

    None where there are fewer than three prompts or either does not vary.
    """
    known = ~np.isnan(a) & ~np.isnan(b)
    x, y = a[known], b[known]
    if len(x) < 3 or x.min() == x.max() or y.min() == y.max():
        return None
    clusters = np.arange(len(x)) if prompt is None else prompt[known]
    sums = np.asarray(np.bincount(clusters, weights=(x - x.mean()) * (y - y.mean())), dtype=np.float64)
    held = int((np.bincount(clusters) > 0).sum())
    return None if held < 3 or not (sums**2).any() else score_test(sums, held)


def score_test(sums: Values, held: int) -> AssociationTest:
    """The test from the sums of centred products per cluster [C], ``held`` clusters of which hold rows."""
    from scipy.special import stdtr

    z = float(sums.sum()) / math.sqrt(float((sums**2).sum()))
    return AssociationTest(z, float(2 * stdtr(held - 1, -abs(z))))
