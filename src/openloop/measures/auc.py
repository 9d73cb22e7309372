"""Does a score rank good rows above bad ones: over all rows, and within one prompt."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from openloop.arrays import Codes, Values
from openloop.measures import clustered, intervals
from openloop.measures.clustered import Clusters, total_variance
from openloop.records import Estimate


def pooled(score: Values, gold: Values, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """P(a good row scores above a bad one), ties one half, over all pairs of rows.

    Shapes [N]; rows without score or gold are ``n_unscored``. The interval is of the logit, from the rows' placement
    values summed per prompt (DeLong et al. 1988; clusters as Obuchowski 1997), t on prompts − 1 degrees of freedom.
    """
    known = ~np.isnan(score) & ~np.isnan(gold)
    out = int((~known).sum())
    s, good = score[known], gold[known] == 1
    n, goods = len(s), int(good.sum())
    bads = n - goods
    if not goods or not bads:
        return Estimate(math.nan, None, None, level, n, out, "undefined: needs good and bad rows")
    placement = np.empty(n)
    placement[good] = _below(s[good], s[~good])
    placement[~good] = 1 - _below(s[~good], s[good])
    area = float(placement[good].mean())
    clusters = np.arange(n) if prompt is None else prompt[known]
    influence = np.where(good, (placement - area) / goods, (placement - area) / bads)
    variance, held = total_variance(influence, clusters)
    if held < 2 or min(goods, bads) < 2:
        return Estimate(area, None, None, level, n, out, "no interval: one prompt, or one row of a class")
    if area in (0.0, 1.0):
        return Estimate(area, None, None, level, n, out, "no interval: the score separates the classes completely")
    half = intervals.student(held - 1, level) * math.sqrt(variance) / (area * (1 - area))
    logit = math.log(area / (1 - area))
    low, high = (1 / (1 + math.exp(-(logit + sign * half))) for sign in (-1, 1))
    return Estimate(area, low, high, level, n, out, f"placement values over {held:,} prompts, logit")


def within(score: Values, gold: Values, prompt: Codes, level: float = 0.95) -> Estimate:
    """The same within one prompt: mean over prompts that hold both classes, with an interval over them.

    ``n`` counts those prompts; the others have no pair to rank and are ``n_unscored``.
    """
    areas, others = within_each(score, gold, prompt)
    if not len(areas):
        return Estimate(math.nan, None, None, level, 0, others, "undefined: no prompt holds good and bad rows")
    e = clustered.share(areas, None, level)
    return replace(e, n_unscored=others, method=f"mean over prompts with both classes; {e.method}")


def within_each(score: Values, gold: Values, prompt: Codes) -> tuple[Values, int]:
    """The area of every prompt that holds both classes, and how many prompts do not."""
    known = ~np.isnan(score) & ~np.isnan(gold)
    s, y, p = score[known], gold[known], prompt[known]
    prompts = len(np.unique(prompt))
    if not len(s):
        return np.array([]), prompts
    order = np.lexsort((s, p))
    s, y, p = s[order], y[order], p[order]
    goods, sizes = np.bincount(p, weights=y), np.bincount(p)
    # Mid-rank of each row within its prompt, from the first and last place of its run of ties.
    new = np.r_[True, (p[1:] != p[:-1]) | (s[1:] != s[:-1])]
    first = np.flatnonzero(new)
    run = np.cumsum(new) - 1
    last = np.r_[first[1:], len(s)] - 1
    start = np.r_[0, np.cumsum(sizes)][p]
    rank = (first[run] + last[run]) / 2 - start + 1
    ranks = np.bincount(p, weights=rank * y)
    bads = sizes - goods
    both = (goods > 0) & (bads > 0)
    g, b = goods[both], bads[both]
    return (ranks[both] - g * (g + 1) / 2) / (g * b), prompts - int(both.sum())


def _below(mine: Values, others: Values) -> Values:
    """For each of mine, the share of others below it, ties one half."""
    others = np.sort(others)
    low = np.searchsorted(others, mine, side="left")
    return (low + np.searchsorted(others, mine, side="right")) / (2 * len(others))
