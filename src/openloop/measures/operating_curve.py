"""What a cut of the score would keep: the operating curve, and a threshold that holds after looking at it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from openloop.arrays import Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.clustered import Clusters
from openloop.measures.verifier_quality import bad_after
from openloop.records import Estimate

CUTS = 12
"""Cuts that are looked at. More of them make every bound wider, since all must hold at once."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Keep rows with a score of at least ``at``."""

    at: float
    kept: int
    """Rows kept, gold known or not."""
    share: float
    """Of the scored rows."""
    bad_after: Estimate
    phi: Estimate
    psi: Estimate


def operating_curve(
    score: Values, gold: Values, prompt: Clusters = None, level: float = 0.95, cuts: int = CUTS
) -> list[Cut]:
    """What each of up to ``cuts`` thresholds would keep (shapes [N]; NaN is unscored or without gold).

    The thresholds are quantiles of the scores alone, so gold has no part in choosing them, and the bounds of p′ hold
    for all at once (Bonferroni): the best one may be taken after looking. Ordered from loosest to strictest.
    """
    if cuts < 1:
        raise DataError(f"operating_curve: needs at least one cut, got {cuts}.")
    scored = score[~np.isnan(score)]
    ats = thresholds(scored, cuts)
    each = 1 - (1 - level) / max(1, len(ats))
    good = np.where(np.isnan(score), np.nan, gold)
    curve = []
    for at in ats:
        kept = (score >= at).astype(np.float64)
        bad = bad_after(good, kept, prompt, each)
        flags = np.where(np.isnan(score), np.nan, kept)
        phi, psi = (
            clustered.proportion(flags[good == side], None if prompt is None else prompt[good == side], level)
            for side in (1, 0)
        )
        method = f"{bad.method}; simultaneous over {len(ats)} cuts"
        n = int(kept.sum())
        curve.append(Cut(at, n, n / len(scored), replace(bad, level=level, method=method), phi, psi))
    return curve


def thresholds(scored: Values, cuts: int = CUTS) -> list[float]:
    """Distinct scores at which to cut: equally spaced in rows; the lowest score, which keeps all, is no cut."""
    if not len(scored):
        return []
    shares = np.arange(1, cuts + 1) / (cuts + 1)
    found = np.unique(np.quantile(scored, shares, method="higher"))
    return [float(at) for at in found if at > scored.min()]
