"""What a cell says about two responses: which one is preferred, and by how much.

    the first     A, [[A]], first, true, yes, A>B, A>>B, response_a, model_a, chosen, the first model's own name
    the second    B, [[B]], second, false, no, B>A, B>>A, response_b, model_b, rejected, the second model's own name
    a tie         C, tie, draw, equal, both, neither, A=B, tie (bothbad)
    nothing       null, an empty text, and what :mod:`.gold` takes for nothing

Numbers are read by the range of their column: 0 to 1 is the share of the preference that the first one has (1 the
first, .5 a tie); 1 to 2 is AlpacaEval's scale (1 the first, 1.5 or 0 a tie, 2 the second); with negative ones it is a
margin, positive for the first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from openloop.data.gold import NAN, Unreadable, number

Scale = Literal["names", "share", "one to two", "margin"]
SAID = {
    "names": "",
    "share": "1 is {first}, 0 is {second}",
    "one to two": "1 is {first}, 2 is {second}, 1.5 and 0 are ties",
    "margin": "positive is {first}, negative {second}",
}
"""How the numbers of a column were read, for people."""
_TIES = {"c", "tie", "tied", "draw", "equal", "same", "both", "neither", "none is better", "tie (bothbad)", "bothbad"}
_FIRST, _SECOND = {"a", "first"}, {"b", "second"}
_WORDS = {"true", "false", "yes", "no"}
"""Beside numbers; whether a response is *good* or *valid* says nothing of two."""
_GRADED = re.compile(r"([ab])\s*(>{1,3}|<{1,3}|=)\s*([ab])")


@dataclass(frozen=True, slots=True)
class Names:
    """How cells may name the two responses of a row, lower case: their columns, ``model_a``, the models' own names."""

    first: Collection[str]
    second: Collection[str]


@dataclass(frozen=True, slots=True)
class Preference:
    """One reading of a cell."""

    margin: float
    """Above 0 for the first, below for the second, 0 for a tie, NaN for nothing; ±1 where no strength is given."""
    by_name: bool = False
    """Whether the cell names a response and not a position (A, first, 1), which changes with the order shown."""

    @property
    def win(self) -> float:
        """1 the first, 0 the second, .5 a tie, NaN nothing."""
        return win_of(self.margin)


def win_of(margin: float) -> float:
    """1 for a positive margin, 0 for a negative one, .5 for none, NaN for nothing."""
    return NAN if math.isnan(margin) else 0.5 if margin == 0 else float(margin > 0)


def read_preference(cell: Any, scale: Scale, names: Names, *, turned: bool = False) -> Preference:
    """What a cell says; ``turned`` where low numbers speak for the first. Raises Unreadable."""
    if isinstance(cell, str):
        found = _named(cell.strip().lower(), names)
        if found is not None:
            return found
    value = _number(cell)
    if math.isnan(value):
        return Preference(NAN)
    if scale == "one to two":
        if value != 0 and not 1 <= value <= 2:
            raise Unreadable(cell)
        margin = 0.0 if value == 0 else 3 - 2 * value
    elif scale == "margin":
        margin = value
    else:
        if not 0 <= value <= 1:
            raise Unreadable(cell)
        margin = 2 * value - 1
    return Preference(0.0 - margin if turned else margin)


def scale_of(cells: Iterable[Any], names: Names) -> Scale | None:
    """How the numbers of a column are to be read; None where a cell says nothing of two responses, or all are empty."""
    numbers: list[float] = []
    said = False
    for cell in cells:
        if isinstance(cell, str) and _named(cell.strip().lower(), names) is not None:
            said = True
            continue
        try:
            value = _number(cell)
        except Unreadable:
            return None
        if not math.isnan(value):
            numbers.append(value)
    if not numbers:
        return "names" if said else None
    if min(numbers) < 0:
        return "margin"
    if max(numbers) <= 1:
        return "share"
    return "one to two" if max(numbers) <= 2 and all(value == 0 or value >= 1 for value in numbers) else None


def _number(cell: Any) -> float:
    value = number(cell)
    if isinstance(cell, str) and not math.isnan(value) and cell.strip().lower() not in _WORDS:
        try:
            float(cell)
        except ValueError:
            raise Unreadable(cell) from None
    return value


def _named(cell: str, names: Names) -> Preference | None:
    if cell in names.first or cell in names.second:
        return (
            None if cell in names.first and cell in names.second else Preference(2.0 * (cell in names.first) - 1, True)
        )
    word = cell.strip("[]() .")
    if word in _FIRST or word in _SECOND:
        return Preference(1.0 if word in _FIRST else -1.0)
    if cell in _TIES or word in _TIES:
        return Preference(0.0)
    graded = _GRADED.fullmatch(word)
    if graded is None or graded[1] == graded[3]:
        return None
    if graded[2] == "=":
        return Preference(0.0)
    for_first = (graded[1] == "a") == (graded[2][0] == ">")
    return Preference(float(len(graded[2])) * (1 if for_first else -1))
