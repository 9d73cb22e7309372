"""Intervals of a function of independent estimates, from their own intervals (square-and-add, MOVER).

A bound of f(a, b, ...) lies as far from the point as the root of the summed squares of what each part's own bound
moves it (Zou and Donner 2008; the ratio in closed form as in Donner and Zou 2012). Unlike the delta method it keeps
the skewness of the parts; positively correlated parts of a ratio make it conservative.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from openloop.arrays import Codes, Values
from openloop.records import Estimate

Bounds = tuple[float | None, float | None]


def ratio(top: Estimate, bottom: Estimate) -> Bounds:
    """Bounds of top/bottom, both ≥ 0; the upper one is infinite where ``bottom`` may be 0."""
    if top.low is None or top.high is None or bottom.low is None or bottom.high is None:
        return None, None
    a, b = top.value, bottom.value
    low_square = (a * b) ** 2 - top.low * bottom.high * (2 * a - top.low) * (2 * b - bottom.high)
    low_scale = bottom.high * (2 * b - bottom.high)
    high_square = (a * b) ** 2 - top.high * bottom.low * (2 * a - top.high) * (2 * b - bottom.low)
    high_scale = bottom.low * (2 * b - bottom.low)
    # Where b's upper bound is beyond 2b the closed form has no root of the right sign: take the box instead.
    low = (a * b - math.sqrt(max(0.0, low_square))) / low_scale if low_scale > 0 else top.low / bottom.high
    high = (a * b + math.sqrt(max(0.0, high_square))) / high_scale if high_scale > 0 else math.inf
    return max(0.0, low), high


def square_and_add(f: Callable[..., float], parts: Sequence[Estimate]) -> Bounds:
    """Bounds of f(parts), for f monotone in each part; the corners of the box where f is not finite."""
    bounds = [(part.low, part.high) for part in parts]
    if any(low is None or high is None for low, high in bounds):
        return None, None
    at = [part.value for part in parts]
    centre = f(*at)
    down = up = 0.0
    for i, ends in enumerate(bounds):
        moved = [f(*at[:i], end, *at[i + 1 :]) - centre for end in ends]
        down += min(0.0, *moved) ** 2
        up += max(0.0, *moved) ** 2
    if math.isfinite(down) and math.isfinite(up) and math.isfinite(centre):
        return centre - math.sqrt(down), centre + math.sqrt(up)
    corners = [f(*corner) for corner in itertools.product(*bounds)]
    sound = [corner for corner in corners if not math.isnan(corner)]
    return (min(sound), max(sound)) if sound else (None, None)


def difference(one: Estimate, other: Estimate, correlation: float = 0.0, stretch: float = 1.0) -> Bounds:
    """Bounds of ``other − one`` where the two estimates have this correlation (Zou 2008; Newcombe 1998).

    Each distance of the parts' own bounds counts ``stretch`` times: for several differences at once.
    """
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return None, None
    centre = other.value - one.value

    def reach(a: float, b: float) -> float:
        return stretch * math.sqrt(max(0.0, a * a + b * b - 2 * correlation * a * b))

    down = reach(other.value - other.low, one.high - one.value)
    up = reach(other.high - other.value, one.value - one.low)
    return centre - down, centre + up


def dependence(f: Callable[..., float], at: Sequence[float], influences: Sequence[Values], clusters: Codes) -> float:
    """Standard error of f(parts) over what it would be if the parts were independent: at least 1.

    ``influences``: for each part [N], what each row moves it by; rows of one cluster (codes [N]) go together, and so do
    parts through them. 1 where f cannot be linearised.
    """
    step = 1e-6
    slopes = []
    for i, value in enumerate(at):
        ends = (min(1.0, value + step), max(0.0, value - step))
        try:
            up, down = (f(*at[:i], end, *at[i + 1 :]) for end in ends)
        except ZeroDivisionError:
            return 1.0
        slopes.append((up - down) / (ends[0] - ends[1]))
    moved = [
        slope * np.bincount(clusters, weights=influence) for slope, influence in zip(slopes, influences, strict=True)
    ]
    apart = float(sum((part**2).sum() for part in moved))
    together = float((np.sum(moved, axis=0) ** 2).sum())
    return math.sqrt(max(1.0, together / apart)) if apart > 0 and math.isfinite(together) else 1.0


def widened(estimate: Estimate, factor: float, most: float = 1.0) -> Estimate:
    """Bounds ``factor`` times as far from the value, from 0 to ``most``."""
    value, low, high = estimate.value, estimate.low, estimate.high
    return replace(
        estimate,
        low=None if low is None else max(0.0, value - factor * (value - low)),
        high=None if high is None else min(most, value + factor * (high - value)),
    )
