"""A verdict's column as numbers: one score a row, or several scorings of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.data.column_ref import ColumnRef
from openloop.data.gold import NAN, Unreadable, is_test_results, number, position, short
from openloop.errors import DataError

LOWER = {
    *("nll", "loss", "perplexity", "ppl", "surprisal", "distance", "dist", "toxicity", "rank"),
    *("error", "errors", "wer", "cer", "mse", "rmse", "mae"),
}
"""Words in the name of a column of which low values are usually good."""
MOST = 64
"""A longer list is not taken for repeated scorings (but for a reward per token, say): only its mean counts."""


def verdict_values(
    column: ColumnRef, cells: Sequence[Any], name: str, *, pairwise: bool = False
) -> tuple[Values, Values | None]:
    """One number a row, shape [N], and shape [N, R] of repeated scorings where each cell lists several.

    Raises DataError for a cell that is neither a score nor a class; ``name`` is how errors call the file.
    """
    held = [cell for cell in cells if cell is not None]
    try:
        if held and all(map(is_test_results, held)) and max(map(len, held)) > 3:
            # A text of 0 and 1, one per test: the share that passed.
            return np.array([cell.count("1") / len(cell) if cell else NAN for cell in cells]), None
        if held and all(isinstance(cell, list) for cell in held):
            lists = [[number(value) for value in cell or []] for cell in cells]
            score = np.array([_mean(values) for values in lists])
            flags = all(isinstance(value, bool) for cell in held for value in cell)
            return score, None if flags else _padded(lists)
        read = position if pairwise else number
        return np.array([read(cell) for cell in cells]), None
    except Unreadable as error:
        raise _unreadable(column, held, error.args[0], name) from None


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
    shown = ", ".join(f"{kind!r} ({n:,})" for kind, n in kinds.most_common(5)) + (" ..." if len(kinds) > 5 else "")
    return DataError(
        f"{name}: the verdict {column.spelled} holds {short(value)}, which is neither a score nor a class. It "
        f"holds {shown}. Allowed: numbers, true/false, yes/no, correct/incorrect, pass/fail, good/bad, null. Name what "
        f"is accepted with a comparison, such as --judge-column '{column.path}=={kinds.most_common(1)[0][0]}'."
    )


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if value == value]
    return sum(known) / len(known) if known else NAN


def _padded(lists: Sequence[Sequence[float]]) -> Values | None:
    width = max(map(len, lists), default=0)
    if not 2 <= width <= MOST:
        return None
    return np.array([[*values, *([NAN] * (width - len(values)))] for values in lists])
