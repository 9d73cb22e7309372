"""What if gold is wrong: how often labels of one text disagree, and how much error the bounds would bear."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from openloop.auditing.bad_share import bad_share
from openloop.auditing.section import SectionInput, SectionResult
from openloop.measures.clustered import proportion
from openloop.records import Estimate

SUPPOSED = (0.02, 0.05, 0.1, 0.2)
"""Shares of the bad rows that labels may miss, for which p′ is given."""
FEWEST = 30
"""Texts labelled twice from which their disagreement is an estimate."""


def measure(given: SectionInput) -> SectionResult:
    """``gold.disagreement``, ``gold.tolerated_misses``, ``gold.tolerated_false_alarms`` and p′ by supposed error."""
    arrays, result = given.arrays, SectionResult()
    options = replace(given.options, label_error=(0.0, 0.0))  # what it would bear in all, not beside what is supposed
    if not arrays.has_gold:
        return result
    _disagreement(given, result)
    now = bad_share(given.design, arrays.kept, options, options.level)
    if now.low is None or now.high is None:
        return result
    target = options.max_bad
    if now.high <= target:
        method = "share of the bad rows that gold may call good before the upper bound of p′ reaches the target"
        misses = Estimate(1 - now.high / target, None, None, options.level, now.n, method=method)
        result.add("gold.tolerated_misses", misses)
    elif now.low > target:
        method = "share of the good rows that gold may call bad before the lower bound of p′ reaches the target"
        alarms = Estimate((now.low - target) / (1 - target), None, None, options.level, now.n, method=method)
        result.add("gold.tolerated_false_alarms", alarms)
    for missed in SUPPOSED:
        bounds = [min(1.0, bound / (1 - missed)) for bound in (now.value, now.low, now.high)]
        method = f"{now.method}; if gold calls {missed:.0%} of the bad rows good"
        supposed = Estimate(bounds[0], bounds[1], bounds[2], options.level, now.n, now.n_unscored, method)
        result.add("verifier.bad_after", supposed, f"gold misses={missed:.0%}")
    return result


def _disagreement(given: SectionInput, result: SectionResult) -> None:
    """Pairs of labels of one text that differ; two independent errors of rate e differ with 2e(1 − e)."""
    gold = given.arrays.gold
    known = ~np.isnan(gold)
    text = given.design.text[known]
    labels = np.bincount(text)
    good = np.bincount(text, weights=gold[known])
    pairs = labels * (labels - 1) / 2
    twice = pairs > 0
    if twice.sum() < FEWEST or given.arrays.labels_read:  # a label that was read is copied to every row of its text
        return
    differ = (good * (labels - good))[twice] / pairs[twice]
    if not differ.any():
        return  # copies of a row with its label, and no second opinion
    e = proportion(differ, None, given.options.level)
    rate = (1 - math.sqrt(max(0.0, 1 - 2 * min(0.5, e.value)))) / 2
    result.add("gold.disagreement", e)
    method = "error of one label, if both of a pair err alike and independently: d = 2e(1 − e)"
    result.add("gold.error", Estimate(rate, None, None, given.options.level, e.n, method=method))
