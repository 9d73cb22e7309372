"""What a cell of a gold or verdict column says: a class, a score, or nothing.

    good / accepted   true, 1, yes, y, correct, right, good, pass, passed, accept, accepted, ok, valid
    bad / rejected    false, 0, no, n, incorrect, wrong, bad, fail, failed, reject, rejected, invalid
    pairwise          A, first, B, second (which position wins), C, tie, draw, equal; also as [[A]]
    nothing           null, NaN, an empty text, none, nan, n/a, na, unknown, abstain, abstained, unscored, ?

Case and surrounding blanks do not matter. Anything else in a gold column is refused, never guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NAN = math.nan
_YES = "true 1 1.0 yes y correct right good pass passed accept accepted ok valid"
_NO = "false 0 0.0 no n incorrect wrong bad fail failed reject rejected invalid"
_NOTHING = "none null nan n/a na unknown abstain abstained unscored ? -"
CLASSES: Mapping[str, float] = (
    dict.fromkeys(_YES.split(), 1.0)
    | dict.fromkeys(_NO.split(), 0.0)
    | dict.fromkeys(_NOTHING.split(), NAN)
    | {"": NAN}
)
_POSITIONS = {
    "a": 1.0,
    "first": 1.0,
    "b": 0.0,
    "second": 0.0,
    "c": 0.5,
    "tie": 0.5,
    "draw": 0.5,
    "equal": 0.5,
}
_COMPARE = re.compile(r"^(?P<column>.+?)\s*(?P<sign>>=|<=|==|!=|>|<)\s*(?P<bound>.+)$")


class Unreadable(ValueError):
    """A cell that is no class and no number."""


def two_class(value: Any) -> float:
    """1, 0, or NaN for nothing. Raises Unreadable."""
    if value is None:
        return NAN
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        number = _float(value)
        if number in (0.0, 1.0) or math.isnan(number):
            return number
        raise Unreadable(value)
    if isinstance(value, str):
        found = CLASSES.get(value.strip().lower())
        if found is not None:
            return found
    raise Unreadable(value)


def number(value: Any) -> float:
    """A score, or NaN for nothing; classes count as 1 and 0. Raises Unreadable."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = _float(value)
        return found if math.isfinite(found) else NAN
    try:
        return two_class(value)
    except Unreadable:
        if isinstance(value, str):
            try:
                found = float(value)
            except ValueError:
                raise Unreadable(value) from None
            return found if math.isfinite(found) else NAN
        raise


def _float(value: int | float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise Unreadable(value) from None


def position(value: Any) -> float:
    """Which position wins a pairwise comparison: 1 the first (A), 0 the second (B), .5 a tie. Raises Unreadable."""
    if isinstance(value, str):
        found = _POSITIONS.get(value.strip().lower().strip("[]"))
        if found is not None:
            return found
    return number(value)


def numbers(values: Iterable[Any]) -> list[float]:
    """A list of scores."""
    return [number(value) for value in values]


def bits(value: Any) -> bool:
    """Whether a cell is a text of zeros and ones, one per test, or empty."""
    return isinstance(value, str) and not value.strip("01")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as somebody named it: ``score``, ``preference.gpt4`` (inside an object) or ``factuality>=1``."""

    path: str
    sign: str = ""
    bound: str = ""

    @property
    def spelled(self) -> str:
        return f"{self.path}{self.sign}{self.bound}"

    def cell(self, row: Mapping[str, Any]) -> Any:
        """What the row holds there (None where it holds nothing), compared if the column is a comparison."""
        held = look_up(row, self.path)
        if not self.sign or held is None or (isinstance(held, float) and math.isnan(held)):
            return held
        if self.sign in ("==", "!="):
            same = str(held).strip().lower() == self.bound.lower() or _same_number(held, self.bound)
            return same if self.sign == "==" else not same
        value, bound = number(held), float(self.bound)
        if math.isnan(value):
            return None
        return {">=": value >= bound, "<=": value <= bound, ">": value > bound, "<": value < bound}[self.sign]


def parse_column(text: str, known: Iterable[str]) -> Column:
    """A column name or a comparison; a name that exists as it stands is taken as it stands."""
    if text in set(known):
        return Column(text)
    found = _COMPARE.match(text)
    if found is None:
        return Column(text)
    sign, bound = found["sign"], found["bound"]
    if sign not in ("==", "!="):
        float(bound)  # ValueError: the caller says which option it was
    return Column(found["column"], sign, bound)


def look_up(row: Mapping[str, Any], path: str) -> Any:
    """The value at a column, or at a dotted path into objects."""
    if path in row:
        return row[path]
    head, dot, rest = path.partition(".")
    inside = row.get(head) if dot else None
    return look_up(inside, rest) if isinstance(inside, Mapping) else None


def text_of(value: Any) -> str:
    """A prompt or completion as one text; the turns of a chat on lines of their own."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(
            str(turn.get("content", turn.get("value", ""))) if isinstance(turn, Mapping) else str(turn)
            for turn in value
        )
    return str(value)


def _same_number(held: Any, bound: str) -> bool:
    try:
        return not isinstance(held, bool) and float(held) == float(bound)
    except (TypeError, ValueError):
        return False


def short(value: Any) -> str:
    """A value as an error shows it."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
