"""Does a score order rows as gold does, where gold is itself a number? Spearman's ρ and Kendall's τ-b.

Both are functions of means over rows and pairs of rows, so each row has an influence on them; the standard error is
that of the sum of influences over prompts (the delta method with Hájek's projection, as for DeLong's area under the
curve), and the interval is symmetric on Fisher's scale, artanh. Ranks are those within the sample: what each row does
to the others' ranks is part of its influence (van der Vaart 1998, ch. 12).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.clustered import LEAST, Clusters
from openloop.measures.design_effect import stretch, variance_of_mean
from openloop.measures.rank_pairs import concordance, untied
from openloop.records import Estimate

Influence = Callable[[Values, Values], tuple[float, Values]]
"""A correlation of two scores [N] and what each row moves it by, times N; NaN where a score does not vary."""
PER_PROMPT = 3
"""Rows that a prompt needs before a correlation within it means anything."""


def spearman(score: Values, gold: Values, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """Spearman's ρ of two scores, shapes [N], NaN unscored: the correlation of their ranks, ties at their middle.

    Fewer than ten rows, one prompt, or scores that agree wholly give no interval.
    """
    return _estimate(spearman_influence, score, gold, prompt, level)


def kendall(score: Values, gold: Values, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """Kendall's τ-b of two scores, shapes [N], NaN unscored: pairs ordered alike less pairs ordered oppositely.

    Pairs that a score ties leave the denominator of that score (Kendall 1945). No interval as for :func:`spearman`.
    """
    return _estimate(kendall_influence, score, gold, prompt, level)


def within(influence: Influence, score: Values, gold: Values, prompt: Codes, level: float = 0.95) -> Estimate:
    """Mean over prompts of the correlation within each, and a t interval over prompts; ``n`` counts prompts.

    Prompts with fewer than three rows that have both, or on which a score does not vary, have none: ``n_unscored``.
    """
    _require_alike(score, gold, prompt)
    known = ~np.isnan(score) & ~np.isnan(gold)
    order = np.flatnonzero(known)[np.argsort(prompt[known], kind="stable")]
    groups = np.split(order, np.flatnonzero(np.diff(prompt[order])) + 1) if len(order) else []
    found = [influence(score[rows], gold[rows])[0] for rows in groups if len(rows) >= PER_PROMPT]
    values = np.array([value for value in found if not math.isnan(value)])
    others = len(np.unique(prompt)) - len(values)
    if not len(values):
        method = f"undefined: no prompt has {PER_PROMPT} rows on which both vary"
        return Estimate(math.nan, None, None, level, 0, others, method)
    e = clustered.mean(values, None, level)
    low, high = (None if bound is None else min(1.0, max(-1.0, bound)) for bound in (e.low, e.high))
    return Estimate(e.value, low, high, level, e.n, others, f"mean over prompts of the correlation within; {e.method}")


def between_sources(
    influence: Influence, score: Values, gold: Values, source: Codes, prompt: Clusters = None, level: float = 0.95
) -> Estimate:
    """Mean over sources (codes [N], −1 unknown) of the correlation within each, rows of one prompt going together.

    Two sources that differ in quality can make a score look good that cannot tell their rows apart. Sources with fewer
    than ten rows, or on which a score does not vary, are left out.
    """
    _require_alike(score, gold, source)
    known = ~np.isnan(score) & ~np.isnan(gold) & (source >= 0)
    values, moved = [], np.full(len(score), math.nan)
    for code in np.unique(source[known]):
        rows = np.flatnonzero(known & (source == code))
        value, influences = influence(score[rows], gold[rows]) if len(rows) >= LEAST else (math.nan, np.array([]))
        if not math.isnan(value):
            values.append(value)
            moved[rows] = influences / len(rows)
    used = ~np.isnan(moved)
    n, out = int(used.sum()), int((~used).sum())
    if not values:
        return Estimate(
            math.nan, None, None, level, 0, out, f"undefined: no source has {LEAST} rows on which both vary"
        )
    value = float(np.mean(values))
    clusters = None if prompt is None else prompt[used]
    low, high, how = _fisher(value, moved[used] * n / len(values), clusters, level)
    return Estimate(value, low, high, level, n, out, f"mean over {len(values)} sources; {how}")


def spearman_influence(x: Values, y: Values) -> tuple[float, Values]:
    """ρ and each row's influence, shapes [N], nothing unscored."""
    f, g = _middle_ranks(x), _middle_ranks(y)
    n = len(x)
    var_f, var_g, cov = float(f.var()), float(g.var()), float(((f - 0.5) * (g - 0.5)).mean())
    if var_f < 1e-15 or var_g < 1e-15:
        return math.nan, np.full(n, math.nan)
    rho = cov / math.sqrt(var_f * var_g)
    # A row's own product, and what its place adds to the ranks of the rows above it.
    of_cov = f * g + _mean_above(x, g) + _mean_above(y, f) - 3 * float((f * g).mean())
    of_f = f**2 + 2 * _mean_above(x, f) - 3 * float((f**2).mean())
    of_g = g**2 + 2 * _mean_above(y, g) - 3 * float((g**2).mean())
    return rho, of_cov / math.sqrt(var_f * var_g) - rho / 2 * (of_f / var_f + of_g / var_g)


