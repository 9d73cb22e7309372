"""The mean of differences between two arms on the same items under several seeds, and how sure it is.

Items are crossed with seeds: every seed's model answers the same items. What another seed and other items would give
has three sources of spread (d = δ + u_seed + v_item + e): trainings differ, items differ in how far the arms are
apart on them, and single answers differ. Two parts carry all of it: the spread of the seeds' means, on S − 1 degrees of
freedom, and the covariance between seeds over items, on I − 1. Their half-widths are combined by the root of the
sum of squares, which covers at least as often as stated for normal parts (Banerjee 1961). Satterthwaite's single number
of degrees is narrower, and covers too seldom where there are few seeds.

Where most items give the same difference (two arms that are nearly always right), a sample may hold none of the items
that differ. So an item is added on each side, after Bonett and Price (2012), weighted by the share of items that are
alike: all of one where nothing differs, and hardly any where values are continuous. No interval has zero width.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Values
from openloop.errors import DataError
from openloop.measures.clustered import LEAST, too_few

LEAST_SEED_SPREAD = 0.1
"""Means of seeds agree to the last digit by accident; they are taken to spread by at least this share of the variance
that single answers give them."""
LEAST_P = 1e-12
"""Smaller p-values are not computed."""


@dataclass(frozen=True, slots=True)
class CrossedMean:
    """A mean difference over S seeds and I items, and the variance of it that each of the two explains."""

    difference: float
    """Mean over seeds of the mean over items; NaN where no item was scored by both."""
    centre: float
    """Of the interval: the difference drawn a little towards 0 where few items differ."""
    from_seeds: float
    """Variance of the mean on S − 1 degrees of freedom: trainings and single answers. 0 for one seed."""
    from_items: float
    """Variance of the mean on I − 1 degrees of freedom: items."""
    answers: float
    """Variance of a single difference that neither its seed nor its item explains. 0 for one seed."""
    seeds: int
    items: int
    largest: float
    """The largest difference there can be; infinite where that is not known."""
    missing: str = ""
    """Why there is no interval; empty where there is one."""

    def half_width(self, level: float) -> float:
        """How far the interval reaches to each side of :attr:`centre`."""
        return half_width(self.from_seeds, self.from_items, self.seeds, self.items, 1 - level)

    def interval(self, level: float = 0.95) -> tuple[float, float] | tuple[None, None]:
        """Low and high; None and None where :attr:`missing` says why."""
        if self.missing:
            return None, None
        half = self.half_width(level)
        low, high = self.centre - half, self.centre + half
        return max(-self.largest, min(low, self.difference)), min(self.largest, max(high, self.difference))

    def p_value(self) -> float | None:
        """Two-sided: 1 less the level of the interval that just reaches 0."""
        if self.missing:
            return None
        if self.centre == 0 or self.half_width(1e-9) >= abs(self.centre):
            return 1.0
        if self.half_width(1 - LEAST_P) <= abs(self.centre):
            return LEAST_P
        from scipy.optimize import brentq

        def beyond(log_error: float) -> float:
            error = math.exp(log_error)
            reach = half_width(self.from_seeds, self.from_items, self.seeds, self.items, error)
            return reach - abs(self.centre)

        return math.exp(float(brentq(beyond, math.log(LEAST_P), 0.0, xtol=1e-10)))


def half_width(from_seeds: float, from_items: float, seeds: int, items: int, error: float) -> float:
    """Half of the width of an interval that misses with chance ``error``, from the two variances of the mean."""
    from scipy.special import stdtrit

    squares = float(stdtrit(items - 1, error / 2)) ** 2 * from_items
    if seeds > 1:
        squares += float(stdtrit(seeds - 1, error / 2)) ** 2 * from_seeds
    return math.sqrt(squares)


def crossed_mean(differences: Values, largest: float = math.inf) -> CrossedMean:
    """The mean of ``differences`` [S, I] of two arms, NaN where one of the two was not scored.

    With two seeds or more it speaks of another seed and other items; with one, of these two models on other items.
    ``largest`` is the largest difference there can be (1 for right or wrong). Raises DataError for an array of another
    shape, and for values that are infinite or larger than ``largest``.
    """
    if differences.ndim != 2:
        raise DataError(f"crossed_mean: needs differences of shape [seeds, items], got {differences.shape}.")
    if not largest > 0 or (np.abs(differences) > largest + 1e-9).any() or np.isinf(differences).any():
        raise DataError(f"crossed_mean: needs finite differences of at most {largest:g}.")
    scored = ~np.isnan(differences)
    scored = scored[scored.any(axis=1)][:, scored.any(axis=0)]
    seeds, items = scored.shape
    if not seeds:
        return CrossedMean(math.nan, math.nan, 0.0, 0.0, 0.0, 0, 0, largest, "no interval: no item was scored by both")
    known = differences[~np.isnan(differences).all(axis=1)][:, ~np.isnan(differences).all(axis=0)]
    means = np.nanmean(known, axis=1)
    mean = float(means.mean())
    if items < LEAST:
        return CrossedMean(mean, mean, 0.0, 0.0, 0.0, seeds, items, largest, too_few(items, "items"))
    between, within = _covariance(known - means[:, None], scored)
    counting = _items_that_count(scored)
    answers = max(0.0, within - between)
    added, size = _added_items(known, largest)
    if added and not size:
        reason = "no interval: the two never differ, and how much they could is not known"
        return CrossedMean(mean, mean, 0.0, 0.0, 0.0, seeds, items, largest, reason)
    total = counting + 2 * added
    squares = (counting - 1) * max(0.0, between) + 2 * added * (size + mean**2 * counting / total)
    spread = 0.0 if seeds == 1 else max(float(means.var(ddof=1)), LEAST_SEED_SPREAD * answers / counting) / seeds
    return CrossedMean(
        difference=mean,
        centre=mean * counting / total,
        from_seeds=spread,
        from_items=squares / ((total - 1) * total),
        answers=answers if seeds > 1 else 0.0,
        seeds=seeds,
        items=items,
        largest=largest,
    )


def _covariance(left: Values, scored: Values) -> tuple[float, float]:
    """Of what seeds' means leave [S, I]: its covariance between seeds over items, and its variance within seeds.

    For one seed both are the variance over items.
    """
    seeds, items = scored.shape
    left = np.where(scored, left, 0.0)
    squares = float((left**2).sum())
    within = squares / max(1, int(scored.sum()) - seeds)
    if seeds == 1:
        return within, within
    by_item = scored.sum(axis=0)
    pairs = float((by_item * (by_item - 1)).sum())
    if not pairs:  # every item has one seed: its spread is in the seeds' means
        return 0.0, within
    return (float((left.sum(axis=0) ** 2).sum()) - squares) / pairs * items / (items - 1), within


def _items_that_count(scored: Values) -> float:
    """How many items the mean rests on: I where every seed scored every one."""
    share = (scored / scored.sum(axis=1, keepdims=True)).mean(axis=0)
    return 1 / float((share**2).sum())


def _added_items(known: Values, largest: float) -> tuple[float, float]:
    """How many items to add on each side, at most one, and the square of their difference."""
    low, high = np.nanmin(known, axis=0), np.nanmax(known, axis=0)
    alike = np.round(low[low == high], 12)
    if not len(alike):
        return 0.0, 0.0
    share = float(np.unique(alike, return_counts=True)[1].max()) / known.shape[1]
    squares = known[~np.isnan(known) & (known != 0)] ** 2
    full = [] if math.isinf(largest) else [largest**2]
    seen = np.concatenate([squares, full])
    return share, float(seen.mean()) if len(seen) else 0.0
