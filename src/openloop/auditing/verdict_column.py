"""A verdict's column as numbers: one score a row, or several scorings of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.auditing.step_lists import step_values
from openloop.data.column_ref import ColumnRef
from openloop.data.gold import NAN, Unreadable, is_test_results, number, position, short
from openloop.data.step_cells import step_lists
from openloop.errors import DataError

LOWER = {
    *("nll", "loss", "perplexity", "ppl", "surprisal", "distance", "dist", "toxicity", "rank"),
    *("error", "errors", "wer", "cer", "mse", "rmse", "mae"),
}
"""Words in the name of a column of which low values are usually good."""
MOST = 64
"""A longer list is not taken for repeated scorings (but for a reward per token, say): only its mean counts."""
SAME_LENGTH = 0.5
"""Repeated scorings come in equally many a row: so many of the lists must have the greatest length (others may lack a
scoring that failed)."""
STEPS = re.compile(r"step|prm|process")
"""In the name of a column of lists of 0 and 1: they are steps, and not tests that passed."""
BY_POSITION = 0.05
"""Scorings of one row may come in any order: the place in the list explains less than this of how they differ."""


@dataclass(frozen=True, slots=True)
class VerdictValues:
    """What a verdict's column holds."""

    score: Values
    """Shape [N]: one number a row, NaN unscored; the mean of a list."""
    repeats: Values | None = None
    """Shape [N, R]: repeated scorings of each row, NaN missing."""
    said: str = ""
    """How lists were read, where they might have been read otherwise."""
    aggregate: str = ""
    """How ``score`` was made of scores of steps; empty where it was not."""
    steps: Mapping[str, Values] = field(default_factory=dict)
    """Shape [N] each: the score under every aggregate of the steps that their scores allow."""

    def turned(self) -> VerdictValues:
        """The same with low and high exchanged; 0 stays 0 and does not become −0."""
        return replace(
            self,
            score=0.0 - self.score,
            repeats=None if self.repeats is None else 0.0 - self.repeats,
            steps={how: 0.0 - score for how, score in self.steps.items()},
        )


def verdict_values(
    column: ColumnRef,
    cells: Sequence[Any],
    name: str,
    *,
    pairwise: bool = False,
    aggregate: str | None = None,
    lower_is_better: bool = False,
) -> VerdictValues:
    """Numbers of a column of scores, classes, or lists of scores.

    A list is taken for repeated scorings of the row by one judge, where the lists are equally long and no place in
    them is different from the others; else, or with an ``aggregate``, for the scores of its steps (as a process reward
    model gives them). Raises DataError for a cell that is neither a score nor a class, and InputError for an aggregate
    that does not fit; ``name`` is how errors call the file.
    """
    held = [cell for cell in cells if cell is not None]
    try:
        if held and all(map(is_test_results, held)) and max(map(len, held)) > 3:
            # A text of 0 and 1, one per test: the share that passed.
            return VerdictValues(np.array([cell.count("1") / len(cell) if cell else NAN for cell in cells]))
        if held and all(isinstance(cell, list) for cell in held):
            return _of_lists(column, cells, aggregate, lower_is_better=lower_is_better)
        read = position if pairwise else number
        return VerdictValues(np.array([read(cell) for cell in cells]))
    except Unreadable as error:
        raise _unreadable(column, held, error.args[0], name) from None


def _of_lists(
    column: ColumnRef, cells: Sequence[Any], aggregate: str | None, *, lower_is_better: bool
) -> VerdictValues:
    lists = step_lists(cells)
    why, how = "", aggregate
    if how is None:
        if all(isinstance(value, bool) for cell in cells for value in cell or []):
            return VerdictValues(np.array([_mean(values) for values in lists]))
        why = _not_repeats(lists)
        if not why:
            return VerdictValues(np.array([_mean(values) for values in lists]), _padded(lists))
        how = _usual(column.path, cells, lists)
    steps = step_values(lists, column.spelled, how, lower_is_better=lower_is_better)
    said = steps.said if not why else f"{why}; {steps.said}"
    return VerdictValues(steps.score, said=said, aggregate=how, steps=steps.by_aggregate)


