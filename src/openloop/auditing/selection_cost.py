"""What a selection costs beyond rows: prompts of which nothing is left, and hard ones above all."""

from __future__ import annotations

import numpy as np

from openloop.arrays import Mask
from openloop.auditing.result import NamedEstimate
from openloop.auditing.row_arrays import RowArrays
from openloop.records import Estimate

HARD = 1 / 3
"""A prompt is hard where gold calls at most this share of its rows good."""


def selection_cost(arrays: RowArrays, keep: Mask, level: float) -> list[NamedEstimate]:
    """Counted shares of what is kept now that a selection ``keep`` [N] still has: rows, prompts, hard prompts."""
    prompts = int(arrays.prompt.max()) + 1
    before, after = (np.bincount(arrays.prompt[mask], minlength=prompts) > 0 for mask in (arrays.kept, keep))
    known = ~np.isnan(arrays.gold)
    n = np.bincount(arrays.prompt[known], minlength=prompts)
    good = np.bincount(arrays.prompt[known], weights=arrays.gold[known], minlength=prompts)
    hard = (n > 1) & (good > 0) & (good <= HARD * n)
    found = [_counted("selection.rows", int((arrays.kept & keep).sum()), int(arrays.kept.sum()), "kept rows", level)]
    if n.max() > 1 or len(keep) > prompts:
        found.append(_counted("selection.prompts", int((before & after).sum()), int(before.sum()), "prompts", level))
    if (hard & before).any():
        what = "hard prompts (solved, but in a third of their rows at most)"
        held = int((hard & before & after).sum())
        found.append(_counted("selection.hard_prompts", held, int((hard & before).sum()), what, level))
    return found


def _counted(name: str, held: int, of: int, what: str, level: float) -> NamedEstimate:
    value = held / of if of else 0.0
    return NamedEstimate(name, Estimate(value, None, None, level, of, method=f"counted: {what} that stay"))
