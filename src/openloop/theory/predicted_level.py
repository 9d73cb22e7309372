"""How right a student will be after training on a selection: the level registered in docs/evidence/prediction.md.

Two things happen to a student that is right on a share a of a stratum. Wrong rows that agree with each other are taken
over: what is left of a is u = a(1 − p′w), w being the share of the commonest error among the wrong rows. And the
student moves from there towards what it is shown, right on 1 − p′, the faster the more rows there are. So the level
depends on the distance between the student and the kept rows: rows that are less often right than the student harm it.

A hypothesis, not a law: the two constants were fitted to the 36 selections of one experiment, and wait for the next.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from openloop.errors import DataError

HALFWAY = 2_500.0
"""Rows that take the student half of the way to the kept rows, all strata being one (250 steps of the tiny model)."""
HALFWAY_PER_STRATUM = 800.0
"""The same where each of four strata is learned by itself."""
NOTICED = 20.0
"""Rows from which half of the damage of agreeing errors is done."""


def predicted_level(
    before: ArrayLike,
    share: ArrayLike,
    kept: ArrayLike,
    bad_after: ArrayLike,
    systematic: ArrayLike,
    *,
    halfway: float = HALFWAY,
    noticed: float = NOTICED,
) -> float:
    """Predicted accuracy after training, Σ_s share_s [(1 − r_s) u_s + r_s (1 − p′_s)], in [0, 1].

    With r = n′/(n′ + τ) and u = a (1 − p′w n′/(n′ + ν)). Each argument [S], one number a stratum: ``before`` a_s, the
    student's accuracy, decoded as it will be afterwards; ``share`` the strata's shares of the test; ``kept`` n′_s;
    ``bad_after`` p′_s; ``systematic`` w_s, the share of the commonest error among the wrong rows. ``halfway`` τ and
    ``noticed`` ν in rows. The predicted change is this minus Σ share_s a_s. A stratum without rows stays as it is.
    Raises DataError for shapes that differ, shares that do not sum to 1, rates outside [0, 1], counts below 0, τ or
    ν ≤ 0.
    """
    a, weight, n, p, w = (np.asarray(v, dtype=np.float64) for v in (before, share, kept, bad_after, systematic))
    if a.ndim != 1 or any(v.shape != a.shape for v in (weight, n, p, w)):
        raise DataError(
            "predicted_level: needs one number a stratum, got shapes "
            f"{', '.join(str(v.shape) for v in (a, weight, n, p, w))}."
        )
    if any(((v < 0) | (v > 1) | np.isnan(v)).any() for v in (a, p, w)):
        raise DataError("predicted_level: accuracies, p′ and the systematic share must lie in [0, 1].")
    if abs(float(weight.sum()) - 1) > 1e-6 or (weight < 0).any() or (n < 0).any():
        raise DataError("predicted_level: needs shares that sum to 1 and counts of at least 0.")
    if not (halfway > 0 and noticed > 0):
        raise DataError(f"predicted_level: halfway and noticed must be above 0, got {halfway} and {noticed}.")
    left = a * (1 - p * w * n / (n + noticed))
    moved = n / (n + halfway)
    return float((weight * ((1 - moved) * left + moved * (1 - p))).sum())
