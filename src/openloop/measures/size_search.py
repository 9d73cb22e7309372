"""How many rows to train what generates on: the size whose own rows are most often near to real ones and new.

Few rows teach too little of what real prompts are like, many are repeated (nomad, §4.2-4.3, whose 15,000 beat 300,000).
The share of generated rows inside the NormSim band of the real ones tells both without training a student: whether it
also predicts what a student gains is for the user to test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Codes, Values
from openloop.errors import DataError
from openloop.measures.combined_intervals import difference
from openloop.measures.similarity_curve import Band
from openloop.records import Estimate


@dataclass(frozen=True)
class SizeSearch:
    """Shares of rows in the band by size, and which size has the most."""

    shares: Mapping[int, Estimate]
    """By size, in order: at ``level``."""
    best: int
    """The size with the largest share; of equal ones the smallest, which costs least."""
    not_surely_worse: tuple[int, ...]
    """Sizes whose share may be as large as that of the best, which is one of them."""


def size_by_band(nearest: Mapping[int, tuple[Values, Codes | None]], band: Band, level: float = 0.95) -> SizeSearch:
    """``nearest``: by the size that was trained on, NormSim [n] of what came out and its prompts' codes [n] (or None).

    All against one reference, for a larger one is nearer to everything. The sizes that are surely worse are so together
    at ``level`` (each is compared with the best at 1 − (1 − level) / (sizes − 1)). Raises DataError for no sizes, or
    one without a row that says anything.
    """
    if not nearest:
        raise DataError("size_by_band: needs the rows of at least one size, got none.")
    empty = [size for size, (values, _) in nearest.items() if not (~np.isnan(values)).any()]
    if empty:
        raise DataError(f"size_by_band: no row of size {empty[0]:,} can be compared with the real ones.")

    def shares(at: float) -> dict[int, Estimate]:
        return {size: band.shares(*nearest[size], at)["inside"] for size in sorted(nearest)}

    shown = shares(level)
    surer = shares(1 - (1 - level) / max(1, len(nearest) - 1))
    best = max(shown, key=lambda size: (shown[size].value, -size))
    close = [size for size in shown if size == best or not _surely_below(surer[size], surer[best])]
    return SizeSearch(shown, best, tuple(close))


def _surely_below(one: Estimate, best: Estimate) -> bool:
    low = difference(one, best)[0]
    return low is not None and low > 0
