"""A verdict's column as numbers: one score a row, or several scorings of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from openloop.auditing.facts import Values
from openloop.auditing.values import NAN, Column, Unreadable, bits, number, numbers, position, short
from openloop.errors import DataError

MOST = 64
"""A longer list is no repeated scoring (a reward for each token, say): only its mean counts."""


def judged(column: Column, cells: Sequence[Any], name: str, *, pairwise: bool = False) -> tuple[Values, Values | None]:
    """A verdict's column as one number a row, and its repeats where each cell lists several."""
    held = [cell for cell in cells if cell is not None]
    try:
        if held and all(map(bits, held)) and max(map(len, held)) > 3:
            # A text of 0 and 1, one per test: the share that passed.
            return np.array([cell.count("1") / len(cell) if cell else NAN for cell in cells]), None
        if held and all(isinstance(cell, list) for cell in held):
            lists = [numbers(cell or []) for cell in cells]
            score = np.array([_mean(values) for values in lists])
            flags = all(isinstance(value, bool) for cell in held for value in cell)
            return score, None if flags else _padded(lists)
        read = position if pairwise else number
        return np.array([read(cell) for cell in cells]), None
    except Unreadable as error:
        return _refuse(column, held, error.args[0], name)


def _refuse(column: Column, held: Sequence[Any], value: Any, name: str) -> tuple[Values, Values | None]:
    kinds = Counter(str(cell) if not isinstance(cell, list | dict) else type(cell).__name__ for cell in held)
    shown = ", ".join(f"{kind!r} ({n:,})" for kind, n in kinds.most_common(5)) + (" ..." if len(kinds) > 5 else "")
    raise DataError(
        f"{name}: the verdict {column.spelled} holds {short(value)}, which is no score and no class. It "
        f"holds {shown}. Allowed: numbers, true/false, yes/no, correct/incorrect, pass/fail, good/bad, null. Name what "
        f"is accepted with a comparison, such as --judge-column '{column.path}=={kinds.most_common(1)[0][0]}'."
    ) from None


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if value == value]
    return sum(known) / len(known) if known else NAN


def _padded(lists: Sequence[Sequence[float]]) -> Values | None:
    width = max(map(len, lists), default=0)
    if not 2 <= width <= MOST:
        return None
    return np.array([[*values, *([NAN] * (width - len(values)))] for values in lists])
