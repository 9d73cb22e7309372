"""Does a column say what gold says, because it was made from it?"""

from __future__ import annotations

import numpy as np

from openloop.arrays import Codes, Values

LEAST = 10
"""Units of each class of gold; fewer may be split without a mistake by chance."""
MISTAKES = 0.02
"""Largest share of the rarer class of gold that a copy puts on the wrong side."""
PER_STRATUM = 5
"""Units for each stratum: many small strata are pure by chance."""


def gold_copy(codes: Codes, gold: Values, prompt: Codes | None = None) -> bool:
    """Whether the strata of a column are good or bad (nearly) throughout, such as ``status``: ok, failed.

    ``codes`` [N] names the stratum of each row (−1: in none), ``gold`` [N] is 1 good, 0 bad, NaN unknown. With
    ``prompt`` [N], rows of one prompt with equal gold in one stratum count as one: the prompts of an easy topic may be
    all good without any copy. Nothing is known of a column that was there before gold and happens to split it so; but
    whoever selects by either selects by gold.
    """
    known = (codes >= 0) & ~np.isnan(gold)
    column, is_good = codes[known], gold[known].astype(np.int64)
    width = int(column.max(initial=0)) + 1
    if prompt is not None:
        units = np.unique((prompt[known] * width + column) * 2 + is_good)
        column, is_good = units // 2 % width, units % 2
    good = np.bincount(column, weights=is_good, minlength=width)
    bad = np.bincount(column, weights=1 - is_good, minlength=width)
    strata = int(((good + bad) > 0).sum())
    rarer = min(good.sum(), bad.sum())
    if strata < 2 or rarer < LEAST or strata * PER_STRATUM > len(column):
        return False
    return bool(np.minimum(good, bad).sum() <= MISTAKES * rarer)
