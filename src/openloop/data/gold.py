"""What a cell of a gold or verdict column says: good or bad, a score, or nothing. Every verb reads cells through here.

    good / accepted   true, 1, yes, y, correct, right, good, pass, passed, accept, accepted, ok, valid, 👍
    bad / rejected    false, 0, no, n, incorrect, wrong, bad, fail, failed, reject, rejected, invalid, 👎
    pairwise          A, first, B, second (which position wins), C, tie, draw, equal; also as [[A]]
    nothing           null, NaN, an empty text, none, nan, n/a, na, unknown, abstain, abstained, unscored, ?

    score             a number, also as a text: 0.93, 4/5 (read as 0.8), 85% (read as 0.85), 0,93 (a decimal comma)

Case and surrounding blanks do not matter. Anything else in a gold column is an error, never a guess.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from openloop.data.column_ref import ColumnRef
from openloop.errors import DataError

NAN = math.nan
_YES = "true 1 1.0 yes y correct right good pass passed accept accepted ok valid 👍"
_NO = "false 0 0.0 no n incorrect wrong bad fail failed reject rejected invalid 👎"
_NOTHING = "none null nan n/a na unknown abstain abstained unscored ? -"
_CLASSES: Mapping[str, float] = {
    **dict.fromkeys(_YES.split(), 1.0),
    **dict.fromkeys(_NO.split(), 0.0),
    **dict.fromkeys(["", *_NOTHING.split()], NAN),
}
_POSITIONS = {
    **dict.fromkeys(("a", "first"), 1.0),
    **dict.fromkeys(("b", "second"), 0.0),
    **dict.fromkeys(("c", "tie", "draw", "equal"), 0.5),
}
_FRACTION = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\s*")
_PERCENT = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*%\s*")
_DECIMAL_COMMA = re.compile(r"\s*(-?(?:0,\d+|\d+,\d{1,2}|\d+,\d{4,}))\s*")
"""A comma that cannot stand between thousands: ``1,234`` is not read."""
_REFERENCE = re.compile(r"(.*\.)?(gold|((.*_)?(answer|reference|solution|target|ground_?truth)s?))", re.IGNORECASE)
"""Columns whose name may as well mean the right answer as a label."""


class Unreadable(ValueError):
    """A cell that is neither a class nor a number."""


def two_class(value: Any) -> float:
    """1 for good, 0 for bad, NaN for nothing. Raises Unreadable."""
    if value is None:
        return NAN
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        found = _float(value)
        if found in (0.0, 1.0) or math.isnan(found):
            return found
        raise Unreadable(value)
    if isinstance(value, str):
        known = _CLASSES.get(value.strip().lower())
        if known is not None:
            return known
    raise Unreadable(value)


def number(value: Any) -> float:
    """A score, or NaN for nothing; classes count as 1 and 0. Raises Unreadable."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = _float(value)
        return found if math.isfinite(found) else NAN
    try:
        return two_class(value)
    except Unreadable:
        if not isinstance(value, str):
            raise
        found = _written(value)
        return found if math.isfinite(found) else NAN


def _written(text: str) -> float:
    """A number that is written as a text. Raises Unreadable."""
    try:
        if fraction := _FRACTION.fullmatch(text):
            return float(fraction[1]) / float(fraction[2])
        if percent := _PERCENT.fullmatch(text):
            return float(percent[1]) / 100
        if comma := _DECIMAL_COMMA.fullmatch(text):
            return float(comma[1].replace(",", "."))
        return float(text)
    except (ValueError, ZeroDivisionError):
        raise Unreadable(text) from None


def position(value: Any) -> float:
    """Which position wins a pairwise comparison: 1 the first (A), 0 the second (B), .5 a tie. Raises Unreadable."""
    if isinstance(value, str):
        found = _POSITIONS.get(value.strip().lower().strip("[]"))
        if found is not None:
            return found
    return number(value)


def is_test_results(value: Any) -> bool:
    """Whether a cell is a text of zeros and ones, one per test, or empty."""
    return isinstance(value, str) and not value.strip("01")


def all_readable(values: Iterable[Any], read: Callable[[Any], float]) -> bool:
    """Whether every cell can be read, and at least one says something."""
    try:
        found = [read(value) for value in values if value is not None]
    except Unreadable:
        return False
    return any(not math.isnan(value) for value in found)


def read_cell(column: ColumnRef, row: Mapping[str, Any], where: str, read: Callable[[Any], float]) -> float:
    """The cell of a row, read by one of the functions above. Raises DataError that names the place ``where``."""
    try:
        return read(cell(column, row))
    except Unreadable as error:
        raise unreadable(column, error.args[0], where) from None


def cell(column: ColumnRef, row: Mapping[str, Any]) -> Any:
    """What a row holds in the column (None for nothing), compared if the column is a comparison. Raises Unreadable."""
    return compared(column, column.look_up(row))


def compared(column: ColumnRef, held: Any) -> Any:
    """A value as the column's comparison makes it true or false; itself where there is none. Raises Unreadable."""
    if not column.sign or held is None or (isinstance(held, float) and math.isnan(held)):
        return held
    if column.sign in ("==", "!="):
        same = str(held).strip().lower() == column.bound.lower() or _same_number(held, column.bound)
        return same if column.sign == "==" else not same
    value, bound = number(held), float(column.bound)
    if math.isnan(value):
        return None
    return {">=": value >= bound, "<=": value <= bound, ">": value > bound, "<": value < bound}[column.sign]


def unreadable(column: ColumnRef, value: Any, where: str) -> DataError:
    """The error for a cell that is neither good nor bad."""
    return DataError(
        f"{where}: {column.spelled} is {short(value)}, which is neither good nor bad. Allowed: true/false, 1/0, "
        "yes/no, correct/incorrect, pass/fail, accept/reject, good/bad, or nothing (null). For other values name a "
        f"comparison that says what is good, such as {_comparisons(column.path, value)}."
        f"{reference_hint(column.path)}"
    )


def reference_hint(path: str) -> str:
    """What to do with a column that may hold the right answers, by its name; empty for other columns."""
    if not _REFERENCE.fullmatch(path):
        return ""
    return (
        f" If {path} holds the right answers and no labels, compare the completions with it: "
        f"openloop score FILE --signal exact:{path} (or math:{path})."
    )


def _comparisons(path: str, value: Any) -> str:
    word = value.strip() if isinstance(value, str) else ""
    if not word or len(word) > 30 or "'" in word or "\n" in word:
        word = "done"
    return f"'{path}>=0.5' or '{path}=={word}'"


def short(value: Any) -> str:
    """A value as an error shows it."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise Unreadable(value) from None


def _same_number(held: Any, bound: str) -> bool:
    try:
        return not isinstance(held, bool) and float(held) == float(bound)
    except (TypeError, ValueError):
        return False
