"""Intervals for means, differences and proportions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np

from openloop.arrays import Values
from openloop.errors import DataError
from openloop.records import Estimate

Numbers = Sequence[float] | Values


def mean(values: Numbers, level: float = 0.95) -> Estimate:
    """Mean of independent values with Student's t interval; one value has no interval.

    Values that are all equal have no interval either: they do not say how much another one may differ. A value that
    is not finite leaves neither a mean nor an interval.
    """
    require_level(level)
    array = np.asarray(values, dtype=np.float64)
    n = len(array)
    if n == 0:
        raise DataError("mean: needs at least one value, got none.")
    if not np.isfinite(array).all():
        return Estimate(math.nan, None, None, level, n, method="undefined: some values are not finite")
    if n > 1 and array.min() == array.max():  # computed, rounding would leave a spread of about 1e-17
        same = float(array[0])
        return Estimate(same, None, None, level, n, method="no interval: all values are equal")
    centre = float(array.mean())
    if n == 1:
        return Estimate(centre, None, None, level, n, method="single value")
    spread = float(array.std(ddof=1)) / math.sqrt(n)
    half = student(n - 1, level) * spread
    return Estimate(centre, centre - half, centre + half, level, n, method="t")


def paired(after: Numbers, before: Numbers, level: float = 0.95) -> Estimate:
    """Mean difference of pairs with a t interval over the pairs."""
    a, b = np.asarray(after, dtype=np.float64), np.asarray(before, dtype=np.float64)
    if a.shape != b.shape:
        raise DataError(f"paired: needs as many values after as before, got {len(a)} and {len(b)}.")
    return mean(a - b, level)


def proportion(successes: int, n: int, level: float = 0.95) -> Estimate:
    """A share of independent trials with Wilson's interval; without trials there is no estimate (NaN)."""
    require_level(level)
    if not 0 <= successes <= n:
        raise DataError(f"proportion: needs 0 <= successes <= n, got {successes} of {n}.")
    if n == 0:
        return Estimate(math.nan, None, None, level, 0, method="Wilson")
    share = successes / n
    low, high = wilson(share, n, NormalDist().inv_cdf((1 + level) / 2))
    return Estimate(share, low, high, level, n, method="Wilson")


def wilson(share: float, n: float, z: float) -> tuple[float, float]:
    """Bounds of Wilson's interval for a share seen in ``n`` rows (``n`` may be an effective number)."""
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    # Rounding must not push a bound past the point it bounds.
    return min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half))


def student(freedom: float, level: float) -> float:
    """How many standard errors a two-sided interval reaches to each side: Student's t on ``freedom`` degrees."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))


def clipped(estimate: Estimate, low: float = 0.0, high: float = 1.0) -> Estimate:
    """The same estimate with its bounds moved into [low, high]; the value stays."""
    bounds = [None if bound is None else min(high, max(low, bound)) for bound in (estimate.low, estimate.high)]
    return replace(estimate, low=bounds[0], high=bounds[1])


def possible(estimate: Estimate, low: float, high: float) -> Estimate:
    """The same with its bounds inside what the quantity can be, [low, high]; no interval where they leave all of it."""
    if estimate.low is None or estimate.high is None:
        return estimate
    if estimate.low <= low and estimate.high >= high:
        reason = f"no interval: these rows leave anything from {low:g} to {high:.3g} possible"
        return replace(estimate, low=None, high=None, method=reason)
    # A bias-corrected value may lie a little outside itself.
    return replace(
        estimate, low=min(estimate.value, max(low, estimate.low)), high=max(estimate.value, min(high, estimate.high))
    )


def bounded_within(estimate: Estimate, low: float, high: float) -> Estimate:
    """As :func:`possible`, the method still saying how the value came about where there is no interval."""
    found = possible(estimate, low, high)
    return found if found.low is not None else replace(found, method=f"{found.method}; {estimate.method}")


def require_level(level: float) -> None:
    """Raise DataError unless ``level`` is a coverage."""
    if not 0 < level < 1:
        raise DataError(f"level: a coverage between 0 and 1, such as 0.95, got {level}.")
