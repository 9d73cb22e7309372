"""The score of one step of an answer, as lists of step scores hold it: a number, a class, a mark, or an object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from openloop.data.gold import NAN, Unreadable, number

MARKS = {"+": 1.0, "-": 0.0}
"""How Math-Shepherd marks good and bad steps."""
NAMES = ("score", "rating", "reward", "label", "value", "prob", "probability", "correct", "is_correct")
"""What the score is called where a step is an object."""


def step_lists(cells: Sequence[Sequence[Any] | None]) -> list[list[float]]:
    """The numbers of each row's list, NaN for a step without one; [] for no list. Raises Unreadable."""
    lists = [list(cell or []) for cell in cells]
    held = {value for values in lists for value in values if isinstance(value, str)}
    if held and held <= MARKS.keys():  # elsewhere "-" stands for nothing
        return [[NAN if value is None else MARKS.get(value, NAN) for value in values] for values in lists]
    return [[number(_of_step(value)) for value in values] for values in lists]


def are_step_lists(cells: Sequence[Any]) -> bool:
    """Whether the cells are lists of scores, some of them known."""
    if not cells or not all(isinstance(cell, list) for cell in cells):
        return False
    try:
        return any(score == score for scores in step_lists(cells) for score in scores)
    except Unreadable:
        return False


def _of_step(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    for name in NAMES:
        if name in value:
            return value[name]
    raise Unreadable(value)
