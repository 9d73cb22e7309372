"""Distinct-n: of all runs of n words, how many are different (Li et al. 2016), at a size that sets have in common.

The plain share falls as a set grows, so two sets of different sizes do not compare. Here it is the expected share
among a fixed number of runs when whole prompts are drawn at random: it compares with any other set at as many.
"""

from __future__ import annotations

import math

import numpy as np

from openloop.measures.rarefaction import jackknife_bounds, missed
from openloop.measures.word_grams import Grams
from openloop.records import Estimate

AT = 10_000
"""Runs at which sets are measured, where they hold twice as many."""


def size_to_compare(*sets: Grams) -> float:
    """Runs at which all of some sets can be measured: 10,000, or half of the smallest set."""
    sizes = [max(grams.total / 2, grams.total / max(grams.prompts, 1)) for grams in sets]
    return min([float(AT), *sizes])


def distinct_n(grams: Grams, level: float = 0.95, at: float | None = None) -> Estimate:
    """Expected number of different runs over all runs, among ``at`` runs (by default as :func:`size_to_compare`).

    Interval: jackknife over prompts. NaN where there is no run.
    """
    total, prompts = grams.total, grams.prompts
    if not total:
        return Estimate(math.nan, None, None, level, 0, method=f"not measured: no text of {grams.n} words or more")
    mean = total / prompts
    drawn = min(max(1.0, (size_to_compare(grams) if at is None else at) / mean), float(prompts))
    runs = drawn * mean
    held = grams.in_prompts
    value = float((1 - missed(held, prompts, drawn)).sum() / runs)
    method = f"expected among {runs:,.0f} runs in whole prompts; compares with other sets at as many runs"
    if drawn > prompts - 1:
        return Estimate(value, None, None, level, total, method=f"{method}; no interval: too few prompts: {prompts}")
    # Without prompt i: its runs are in one prompt less, the others in as many, all of P - 1; as many runs are drawn.
    kept, fewer = (missed(held - less, prompts - 1, drawn) for less in (0, 1))
    without = float((1 - kept).sum()) - grams.per_prompt((fewer - kept)[grams.run])
    step = 1e-4 * drawn
    slope = float((missed(held, prompts, drawn - step) - missed(held, prompts, drawn)).sum()) / step
    mean_without = (total - grams.per_prompt(grams.count.astype(np.float64))) / (prompts - 1)
    needed = runs / np.maximum(mean_without, 1e-9)
    bounds = jackknife_bounds(value, (without + slope * (needed - drawn)) / runs, level)
    if bounds is None:
        return Estimate(value, None, None, level, total, method=f"{method}; no interval: too few unlike prompts")
    low, high = max(0.0, bounds[0]), min(1.0, bounds[1])
    return Estimate(value, low, high, level, total, method=f"{method}; jackknife over {prompts:,} prompts")
