"""Which of two responses a judge prefers: against gold, and by a side such as the first one shown or the longer one.

Preferences are 1 for one response, 0 for the other, .5 for a tie, NaN unknown; shapes [N]. ``prompt``: cluster codes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from openloop.arrays import Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.measures.clustered import Clusters
from openloop.measures.combined_intervals import dependence, square_and_add
from openloop.records import Estimate

LEAST = 10
"""Pairs of each gold class from which a lean at equal gold is estimated."""


def accuracy(win: Values, gold: Values, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """How often the judge prefers the response that gold does: 1 − |win − gold|, so a tie on one side counts one half.

    Two ties agree. Raises DataError for preferences other than 0, .5, 1 and NaN.
    """
    return clustered.share(agreement(win, gold), prompt, level)


def agreement(win: Values, gold: Values) -> Values:
    """Shape [N]: 1 where both prefer the same response, .5 where one of them says tie, 0 where they differ."""
    _require(win, gold)
    return np.asarray(1 - np.abs(win - gold))


def accuracy_difference(
    win: Values, other: Values, gold: Values, prompt: Clusters = None, level: float = 0.95
) -> Estimate:
    """Accuracy of one judge minus another's, on the pairs that both judged."""
    return clustered.mean(agreement(win, gold) - agreement(other, gold), prompt, level)


def lean_at_equal_gold(side: Values, gold: Values, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """How much more often than half of the time a judge prefers one side, gold preferring either side as often.

    ½(P(side | gold: this side) + P(side | gold: the other one)) − ½: 0 for a judge whose mistakes go either way alike,
    however often it errs and whichever side is better more often. Pairs that gold calls a tie are left out. Square and
    add of the two shares' own intervals, widened as far as prompts hold pairs of both classes.
    """
    _require(side, gold)
    classes = [(gold == value) & ~np.isnan(side) for value in (1.0, 0.0)]
    n = int(sum(mask.sum() for mask in classes))
    out = int(np.isnan(side).sum())
    if min(int(mask.sum()) for mask in classes) < LEAST:
        few = min(int(mask.sum()) for mask in classes)
        value = float(np.mean([side[mask].mean() for mask in classes])) - 0.5 if few else float("nan")
        return Estimate(value, None, None, level, n, out, f"no interval: {few} pairs of one gold class, below {LEAST}")
    parts = [clustered.share(side[mask], None if prompt is None else prompt[mask], level) for mask in classes]

    def lean(of_this: float, of_other: float) -> float:
        return (of_this + of_other) / 2 - 0.5

    value = lean(parts[0].value, parts[1].value)
    low, high = square_and_add(lean, parts)
    if low is None or high is None:
        why = next(part.method for part in parts if part.low is None or part.high is None)
        return Estimate(value, None, None, level, n, out, why)
    codes = np.arange(len(side)) if prompt is None else prompt
    moved = [np.where(mask, side - part.value, 0.0) / mask.sum() for mask, part in zip(classes, parts, strict=True)]
    factor = dependence(lean, [part.value for part in parts], moved, codes)
    low, high = value - factor * (value - low), value + factor * (high - value)
    method = f"at equal gold, {parts[0].n:,} and {parts[1].n:,} pairs"
    return Estimate(value, max(-0.5, low), min(0.5, high), level, n, out, method)


def share_of_side(side: Values, prompt: Clusters = None, level: float = 0.95) -> Estimate:
    """How often the judge prefers one side, ties one half each, whatever is better."""
    _require(side, side)
    found = clustered.share(side, prompt, level)
    return replace(found, method=f"{found.method}; not compared with gold")


def _require(*values: Values) -> None:
    if len({value.shape for value in values}) > 1 or values[0].ndim != 1:
        raise DataError(f"preferences: needs one a pair, got {' and '.join(str(v.shape) for v in values)}.")
    for value in values:
        if not np.isin(value[~np.isnan(value)], (0.0, 0.5, 1.0)).all():
            raise DataError("preferences: allowed 1 (the one), 0 (the other), 0.5 (a tie), NaN.")
