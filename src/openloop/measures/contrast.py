"""Acceptance of rows with more of a feature minus that of rows with less, in points.

    halves(length, accept, gold, prompt)          # above the median minus below, at fixed gold
    effects(features, accept, gold, prompt)       # the same for every column, bounds simultaneous
    pairs(length, accept, prompt, model)          # within prompts: needs no gold

:func:`openloop.measures.shortcuts.slope` says how much one unit moves; these say how much the halves differ. Shapes:
``feature``, ``accept``, ``gold``, ``prompt`` [N]; ``accept`` 0/1 or a rank in [0, 1]; NaN is not known. No claim of
cause.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from openloop.errors import DataError
from openloop.measures.intervals import require_level
from openloop.measures.shortcuts import by_bin
from openloop.records import Estimate

Values = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows of one gold class whose feature is between two numbers, both included."""

    gold: float | None
    """1, 0, or None for rows whose gold is not known."""
    low: float
    high: float
    accepted: Estimate


def table(
    feature: Values, accept: Values, gold: Values, prompt: Codes, bins: int = 5, level: float = 0.95
) -> list[Bin]:
    """Acceptance by quantile bins of the feature within each gold class; classes without rows are left out."""
    _same_length(feature, accept, gold, prompt)
    found = []
    for side in (1.0, 0.0, None):
        rows = np.isnan(gold) if side is None else gold == side
        for low, high, e in by_bin(feature[rows], accept[rows], prompt[rows], bins, level):
            found.append(Bin(side, low, high, e))
    return found


def halves(feature: Values, accept: Values, gold: Values, prompt: Codes, level: float = 0.95) -> Estimate:
    """Acceptance above the median of the feature minus acceptance at or below it, at fixed gold.

    The median is each gold class's own (unknown gold is a class); differences are averaged by the classes' sizes, and
    rows of a class in which the feature has one value only are left out (``n_unscored``). t interval from sums per
    prompt; none with fewer than three prompts, or one row in a half.
    """
    _same_length(feature, accept, gold, prompt)
    require_level(level)
    known = ~np.isnan(accept) & ~np.isnan(feature)
    kind = np.nan_to_num(gold, nan=2.0)
    parts: list[tuple[NDArray[np.int64], float, Values]] = []
    thin = False
    for side in np.unique(kind[known]):
        mine = np.flatnonzero(known & (kind == side))
        above = feature[mine] > np.median(feature[mine])
        if not above.any():  # more than half at the highest value: these against the others
            above = feature[mine] == feature[mine].max()
        if above.all():
            continue
        thin |= min(above.sum(), (~above).sum()) < 2
        y, x = accept[mine], np.where(above, 1 / above.sum(), -1 / (~above).sum())
        middle = np.where(above, y[above].mean(), y[~above].mean())
        parts.append((mine, float((x * y).sum()), x * (y - middle)))
    n = sum(len(mine) for mine, *_ in parts)
    out = len(accept) - n
    if not n:
        return Estimate(math.nan, None, None, level, 0, out, "undefined: the feature does not vary")
    value = sum(len(mine) * d for mine, d, _ in parts) / n
    rows = np.concatenate([mine for mine, *_ in parts])
    influence = np.concatenate([len(mine) / n * r + (d - value) / n for mine, d, r in parts])
    if thin:
        return Estimate(value, None, None, level, n, out, "no interval: one row in a half")
    return _interval(value, influence, prompt[rows], level, n, out, "halves at fixed gold")


def effects(features: Values, accept: Values, gold: Values, prompt: Codes, level: float = 0.95) -> list[Estimate]:
    """:func:`halves` for each column of features [N, D]; the intervals hold at once for all that vary (Bonferroni)."""
    if features.ndim != 2:
        raise DataError(f"effects: needs features [N, D], got {features.shape}.")
    known = ~np.isnan(accept)
    varies = [bool(known.any()) and np.ptp(column[known]) > 0 for column in features.T]
    each = 1 - (1 - level) / max(1, sum(varies))
    found = [halves(column, accept, gold, prompt, each) for column in features.T]
    return [replace(e, level=level, method=f"{e.method}; simultaneous over {sum(varies)}") for e in found]


def pairs(feature: Values, accept: Values, prompt: Codes, model: Codes | None = None, level: float = 0.95) -> Estimate:
    """Among pairs of rows of one prompt (and one source model), acceptance of the one with more of the feature minus
    that of the other.

    Each pair whose features differ counts once; ``n`` is the number of rows in such pairs. t interval over prompts.
    Where a model answers each prompt once there are no such pairs: leave ``model`` out, or take its mean out with
    :func:`openloop.measures.shortcuts.slope`.
    """
    known = ~np.isnan(accept) & ~np.isnan(feature)
    clusters = prompt[known]
    if not len(clusters):
        return Estimate(math.nan, None, None, level, 0, int((~known).sum()), "undefined: no rows")
    keys = clusters if model is None else np.column_stack([clusters, model[known]])
    group = np.unique(keys, axis=0, return_inverse=True)[1].ravel()
    level_of = np.unique(feature[known], return_inverse=True)[1]
    order = np.lexsort((level_of, group))
    g, x, y, c = group[order], level_of[order], accept[known][order], clusters[order]
    place = np.arange(len(g))
    first = np.r_[True, g[1:] != g[:-1]]
    tied = first | np.r_[True, x[1:] != x[:-1]]
    last_tied, last = np.r_[tied[1:], True], np.r_[first[1:], True]
    below = np.maximum.accumulate(np.where(tied, place, 0)) - np.maximum.accumulate(np.where(first, place, 0))
    ends = np.minimum.accumulate(np.where(last_tied, place, len(g))[::-1])[::-1]
    above = np.minimum.accumulate(np.where(last, place, len(g))[::-1])[::-1] - ends
    count = float(below.sum())
    used = below + above > 0
    n, out = int(used.sum()), len(accept) - int(used.sum())
    if not count:
        return Estimate(math.nan, None, None, level, 0, out, "undefined: no two rows to compare")
    value = float((y * (below - above)).sum()) / count
    influence = (y * (below - above) - value * below) / count
    what = "prompt" if model is None else "prompt and source model"
    return _interval(value, influence[used], c[used], level, n, out, f"{count:,.0f} pairs of one {what}")


def _interval(value: float, influence: Values, prompt: Codes, level: float, n: int, out: int, what: str) -> Estimate:
    clusters = np.unique(prompt, return_inverse=True)[1]
    held = int(clusters.max()) + 1
    if held < 3:
        return Estimate(value, None, None, level, n, out, f"{what}; no interval: fewer than 3 prompts")
    from scipy.special import stdtrit

    sums = np.bincount(clusters, weights=influence)
    error = math.sqrt(float((sums**2).sum()) * held / (held - 1))
    half = float(stdtrit(held - 1, (1 + level) / 2)) * error
    return Estimate(value, value - half, value + half, level, n, out, f"{what}; t over {held:,} prompts")


def _same_length(feature: Values, accept: Values, gold: Values, prompt: Codes) -> None:
    if not feature.shape == accept.shape == gold.shape == prompt.shape or accept.ndim != 1:
        raise DataError(
            f"contrast: needs a feature, a verdict, a gold and a prompt for each row, got {feature.shape}, "
            f"{accept.shape}, {gold.shape} and {prompt.shape}."
        )
