"""What of a row is compared with its surface, and with which other rows: for findings about shortcuts."""

from __future__ import annotations

import numpy as np

from openloop.arrays import Codes, Values
from openloop.auditing.row_arrays import RowArrays
from openloop.measures.surface import COUNTS


def outcome_of(arrays: RowArrays) -> Values | None:
    """The verdict in [0, 1]: accepted or not, or the rank of a score that has no cut."""
    if arrays.judged:
        return arrays.accept
    known = ~np.isnan(arrays.score)
    if not known.any():
        return None
    ordered = np.sort(arrays.score[known])
    low, high = (np.searchsorted(ordered, arrays.score, side=side) for side in ("left", "right"))
    return np.where(known, (low + high) / (2 * len(ordered)), np.nan)


def scaled_surface(arrays: RowArrays) -> Values:
    """Features [N, D]: counts as log2(1 + count), so that one unit is a doubling."""
    assert arrays.surface is not None
    x = arrays.surface.astype(np.float64)
    x[:, :COUNTS] = np.log2(1 + x[:, :COUNTS])
    return x


def gold_classes(arrays: RowArrays) -> Codes:
    """0 bad, 1 good, 2 unknown [N]: rows without gold are compared with one another."""
    return np.nan_to_num(arrays.gold, nan=2.0).astype(np.int64)


def compared_within_prompts(arrays: RowArrays, outcome: Values) -> bool:
    """Whether half of the scored rows have another one of their prompt to be compared with.

    Across prompts, what is hard is long and passes seldom: no shortcut. Where prompts have one row each, only rows of
    equal gold can be compared.
    """
    prompt = arrays.prompt[~np.isnan(outcome)]
    size = np.bincount(prompt)
    return bool(size[size > 1].sum() * 2 >= len(prompt))
