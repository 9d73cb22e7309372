"""Repeated draws of an interval: does it hold the truth as often as it says, and is it no wider than it must be?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from openloop.records import Estimate


@dataclass
class Draws:
    """An estimate of simulated data whose truth is known, many times over."""

    level: float = 0.95
    held: list[bool] = field(default_factory=list)
    """Whether the interval held the truth; estimates without an interval are left out."""
    errors: list[float] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    """Of intervals with two finite bounds."""
    without: int = 0
    """Estimates without an interval."""

    def add(self, estimate: Estimate, truth: float) -> None:
        """Take one in."""
        if estimate.low is None and estimate.high is None:
            self.without += 1
            return
        low = -math.inf if estimate.low is None else estimate.low
        high = math.inf if estimate.high is None else estimate.high
        self.held.append(low - 1e-12 <= truth <= high + 1e-12)
        self.errors.append(estimate.value - truth)
        if math.isfinite(high - low):
            self.widths.append(high - low)

    @property
    def coverage(self) -> float:
        return float(np.mean(self.held))

    @property
    def width(self) -> float:
        """Mean width over that of the normal interval with the estimate's true standard error, seen over the draws."""
        reference = 2 * NormalDist().inv_cdf((1 + self.level) / 2) * float(np.std(self.errors))
        return float(np.mean(self.widths)) / reference


def require_nominal(
    draws: Draws, width: tuple[float, float] = (0.9, 1.15), errors: float = 3.0, least: float | None = None
) -> None:
    """Coverage within so many binomial standard errors of the level, and a mean width of about the reference's.

    Over 300 draws that is .912 to .988: an interval twice too wide holds the truth 300 times, one that is off by a
    standard error 250 times. ``least``: a lower limit for a method that is known to cover less.
    """
    allowed = errors * math.sqrt(draws.level * (1 - draws.level) / len(draws.held))
    assert (draws.level - allowed if least is None else least) <= draws.coverage <= draws.level + allowed, _said(draws)
    assert width[0] <= draws.width <= width[1], _said(draws)


def require_at_least(draws: Draws, width: tuple[float, float], errors: float = 3.0) -> None:
    """For intervals that are conservative by design: coverage not below the level, and a width that is known."""
    error = math.sqrt(draws.level * (1 - draws.level) / len(draws.held))
    assert draws.coverage >= draws.level - errors * error, _said(draws)
    assert width[0] <= draws.width <= width[1], _said(draws)


def require_uniform(
    p_values: Iterable[float], at: Sequence[float] = (0.05, 0.25, 0.5, 0.75), errors: float = 3.0
) -> None:
    """Shares of p-values up to each level, within so many binomial standard errors of it."""
    seen = np.array(list(p_values))
    for level in at:
        share = float((seen <= level).mean())
        assert abs(share - level) <= errors * math.sqrt(level * (1 - level) / len(seen)), (level, share)


def _said(draws: Draws) -> Mapping[str, float]:
    return {"coverage": draws.coverage, "width": draws.width, "draws": len(draws.held), "without": draws.without}