def _usual(name: str, cells: Sequence[Any], lists: Sequence[Sequence[float]]) -> str:
    """Steps of solutions count by the worst of them; tests, criteria (as many in each row) and tokens by their mean."""
    longest = max(map(len, lists), default=0)
    if longest > MOST or all(len(values) in (0, longest) for values in lists):
        return "mean"
    marks = any(isinstance(value, str) for cell in cells for value in cell or [])
    if marks or STEPS.search(name.lower()):
        return "min"
    return "mean" if {value for values in lists for value in values if value == value} <= {0.0, 1.0} else "min"


def direction_said(verdicts: Sequence[ColumnRef], lower_is_better: bool) -> Iterator[str]:
    """Which way the verdict counts, where that was asked for or its column's name lets one doubt it."""
    if not verdicts:
        return
    column = verdicts[0]
    if lower_is_better:
        yield f"lower is better: low values of {column.spelled} are good"
    elif not column.sign and LOWER.intersection(re.split(r"[^a-z]+", column.path.lower())):
        yield f"higher values of {column.path} count as better; if lower is better, give --lower-is-better"


def _unreadable(column: ColumnRef, held: Sequence[Any], value: Any, name: str) -> DataError:
    kinds = Counter(str(cell) if not isinstance(cell, list | dict) else type(cell).__name__ for cell in held)
    if any(isinstance(item, list) for cell in held if isinstance(cell, list) for item in cell):
        return DataError(
            f"{name}: the verdict {column.spelled} holds lists of lists, such as several scorings of the steps. "
            "Allowed: one list a row. Make one score of each scoring's steps (their least, say), which leaves a list "
            "of repeated scorings; or give each scoring a column of its own, with --judge-column for each."
        )
    shown = ", ".join(f"{kind!r} ({n:,})" for kind, n in kinds.most_common(5)) + (" ..." if len(kinds) > 5 else "")
    return DataError(
        f"{name}: the verdict {column.spelled} holds {short(value)}, which is neither a score nor a class. It "
        f"holds {shown}. Allowed: numbers, true/false, yes/no, correct/incorrect, pass/fail, good/bad, null. Name what "
        f"is accepted with a comparison, such as --judge-column '{column.path}=={kinds.most_common(1)[0][0]}'."
    )


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if value == value]
    return sum(known) / len(known) if known else NAN


def _not_repeats(lists: Sequence[Sequence[float]]) -> str:
    """Why these lists are no repeated scorings of their rows; empty where they are."""
    lengths = np.array([len(values) for values in lists if values])
    width = int(lengths.max(initial=0))
    if width < 2:
        return ""
    if (lengths == width).mean() < SAME_LENGTH:
        return "lists of different lengths are read as scores of an answer's steps, not as repeated scorings"
    values = np.array([row for row in lists if len(row) == width])
    values = values[~np.isnan(values).any(1)]
    if len(values) < 20:
        return ""
    apart = values - values.mean(1, keepdims=True)
    total, between = float((apart**2).sum()), len(values) * float((apart.mean(0) ** 2).sum())
    if between <= BY_POSITION * total:
        return ""
    from scipy.special import fdtrc

    rest = max(total - between, 1e-12 * total) / (len(values) - 1)
    if fdtrc(width - 1, (len(values) - 1) * (width - 1), between / rest) > 1e-4:
        return ""
    return (
        f"the place in the list explains {between / total:.0%} of how scores differ, so lists are read as scores "
        "of steps or criteria, not as repeated scorings"
    )


def _padded(lists: Sequence[Sequence[float]]) -> Values | None:
    width = max(map(len, lists), default=0)
    if not 2 <= width <= MOST:
        return None
    return np.array([[*values, *([NAN] * (width - len(values)))] for values in lists])
