"""Does a judge agree with itself and with the order of what it is shown, and is it fair to itself?

Agreement between judges is in :mod:`.agreement`.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from openloop.arrays import Values
from openloop.errors import DataError
from openloop.measures import clustered, intervals
from openloop.measures.clustered import Clusters
from openloop.measures.exact_tests import hits_by_chance
from openloop.records import Estimate


def consistency(
    repeats: Values, prompt: Clusters = None, accept_at: float | None = None, level: float = 0.95
) -> dict[str, Estimate]:
    """Agreement of several scorings of the same row: repeats [N, R], NaN missing; rows with two scorings or more.

    ``row``: all scorings identical (information-open §4.2 found .24 with 16 scorings); ``pair``: two scorings
    identical; ``class``: two scorings on the same side of ``accept_at`` (only where it is given); ``within_sd``: mean
    over rows of the scorings' standard deviation (of the scorings at hand, divided by R), in score units.
    """
    if repeats.ndim != 2:
        raise DataError(f"consistency: needs scorings [N, R], got {repeats.shape}.")
    count = (~np.isnan(repeats)).sum(1)
    several = count >= 2
    with np.errstate(invalid="ignore"):
        high, low = (np.max(np.where(np.isnan(repeats), -np.inf, s * repeats), 1) * s for s in (1, -1))
    row = np.where(several, (high == low).astype(float), np.nan)
    found = {
        "row": clustered.proportion(row, prompt, level),
        "pair": clustered.share(_pairs_equal(repeats), prompt, level),
    }
    if accept_at is not None:
        side = np.where(np.isnan(repeats), np.nan, (repeats >= accept_at).astype(float))
        found["class"] = clustered.share(_pairs_equal(side), prompt, level)
    total = np.nansum(repeats, 1)
    centre = np.divide(total, count, out=np.zeros(len(count)), where=count > 0)
    square = np.nansum((repeats - centre[:, None]) ** 2, 1)
    spread = np.sqrt(np.divide(square, count, out=np.zeros(len(count)), where=count > 0))
    within = clustered.mean(np.where(several, spread, np.nan), prompt, level)
    return found | {"within_sd": intervals.clipped(within, high=math.inf)}


def item_consistency(scorings: Values, prompt: Clusters = None, level: float = 0.95) -> dict[str, Estimate]:
    """Agreement of several scorings of the same row by a rubric of items: scorings [N, R, I] of 1 and 0, NaN missing.

    ``all``: every scoring gives the same verdict on every item (information-open §4.2 found .24 with 16 scorings of
    1,000 rows); ``pair``: two scorings do; ``whole``: two scorings agree on whether all items hold, which is what a
    reward for satisfying all of them hears; ``item``: two scorings agree on one item, over the items. Rows with fewer
    than two whole scorings are ``n_unscored``. Intervals over prompts. With independent items that hold with chance q,
    ``all`` is (q^R + (1−q)^R)^I. Raises DataError for other shapes.
    """
    if scorings.ndim != 3 or not scorings.shape[2]:
        raise DataError(f"item_consistency: needs scorings [N, R, I], got {scorings.shape}.")
    whole = np.where(np.isnan(scorings).any(2), np.nan, scorings.min(2))
    items = np.stack([_pairs_equal(scorings[:, :, i]) for i in range(scorings.shape[2])])
    same = consistency(_pattern_codes(scorings), prompt, level=level)
    return {
        "all": same["row"],
        "pair": same["pair"],
        "whole": consistency(whole, prompt, level=level)["pair"],
        "item": clustered.share(items.mean(0), prompt, level),
    }


def _pattern_codes(scorings: Values) -> Values:
    """Shape [N, R]: a number for each pattern of items, NaN where one is missing."""
    flat = scorings.reshape(-1, scorings.shape[2])
    known = ~np.isnan(flat).any(1)
    codes = np.full(len(flat), np.nan)
    codes[known] = np.unique(flat[known], axis=0, return_inverse=True)[1].ravel()
    return codes.reshape(scorings.shape[:2])


def order_swap(first: Values, swapped: Values, prompt: Clusters = None, level: float = 0.95) -> dict[str, Estimate]:
    """A pairwise judge shown each pair in both orders: which POSITION wins (1 the first, 0 the second, .5 a tie).

    ``consistency``: the same answer wins in both orders; ``position_bias``: P(the first position wins) over both
    orders, minus one half: 0 for a judge that does not look at the order. Shapes [N]; pairs that lack one verdict are
    ``n_unscored``. Raises DataError for other values.
    """
    if first.shape != swapped.shape or first.ndim != 1:
        raise DataError(f"order_swap: needs one verdict a pair and order, got {first.shape} and {swapped.shape}.")
    values = np.r_[first, swapped]
    if not np.isin(values[~np.isnan(values)], (0.0, 0.5, 1.0)).all():
        raise DataError("order_swap: allowed 1 (the first position wins), 0 (the second), 0.5 (a tie), NaN.")
    same = np.where(np.isnan(first) | np.isnan(swapped), np.nan, (first == 1 - swapped).astype(float))
    bias = (first + swapped) / 2 - 0.5
    lean = clustered.mean(bias, prompt, level)
    known = ~np.isnan(bias)
    if known.any() and (bias[known] != 0).sum() < clustered.FEW:
        up, down = (clustered.proportion(np.where(known, s * bias > 0, np.nan), prompt, level) for s in (1, -1))
        if up.high is not None and down.high is not None:
            method = f"fewer than {clustered.FEW} pairs lean: half the bounds of their shares"
            lean = replace(lean, low=-down.high / 2, high=up.high / 2, method=method)
    return {"consistency": clustered.proportion(same, prompt, level), "position_bias": lean}


def self_preference(
    accept: Values, own: Values, gold: Values, prompt: Clusters = None, level: float = 0.95
) -> Estimate:
    """Acceptance of the judge's own completions (own [N] = 1) minus the others', rows of equal gold compared.

    Weighted over gold classes (unknown gold is one) by their size; a t interval over prompts.
    """
    from openloop.measures.shortcuts import slope

    if not accept.shape == own.shape == gold.shape:
        shapes = f"{accept.shape}, {own.shape} and {gold.shape}"
        raise DataError(f"self_preference: accept, own and gold need one value a row, got {shapes}.")
    kind = np.unique(gold, return_inverse=True)[1].astype(np.int64)  # NaN is a class of its own
    clusters = np.arange(len(accept)) if prompt is None else prompt
    e = slope(own, accept, clusters, [kind], level)
    return replace(e, method=f"own minus others, among rows of equal gold; {e.method}")


def own_by_chance(accept: Values, own: Values, gold: Values, prompt: Clusters = None) -> float | None:
    """The chance that the judge's own completions pass so often (one-sided), shapes as in :func:`self_preference`.

    Exact, given how many rows of each prompt and gold class pass. None where fewer than half of the judge's own rows
    have another model's beside them, in their prompt and class, to be compared with.
    """
    known = ~np.isnan(accept) & ~np.isnan(own)
    y, mine = accept[known], own[known] == 1
    clusters = np.zeros(len(y)) if prompt is None else prompt[known]
    groups = np.column_stack([clusters, np.nan_to_num(gold[known], nan=2.0)])
    group = np.unique(groups, axis=0, return_inverse=True)[1].ravel()
    size, count = np.bincount(group), np.bincount(group, weights=mine).astype(np.int64)
    if count.sum() == 0 or count[count < size].sum() * 2 < count.sum():
        return None
    won = np.bincount(group, weights=y).astype(np.int64)
    return hits_by_chance(int(y[mine].sum()), size, won, count)


def _pairs_equal(values: Values) -> Values:
    """For each row, the share of pairs of its known values that are equal; NaN with fewer than two."""
    known = ~np.isnan(values)
    count = known.sum(1)
    equal = np.zeros(len(values))
    for i in range(values.shape[1]):
        for j in range(i + 1, values.shape[1]):
            equal += values[:, i] == values[:, j]
    pairs = count * (count - 1) / 2
    return np.asarray(np.divide(equal, pairs, out=np.full(len(values), np.nan), where=pairs > 0))
