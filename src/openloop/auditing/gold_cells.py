"""Gold as the audit reads it: good or bad, or a number for which a threshold may be named."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.auditing.inputs import Row
from openloop.data.column_ref import ColumnRef
from openloop.data.gold import NAN, Unreadable, compared, number, two_class


@dataclass
class GoldCells:
    """Takes in rows with :meth:`add`. Numbers other than 0 and 1 make gold a score: what is good is then not known."""

    column: ColumnRef | None
    sides: array[float] = field(default_factory=lambda: array("d"))
    numbers: array[float] = field(default_factory=lambda: array("d"))
    odd: tuple[int, Any] | None = None
    """Row and value of the first number other than 0 and 1, with nothing that says from which on a row is good."""
    has_words: bool = False
    """Whether a cell says good or bad in a word (or true, false): beside those a number is a mistake."""

    def add(self, row: Row) -> None:
        """Take in one row. Raises Unreadable for a cell that is neither a class nor a number."""
        column = self.column
        held = None if column is None else column.look_up(row)
        if column is None or held is None:
            self.sides.append(NAN)
            self.numbers.append(NAN)
            return
        if column.sign:
            self.sides.append(two_class(compared(column, held)))
            self.numbers.append(self._number(held))
            return
        try:
            side = two_class(held)
            self.has_words |= side == side and not _is_digit(held)
        except Unreadable:
            number(held)
            self.odd = self.odd or (len(self.sides), held)
            side = NAN
        self.sides.append(side)
        self.numbers.append(number(held))

    @property
    def is_score(self) -> bool:
        """Whether gold is a number, and not good or bad."""
        return self.odd is not None

    def stray(self) -> tuple[int, Any] | None:
        """Row (from 0) and value of a number among words that say good or bad; None where there is none."""
        return self.odd if self.has_words else None

    def gold(self) -> Values:
        """Shape [N]: 1 good, 0 bad, NaN unknown; all unknown where gold is a score without a threshold."""
        return np.full(len(self.sides), NAN) if self.is_score else np.array(self.sides)

    def score(self) -> Values | None:
        """Shape [N]: gold as a number, the higher the better; None where it says only good or bad."""
        values = np.array(self.numbers)
        compared_numbers = self.column is not None and self.column.sign in (">=", ">", "<=", "<")
        if not (self.is_score or (compared_numbers and len(np.unique(values[~np.isnan(values)])) > 2)):
            return None
        return 0.0 - values if self.column is not None and self.column.sign.startswith("<") else values

    def _number(self, held: Any) -> float:
        try:
            return number(held)
        except Unreadable:
            return NAN


def _is_digit(held: Any) -> bool:
    """Whether a class is written as 0 or 1, which may also be scores."""
    return not isinstance(held, bool) and str(held).strip() in ("0", "1", "0.0", "1.0")
