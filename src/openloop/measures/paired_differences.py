"""Two judges of the same rows: by how much one is better than the other, and which of several are surely apart.

What both get right cancels in a difference on the same rows, which two separate intervals do not know.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from typing import TypeVar

import numpy as np

from openloop.arrays import Values
from openloop.measures import auc, clustered
from openloop.measures.clustered import FEW, LEAST, Clusters
from openloop.measures.design_effect import variance_of_mean
from openloop.measures.rank_correlation import Influence
from openloop.records import Estimate

Name = TypeVar("Name", bound=Hashable)


def share_difference(a: Values, b: Values, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """Mean of a less mean of b, both 0 or 1 and NaN where unscored (shapes [N]), over the rows that have both."""
    return mean_difference(a - b, prompt, level)


def auc_difference(a: Values, b: Values, gold: Values, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """Area under the curve of score a less that of score b on the same rows, shapes [N]; NaN unscored.

    DeLong et al. (1988) with placement values summed per prompt (Obuchowski 1997) and a t interval. Fewer than five
    good or bad rows, or scores that rank them in the same way, give no interval.
    """
    known = ~(np.isnan(a) | np.isnan(b) | np.isnan(gold))
    out, good = int((~known).sum()), gold[known] == 1
    n, goods = len(good), int(good.sum())
    if not goods or goods == n:
        return Estimate(math.nan, None, None, level, n, out, "undefined: needs good and bad rows with both scores")
    (of_a, moved_a), (of_b, moved_b) = (auc.influences(score[known], good) for score in (a, b))
    few = f"too few rows: {goods:,} good and {n - goods:,} bad" if min(goods, n - goods) < FEW else ""
    return _difference(of_a - of_b, moved_a - moved_b, None if prompt is None else prompt[known], level, out, few)


def correlation_difference(
    influence: Influence, a: Values, b: Values, gold: Values, prompt: Clusters = None, level: float = 0.95
) -> Estimate:
    """Rank correlation with gold of score a less that of score b on the same rows, shapes [N]; NaN unscored."""
    known = ~(np.isnan(a) | np.isnan(b) | np.isnan(gold))
    n, out = int(known.sum()), int((~known).sum())
    if n < 2:
        return Estimate(math.nan, None, None, level, n, out, "undefined: fewer than two rows have all three")
    (of_a, moved_a), (of_b, moved_b) = (influence(score[known], gold[known]) for score in (a, b))
    if math.isnan(of_a - of_b):
        return Estimate(math.nan, None, None, level, n, out, "undefined: a score or gold is the same in every row")
    return _difference(of_a - of_b, moved_a - moved_b, None if prompt is None else prompt[known], level, out, "")


def mean_difference(differences: Values, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """A mean of differences between −1 and 1 (shape [N], NaN unknown): t over prompts, one more value at each end.

    The two added values (as Agresti and Min 2005 add them for paired shares) keep the interval from having zero width.
    """
    known = ~np.isnan(differences)
    values, unscored = differences[known], int((~known).sum())
    if not len(values):
        return Estimate(math.nan, None, None, level, 0, unscored, "undefined: no rows have both")
    plain = clustered.mean(values, None if prompt is None else prompt[known], level)
    if plain.low is None and "equal" not in plain.method:
        return replace(plain, n_unscored=unscored)
    codes = np.arange(len(values)) if prompt is None else prompt[known]
    ends = clustered.mean(np.r_[values, 1.0, -1.0], np.r_[codes, codes.max() + 1, codes.max() + 2], level)
    low, high = (None if bound is None else min(1.0, max(-1.0, bound)) for bound in (ends.low, ends.high))
    # The two added values are no prompts of the file's.
    method = f"t over {len(np.unique(codes)):,} prompts, one value at each end"
    return Estimate(plain.value, low, high, level, len(values), unscored, method)


def surely_apart(differences: Mapping[Name, Callable[[float], Estimate]], error: float) -> dict[Name, Estimate]:
    """Those of several differences that are not 0, with the interval that shows it; Holm's (1979) procedure.

    Each difference is given as the estimate at a level. In the order of their certainty the first must leave out 0 at
    the level 1 − error/m, the next at 1 − error/(m − 1), and so on to the first that does not: so that a false one is
    among them with a probability of at most ``error``.
    """
    at = {name: estimate(1 - error) for name, estimate in differences.items()}
    ordered = sorted(at, key=lambda name: -_certainty(at[name]))
    found: dict[Name, Estimate] = {}
    for i, name in enumerate(ordered):
        e = differences[name](1 - error / (len(ordered) - i))
        if e.low is None or e.high is None or e.low <= 0 <= e.high:
            break
        found[name] = e
    return found


def _certainty(e: Estimate) -> float:
    """How many half-widths the difference is from 0."""
    if e.low is None or e.high is None or e.high <= e.low:
        return 0.0
    return abs(e.low + e.high) / (e.high - e.low)


def _difference(value: float, influences: Values, clusters: Clusters, level: float, out: int, few: str) -> Estimate:
    n = len(influences)
    held = n if clusters is None else len(np.unique(clusters))
    if few or held < LEAST:
        why = few or f"fewer than {LEAST} {'rows' if clusters is None else 'prompts'}"
        return Estimate(value, None, None, level, n, out, f"no interval: {why}")
    spread = variance_of_mean(influences, clusters, level)
    if spread.largest > clustered.HALF + 1e-9:
        return Estimate(
            value, None, None, level, n, out, f"no interval: {clustered.dominated(n, held, spread.largest)}"
        )
    if spread.variance < 1e-18:
        return Estimate(value, None, None, level, n, out, "no interval: both order the rows in the same way")
    half = spread.half_width(level)
    return Estimate(value, value - half, value + half, level, n, out, f"paired influences over {held:,} prompts, t")
