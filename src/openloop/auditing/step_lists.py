"""A verdict's column of lists that hold the scores of an answer's steps: one score a row, and what was left out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from openloop.arrays import Values
from openloop.errors import InputError
from openloop.measures.step_scores import AGGREGATES, aggregate_steps, require_aggregate

COUNTS_BY = {
    "min": "its worst step",
    "last": "its last step",
    "mean": "the mean of its steps",
    "product": "the product of its steps",
}


@dataclass(frozen=True, slots=True)
class StepValues:
    """One score a row under an aggregate, and under the others that the scores allow."""

    aggregate: str
    score: Values
    """Shape [N], NaN unscored."""
    by_aggregate: Mapping[str, Values]
    """Shape [N] each."""
    said: str
    """What the score is, and what had none."""


def step_values(lists: Sequence[Sequence[float]], name: str, aggregate: str, *, lower_is_better: bool) -> StepValues:
    """``name`` is the column's. Where lower is better the worst step is the highest, and there is no product.

    Raises InputError for an aggregate that is unknown or that the scores do not allow.
    """
    require_aggregate(aggregate)
    known = [score for scores in lists for score in scores if score == score]
    shares = not lower_is_better and (not known or (min(known) >= 0 and max(known) <= 1))
    if aggregate == "product" and not shares:
        why = "lower is better" if lower_is_better else f"those of {name} go from {min(known):g} to {max(known):g}"
        raise InputError(
            f"--aggregate product: needs scores of steps from 0 to 1, higher being better; {why}. Take min, last or "
            "mean."
        )
    sign = -1.0 if lower_is_better else 1.0
    turned = lists if sign > 0 else [[0.0 - score for score in scores] for scores in lists]
    found = {
        how: sign * np.array([aggregate_steps(scores, how) for scores in turned], dtype=np.float64) + 0.0
        for how in AGGREGATES
        if shares or how != "product"
    }
    *others, another = (how for how in found if how != aggregate)
    change = f"for another, --aggregate {', '.join(others)} or {another}"
    said = f"{name}: an answer counts by {COUNTS_BY[aggregate]} ({change}){_missing(lists, aggregate)}"
    return StepValues(aggregate, found[aggregate], found, said)


def _missing(lists: Sequence[Sequence[float]], aggregate: str) -> str:
    steps = sum(math.isnan(score) for scores in lists for score in scores)
    rows = sum(any(math.isnan(score) for score in scores) for scores in lists)
    empty = sum(not scores for scores in lists)
    said = ""
    if steps:
        then = "a row is unscored where it is the last one" if aggregate == "last" else "they are left out"
        said += f"; steps without a score: {steps:,} in {_counted(rows, 'row')} ({then})"
    if empty:
        said += f"; unscored for lack of steps: {_counted(empty, 'row')}"
    return said


def _counted(n: int, what: str) -> str:
    """``1 row``, ``1,200 rows``."""
    return f"{n:,} {what}{'' if n == 1 else 's'}"
