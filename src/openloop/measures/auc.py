"""Does a score rank good rows above bad ones: over all rows, and within one prompt."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from openloop.arrays import Codes, Mask, Values
from openloop.measures import clustered
from openloop.measures.clustered import FEW, LEAST, Clusters
from openloop.measures.design_effect import stretch, variance_of_mean, worth
from openloop.records import Estimate


def pooled(
    score: Values, gold: Values, prompt: Clusters = None, level: float = 0.95, inflation: float = 1.0
) -> Estimate:
    """P(a good row scores above a bad one), ties one half, over all pairs of rows.

    Shapes [N]; rows without score or gold are ``n_unscored``. Newcombe's score interval (2006, method 5): Hanley and
    McNeil's variance as a function of the unknown area, times how much larger the variance of the rows' placement
    values is (DeLong et al. 1988; summed per prompt as in Obuchowski 1997). Fewer than five good or bad rows give no
    interval; complete separation gives a one-sided bound. ``inflation`` multiplies the variance, for scores that were
    themselves fitted to these rows.
    """
    known = ~np.isnan(score) & ~np.isnan(gold)
    out = int((~known).sum())
    s, good = score[known], gold[known] == 1
    n, goods = len(s), int(good.sum())
    bads = n - goods
    if not goods or not bads:
        return Estimate(math.nan, None, None, level, n, out, "undefined: needs good and bad rows")
    placement = _placements(s, good)
    area = float(placement[good].mean())
    clusters = np.arange(n) if prompt is None else np.unique(prompt[known], return_inverse=True)[1].ravel()
    held = int(clusters.max()) + 1
    if held < 2 or min(goods, bads) < FEW or n < LEAST:
        why = "one prompt" if held < 2 else f"too few rows: {goods:,} good and {bads:,} bad"
        return Estimate(area, None, None, level, n, out, f"no interval: {why}")
    of_good, of_bad = (worth(np.bincount(clusters[side]).astype(np.float64)) for side in (good, ~good))
    separated = min(area, 1 - area) < 1e-12
    if separated:
        low, high = _score_interval(round(area), (of_good, of_bad), 1.0, NormalDist().inv_cdf(level))
        method = f"one-sided {level:.0%} bound over {held:,} prompts: the score separates the classes completely"
        return Estimate(area, low, high, level, n, out, method)
    influence = np.where(good, (placement - area) / goods, (placement - area) / bads)
    alone = [float(placement[side].var(ddof=1)) / side.sum() for side in (good, ~good)]
    excess = _variance(influence, clusters, alone, (of_good, of_bad), level) / _hanley_mcneil(area, goods, bads)
    low, high = _score_interval(
        area, (goods, bads), inflation * max(1.0, excess), NormalDist().inv_cdf((1 + level) / 2)
    )
    return Estimate(area, low, high, level, n, out, f"placement values over {held:,} prompts, score interval")


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


def influences(score: Values, good: Mask) -> tuple[float, Values]:
    """The area over all pairs, and what each row moves it by, times N; shapes [N], both classes there."""
    placement = _placements(score, good)
    area = float(placement[good].mean())
    return area, np.where(good, len(good) / good.sum(), len(good) / (~good).sum()) * (placement - area)


def _placements(score: Values, good: Mask) -> Values:
    """For each good row the share of bad ones below it, for each bad row the share of good ones above it."""
    placement = np.empty(len(score))
    placement[good] = _below(score[good], score[~good])
    placement[~good] = 1 - _below(score[~good], score[good])
    return placement


def _below(mine: Values, others: Values) -> Values:
    """For each of mine, the share of others below it, ties one half."""
    others = np.sort(others)
    low = np.searchsorted(others, mine, side="left")
    return (low + np.searchsorted(others, mine, side="right")) / (2 * len(others))


def _variance(
    influence: Values, clusters: Codes, alone: list[float], prompts: tuple[float, float], level: float
) -> float:
    """Variance of the area times (t/z)²; Satterthwaite's degrees of freedom, over the prompts of the two classes."""
    n, held = len(influence), int(clusters.max()) + 1
    independent = sum(alone)
    spread, most = independent, n - 1.0
    if held < n:
        joint = variance_of_mean(n * influence, clusters, level)
        spread, most = max(independent, joint.variance / stretch(held - 1, level)), held - 1.0
    share = sum(v**2 / max(1.0, size - 1) for v, size in zip(alone, prompts, strict=True))
    degrees = independent**2 / share if share > 0 else 1.0
    return spread * stretch(max(1.0, min(degrees, most)), level)


def _hanley_mcneil(area: float, goods: float, bads: float) -> float:
    """Variance of the area (1982), both class sizes replaced by their mean in the two correlations."""
    pairs = (goods + bads) / 2 - 1
    return area * (1 - area) * (1 + pairs * ((1 - area) / (2 - area) + area / (1 + area))) / (goods * bads)


def _score_interval(area: float, sizes: tuple[float, float], excess: float, z: float) -> tuple[float, float]:
    """The areas θ with |area − θ| ≤ z · √(excess · variance at θ)."""
    from scipy.optimize import brentq

    def outside(theta: float) -> float:
        return (theta - area) ** 2 - z**2 * excess * _hanley_mcneil(theta, *sizes)

    low, high = 1e-12, 1 - 1e-12
    return (
        0.0 if area <= low or outside(low) <= 0 else float(brentq(outside, low, min(area, high))),
        1.0 if area >= high or outside(high) <= 0 else float(brentq(outside, max(area, low), high)),
    )
