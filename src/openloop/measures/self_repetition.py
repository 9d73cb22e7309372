"""Self-repetition: how much of a completion stands word for word in completions of other prompts.

Salkar et al. (2022) count runs of four words that recur. Their count grows with the set; here it is the share of a
completion's runs of four words that are expected in the completions of 100 other prompts drawn at random, which does
not depend on how many there are. (A longer run that recurs is one of several runs of four that do.)
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from openloop.measures.clustered import Effective, bounded
from openloop.measures.design_effect import stretch
from openloop.measures.rarefaction import LEAST, jackknife_error, missed
from openloop.measures.word_grams import Grams
from openloop.records import Estimate

RUN = 4
"""Words."""
OTHERS = 100
"""Other prompts whose completions are looked through, where there are twice as many."""


def others_to_compare(*sets: Grams) -> int:
    """Other prompts that can be drawn in all of some sets: 100, or half of the smallest."""
    return min([OTHERS, *(max(1, (grams.prompts - 1) // 2) for grams in sets)])


def self_repetition(grams: Grams, level: float = 0.95, others: int | None = None) -> Estimate:
    """Expected share of runs that stand in completions of ``others`` other prompts too.

    By default as :func:`others_to_compare`. Interval: jackknife over prompts. NaN where there is no run or fewer than
    three prompts.
    """
    prompts, total = grams.prompts, grams.total
    if not total or prompts < 3:
        why = f"no text of {grams.n} words or more" if not total else f"{prompts} prompts, of three or more"
        return Estimate(math.nan, None, None, level, total, method=f"not measured: {why}")
    drawn = min(others_to_compare(grams) if others is None else others, prompts - 2)
    held = grams.in_prompts
    often = np.bincount(grams.run, weights=grams.count).astype(np.float64)
    # Of the other P - 1 prompts Q - 1 hold a run that stands in Q.
    value = float(often @ (1 - missed(held - 1, prompts - 1, drawn))) / total
    method = f"runs of {grams.n} words expected in completions of {drawn} other prompts; compares at as many"
    kept, fewer = (1 - missed(np.maximum(held - less, 0), prompts - 2, drawn) for less in (1, 2))
    mine = grams.count.astype(np.float64)
    # A run that stood in this prompt alone is gone with it.
    change = (often[grams.run] - mine) * fewer[grams.run] - often[grams.run] * kept[grams.run]
    left = total - grams.per_prompt(mine)
    without = (float(often @ kept) + grams.per_prompt(change)) / np.maximum(left, 1.0)
    size = grams.per_prompt(mine)
    if prompts < LEAST:
        why = f"too few prompts: {prompts}, fewer than {LEAST}"
        return Estimate(value, None, None, level, total, method=f"{method}; no interval: {why}")
    variance = (jackknife_error(without) ** 2) * stretch(prompts - 1, level)
    # Where nothing (or nearly nothing) recurs, prompts are no surer than so many that agree.
    independent = total**2 / float((size**2).sum())
    rows = value * (1 - value) / variance if variance > 0 and 0 < value < 1 else independent
    found = bounded(Effective(value, total, prompts, rows, float(size.max()) / total), level)
    return replace(found, method=f"{method}; jackknife over prompts; {found.method}")
