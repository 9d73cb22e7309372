"""Is the verifier the wrong way round? What else is said of it would then be a consequence of that."""

from __future__ import annotations

import numpy as np

from openloop.auditing.finding_level import direction, finding_level
from openloop.auditing.options import Options
from openloop.auditing.row_arrays import RowArrays
from openloop.measures import auc
from openloop.measures.clustered import proportion
from openloop.measures.combined_intervals import square_and_add
from openloop.measures.estimate_text import estimate_text, percent, points
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
    levels = (options.level, finding_level(options))
    shown, surely = (auc.pooled(arrays.score, arrays.gold, clusters, level) for level in levels)
    apart = shown.value == 0 or direction(shown, surely, MARGIN, none=0.5) < 0
    if not apart or auc.within(arrays.score, arrays.gold, arrays.prompt, options.level).value >= 0.5:
        return ""
    return (
        f"a good row scores above a bad one {estimate_text(shown, percent(0))} of the time (chance: 50%, a finding "
        f"below {0.5 - MARGIN:.0%})"
    )


def _by_verdict(arrays: RowArrays, options: Options) -> str:
    shown, surely = (_more_of_the_bad(arrays, options, level) for level in (options.level, finding_level(options)))
    if direction(shown, surely, MARGIN) <= 0:
        return ""
    good, bad = (float(np.nanmean(arrays.accept[arrays.gold == side])) for side in (1, 0))
    return (
        f"it passes {bad:.0%} of the bad rows and {good:.0%} of the good ones, {estimate_text(shown, points())} points "
        f"more of the bad (a finding from {100 * MARGIN:.0f})"
    )


def _more_of_the_bad(arrays: RowArrays, options: Options, level: float) -> Estimate:
    """ψ − φ, by square-and-add."""
    clusters = options.clusters(arrays)
    psi, phi = (
        proportion(arrays.accept[rows], None if clusters is None else clusters[rows], level)
        for rows in (arrays.gold == 0, arrays.gold == 1)
    )
    low, high = square_and_add(lambda bad, good: bad - good, [psi, phi])
    return Estimate(psi.value - phi.value, low, high, level, psi.n + phi.n, method="square-and-add of ψ and φ")
