"""The ways in which the rows are split: any column of few values, source model, length, difficulty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from openloop.arrays import Codes, Values
from openloop.auditing.row_arrays import RowArrays
from openloop.measures.verifier_quality import difficulty

LEAST = 20
"""A stratum of fewer rows is not looked at."""
MOST = 8
"""Splits that are looked at: every one of them widens all bounds."""


@dataclass(frozen=True, slots=True)
class Split:
    """One way to split: codes [N] (−1 is in no stratum) and the strata's names."""

    column: str
    codes: Codes
    names: tuple[str, ...]
    selects: bool = True
    """Whether a user can select by it before gold is known."""


def splits(arrays: RowArrays) -> list[Split]:
    """Splits with at least two strata of 20 rows or more."""
    found = [split for split in _all(arrays) if np.sum(np.bincount(split.codes[split.codes >= 0]) >= LEAST) >= 2]
    return found[:MOST]


def _all(arrays: RowArrays) -> Iterator[Split]:
    if arrays.model is not None and len(arrays.models) > 1:
        yield Split(arrays.model_column, arrays.model, arrays.models)
    if arrays.surface is not None:
        length = arrays.surface[:, 0].astype(np.float64)
        edges = np.unique(np.quantile(length, [1 / 3, 2 / 3]))
        names = _between([f"{edge:,.0f}" for edge in edges], " characters")
        yield Split("length", np.searchsorted(edges, length, side="left").astype(np.int64), names)
    if arrays.has_gold:
        rate = difficulty(arrays.gold, arrays.prompt)
        yield Split(
            "pass rate of the prompt",
            _rates(rate),
            ("never", "up to 1/3", "1/3 to 2/3", "above 2/3", "always"),
            selects=False,
        )
    for column, (codes, names) in sorted(arrays.strata.items()):
        yield Split(column, codes, names)


def _rates(rate: Values) -> Codes:
    """−1 unknown, 0 never solved, 1..3 thirds, 4 always solved."""
    with np.errstate(invalid="ignore"):
        thirds = 1 + np.searchsorted([1 / 3, 2 / 3], rate, side="left")
    codes = np.where(rate == 0, 0, np.where(rate == 1, 4, thirds))
    return np.where(np.isnan(rate), -1, codes).astype(np.int64)


def _between(edges: list[str], unit: str) -> tuple[str, ...]:
    """Names of the strata between edges."""
    return (
        f"up to {edges[0]}{unit}",
        *(f"{a} to {b}{unit}" for a, b in pairwise(edges)),
        f"over {edges[-1]}{unit}",
    )
