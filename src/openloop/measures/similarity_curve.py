"""Shares of rows by their NormSim: above each threshold (nomad, Fig 2), and inside a band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures import clustered
from openloop.records import Estimate

THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(4, 20))
"""Of a curve: .2, .25, ... .95."""
LOW, HIGH = 0.05, 0.95
"""Quantiles of the reference's own NormSim between which rows are in the band: nine tenths of its own rows are."""


def similarity_curve(
    nearest: ArrayLike,
    prompt: Codes | None = None,
    thresholds: Sequence[float] = THRESHOLDS,
    level: float = 0.95,
) -> list[Estimate]:
    """Share of rows whose NormSim [n] is above each threshold, with intervals over prompts [n]; NaN is not known."""
    values = np.asarray(nearest, dtype=np.float64)
    known = np.where(np.isnan(values), np.nan, 1.0)
    return [clustered.proportion((values > t) * known, prompt, level) for t in thresholds]


@dataclass(frozen=True, slots=True)
class Band:
    """Where a reference's own rows lie: rows below are off it, rows above nearer than its own to each other."""

    low: float
    high: float

    def shares(self, nearest: ArrayLike, prompt: Codes | None, level: float) -> dict[str, Estimate]:
        """Shares of rows ``below``, ``inside`` and ``above``, with intervals over prompts."""
        values = np.asarray(nearest, dtype=np.float64)
        known = np.where(np.isnan(values), np.nan, 1.0)
        parts = {"below": values < self.low, "above": values > self.high}
        parts["inside"] = ~parts["below"] & ~parts["above"]
        return {name: clustered.proportion(part * known, prompt, level) for name, part in parts.items()}


def band_of(own: ArrayLike, low: float = LOW, high: float = HIGH) -> Band:
    """The band from a reference's NormSim against its own other rows [m]. Raises DataError where none is known.

    Quantiles of the reference and no fixed cosines: what counts as near depends on the vectors and on the reference's
    size. A millionth of slack keeps rows that are equal to the edge inside.
    """
    values: Values = np.asarray(own, dtype=np.float64)
    values = values[~np.isnan(values)]
    if not len(values):
        raise DataError("band_of: needs the NormSim of at least one row of the reference, got none.")
    if not 0 <= low < high <= 1:
        raise DataError(f"band_of: two quantiles between 0 and 1, the lower first, got {low} and {high}.")
    return Band(float(np.quantile(values, low)) - 1e-6, float(np.quantile(values, high)) + 1e-6)
