"""What came of a claim, decided by numbers and by thresholds that stand in the figure before its data are made.

No verdict is written down: each is computed, so that other data give another one.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from openloop.records import Estimate
from openloop.reproduce.base import Verdict

ERROR = 0.05
"""Chance of calling any one claim of a family false though all of them hold."""


def lies(found: Estimate | float, low: float = -math.inf, high: float = math.inf) -> bool | None:
    """Whether a number lies from ``low`` to ``high``.

    Of an estimate the whole interval must lie there (True) or none of it (False); None where it reaches over an end, or
    where there is no interval. An exact number has no None.
    """
    if not isinstance(found, Estimate):
        return bool(low <= found <= high)
    if found.low is None or found.high is None:
        return None
    if low <= found.low and found.high <= high:
        return True
    return False if found.high < low or high < found.low else None


def minus(a: Estimate, b: Estimate) -> Estimate:
    """Difference of two independent estimates, its interval by the squares of their half-widths (MOVER, Zou 2008)."""
    value = a.value - b.value
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return Estimate(value, None, None, a.level, min(a.n, b.n))
    low = value - math.hypot(a.value - a.low, b.high - b.value)
    high = value + math.hypot(a.high - a.value, b.value - b.low)
    return Estimate(value, low, high, a.level, min(a.n, b.n))


def every(parts: list[bool | None]) -> bool | None:
    """Whether all hold: False as soon as one does not, None where one is open."""
    return False if False in parts else None if None in parts else True


def verdict(as_said: bool | None, under_condition: bool | None = False) -> Verdict:
    """The verdict on a claim that holds as it is said, or only under the condition that its reason states."""
    if as_said is not False:
        return "reproduced" if as_said else "undecided"
    if under_condition is None:
        return "undecided"
    return "true under a stated condition" if under_condition else "false"


def same_mean(a: tuple[float, float, int], b: tuple[float, float, int]) -> float:
    """p-value (Welch) of two samples given as (mean, standard deviation, number) having one mean."""
    from scipy.stats import ttest_ind_from_stats

    return float(ttest_ind_from_stats(*a, *b, equal_var=False).pvalue)


def one_more(value: float, runs: ArrayLike) -> float:
    """p-value of one more number coming from the same normal law as those of ``runs`` [N]; 1 for fewer than two."""
    from scipy.stats import t

    seen = np.asarray(runs, dtype=np.float64)
    if len(seen) < 2:
        return 1.0
    error = seen.std(ddof=1) * math.sqrt(1 + 1 / len(seen))
    off = abs(value - seen.mean())
    return float(2 * t.sf(off / error, len(seen) - 1)) if error > 0 else float(off == 0)
