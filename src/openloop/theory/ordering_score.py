"""Ordering selections of one pool by what training on them gains: the score registered in docs/evidence/prediction.md.

p′ alone ignores how many rows are kept and where the bad ones lie. Per stratum s of the problems, the rows kept there,
n′_s, count by how clearly they point to the right answer: n′_s · m_s², with m_s the margin between the right answer and
the commonest wrong one, which for two answers is 1 − 2p′_s. Learning saturates.

It orders; it is no expected change. Over 36 selections it was above 0 in 34, of which 16 gained. For the accuracy
after training see :mod:`openloop.theory.predicted_level`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Values
from openloop.errors import DataError


def margin(bad_after: ArrayLike, systematic: ArrayLike) -> Values:
    """Share of the right answer minus that of the commonest wrong one, per stratum [S].

    ``bad_after`` is p′_s; ``systematic`` the largest share of one wrong answer among the wrong ones: 1 for one
    systematic error (margin 1 − 2p′), 1/V for wrong answers spread evenly over V. Raises DataError outside [0, 1].
    """
    bad, largest = np.asarray(bad_after, dtype=np.float64), np.asarray(systematic, dtype=np.float64)
    if not (np.all((bad >= 0) & (bad <= 1)) and np.all((largest >= 0) & (largest <= 1))):
        raise DataError("margin: p′ and the systematic share must lie in [0, 1].")
    return np.asarray(1 - bad - bad * largest)


def ordering_score(start: ArrayLike, share: ArrayLike, kept: ArrayLike, margins: ArrayLike, tau: float) -> float:
    """Σ_s share_s · g_s, higher for a selection that teaches more (each argument [S], one number a stratum). No unit.

    With x_s = n′_s m_s² and the saturation x/(x + τ): a positive margin counts that part of what was wrong, 1 − a_s; a
    negative one that part of what was right, a_s, with a minus. ``start`` is a_s, the accuracy before; ``share`` the
    strata's shares of the test, ``kept`` n′_s, ``tau`` the rows that close half of the gap. Raises DataError for shapes
    that differ, shares that do not sum to 1, and τ ≤ 0.
    """
    a, w, n, m = (np.asarray(v, dtype=np.float64) for v in (start, share, kept, margins))
    if not (a.shape == w.shape == n.shape == m.shape and a.ndim == 1):
        raise DataError(
            f"ordering_score: needs one number a stratum, got shapes {a.shape}, {w.shape}, {n.shape}, {m.shape}."
        )
    if tau <= 0 or abs(float(w.sum()) - 1) > 1e-6 or (n < 0).any():
        raise DataError("ordering_score: needs τ > 0, shares that sum to 1 and counts of at least 0.")
    evidence = n * m**2
    part = evidence / (evidence + tau)
    return float((w * np.where(m >= 0, (1 - a) * part, -a * part)).sum())