def kendall_influence(x: Values, y: Values) -> tuple[float, Values]:
    """τ-b and each row's influence, shapes [N], nothing unscored."""
    n = len(x)
    others = max(1, n - 1)
    signs, of_x, of_y = concordance(x, y) / others, untied(x) / others, untied(y) / others
    top, side_x, side_y = float(signs.mean()), float(of_x.mean()), float(of_y.mean())
    if side_x <= 0 or side_y <= 0:
        return math.nan, np.full(n, math.nan)
    tau = top / math.sqrt(side_x * side_y)
    moved = 2 * (signs - top) / math.sqrt(side_x * side_y)
    return tau, moved - tau * ((of_x - side_x) / side_x + (of_y - side_y) / side_y)


def _estimate(influence: Influence, score: Values, gold: Values, prompt: Clusters, level: float) -> Estimate:
    _require_alike(score, gold, prompt)
    known = ~np.isnan(score) & ~np.isnan(gold)
    n, out = int(known.sum()), int((~known).sum())
    if n < 2:
        return Estimate(math.nan, None, None, level, n, out, "undefined: fewer than two rows have both")
    value, influences = influence(score[known], gold[known])
    if math.isnan(value):
        which = "the score" if len(np.unique(score[known])) < 2 else "gold"
        return Estimate(math.nan, None, None, level, n, out, f"undefined: {which} is the same in every row")
    low, high, how = _fisher(value, influences, None if prompt is None else prompt[known], level)
    return Estimate(value, low, high, level, n, out, how)


def _fisher(
    value: float, influences: Values, clusters: Clusters, level: float
) -> tuple[float | None, float | None, str]:
    """Bounds around a correlation, symmetric on Fisher's scale, and how they were made."""
    n = len(influences)
    held = n if clusters is None else len(np.unique(clusters))
    if held < LEAST:
        return None, None, f"no interval: fewer than {LEAST} {'rows' if clusters is None else 'prompts'}"
    spread = variance_of_mean(influences, clusters, level)
    if spread.largest > clustered.HALF + 1e-9:
        return None, None, f"no interval: {clustered.dominated(n, held, spread.largest)}"
    if abs(value) > 1 - 1e-9 or spread.variance < 1e-18:
        return None, None, "no interval: both order the rows in the same way"
    half = spread.half_width(level) * _heavy_tails(influences, clusters, level) / (1 - value**2)
    middle = math.atanh(value)
    return math.tanh(middle - half), math.tanh(middle + half), f"influences over {held:,} prompts, on Fisher's scale"


def _heavy_tails(influences: Values, clusters: Clusters, level: float) -> float:
    """How much wider an interval must be whose variance rests on a few rows, as of a gold that is rarely bad.

    The variance of an estimated variance grows with the fourth moment: of C prompts with kurtosis κ it is known as well
    as from 2C/(κ − 1) degrees of freedom (C for a normal one).
    """
    sums = influences if clusters is None else np.bincount(np.unique(clusters, return_inverse=True)[1], influences)
    apart = (sums - sums.mean()) ** 2
    kurtosis = float((apart**2).mean() / apart.mean() ** 2)
    usual = len(sums) - 1
    degrees = min(usual, 2 * len(sums) / max(1.0, kurtosis - 1))
    return math.sqrt(stretch(degrees, level) / stretch(usual, level))


def _middle_ranks(values: Values) -> Values:
    """Share of rows below, plus half of those that tie, the row itself among them: mean 1/2."""
    ordered = np.sort(values)
    below, up_to = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    return (below + up_to) / (2 * len(values))


def _mean_above(values: Values, held: Values) -> Values:
    """For each row, the mean over all rows of ``held`` where ``values`` is above the row's (half where it ties)."""
    order = np.argsort(values, kind="stable")
    ordered, sums = values[order], np.r_[0.0, np.cumsum(held[order])]
    below, up_to = (sums[np.searchsorted(ordered, values, side)] for side in ("left", "right"))
    found: Values = (sums[-1] - (below + up_to) / 2) / len(values)
    return found


def _require_alike(score: Values, gold: Values, codes: Clusters) -> None:
    if score.shape != gold.shape or score.ndim != 1 or (codes is not None and codes.shape != score.shape):
        shapes = ", ".join(str(a.shape) for a in (score, gold, codes) if a is not None)
        raise DataError(f"rank correlation: one score, one gold and one prompt for each row, got shapes {shapes}.")
