"""Is the verifier the wrong way round? What else is said of it would then be a consequence of that."""

from __future__ import annotations

import numpy as np

from openloop.auditing.finding_level import finding_level
from openloop.auditing.options import Options
from openloop.auditing.row_arrays import RowArrays
from openloop.measures import auc
from openloop.measures.clustered import proportion
from openloop.measures.combined_intervals import square_and_add
from openloop.measures.estimate_text import estimate_text, interval_text, percent, points
from openloop.records import Estimate

MARGIN = 0.05
"""How far below chance a verifier must be."""
OF_EACH = 10
"""Good and bad rows needed."""


def reversal(arrays: RowArrays, options: Options) -> str:
    """How the verifier prefers bad rows, with an interval; empty where it does not, surely and by the margin.

    Told by the area under the curve (and by the area within prompts, where there is one), or by ψ − φ for a verdict
    of two classes.
    """
    if not (arrays.has_gold and arrays.representative):
        return ""
    known = ~np.isnan(arrays.gold) & ~np.isnan(arrays.accept if arrays.two_class else arrays.score)
    if min((arrays.gold[known] == side).sum() for side in (0, 1)) < OF_EACH:
        return ""
    return _by_verdict(arrays, options) if arrays.two_class else _by_score(arrays, options)


def _by_score(arrays: RowArrays, options: Options) -> str:
    clusters = options.clusters(arrays)
    surely, shown = (
        auc.pooled(arrays.score, arrays.gold, clusters, at) for at in (finding_level(options), options.level)
    )
    high = surely.value if surely.high is None else surely.high  # 0, which leaves no doubt
    inside = auc.within(arrays.score, arrays.gold, arrays.prompt, options.level)
    if high >= 0.5 - MARGIN or inside.value >= 0.5:
        return ""
    return (
        f"a good row scores above a bad one {estimate_text(shown, percent(0))} of the time (chance: 50%, a finding "
        f"below {0.5 - MARGIN:.0%})"
    )


def _by_verdict(arrays: RowArrays, options: Options) -> str:
    (phi, psi), shown = (_shares(arrays, options, at) for at in (finding_level(options), options.level))
    low, _ = square_and_add(lambda bad, good: bad - good, [psi, phi])
    if low is None or low <= MARGIN:
        return ""
    least, most = square_and_add(lambda bad, good: bad - good, [shown[1], shown[0]])
    more = interval_text(least, most, points())
    return (
        f"it passes {psi.value:.0%} of the bad rows and {phi.value:.0%} of the good ones, "
        f"{100 * (psi.value - phi.value):.1f} {more} points more of the bad (a finding from {100 * MARGIN:.0f})"
    )


def _shares(arrays: RowArrays, options: Options, level: float) -> tuple[Estimate, Estimate]:
    """φ and ψ."""
    clusters = options.clusters(arrays)
    good, bad = (
        proportion(arrays.accept[rows], None if clusters is None else clusters[rows], level)
        for rows in (arrays.gold == 1, arrays.gold == 0)
    )
    return good, bad
