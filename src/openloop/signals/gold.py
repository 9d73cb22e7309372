"""The gold answers that a signal compares with."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openloop.records import Row, Verdict
from openloop.verdicts import error


def golds_of(row: Row, column: str) -> Sequence[str] | Verdict:
    """Every accepted answer of a row as text: one, or those of a list; else the ERROR of a row to compare nothing with.

    A list that is empty (``no_gold``), or holds something blank or nested, is an ERROR as a whole.
    """
    gold = row.get(column)
    if type(gold) is str and gold and not gold.isspace():
        return (gold,)
    if not isinstance(gold, list | tuple):
        found = gold_of(row, column)
        return found if isinstance(found, Verdict) else (found,)
    if not gold:
        return error("no_gold", f"{column!r} is an empty list")
    golds = []
    for number, one in enumerate(gold, 1):
        found = gold_of({column: one}, column)
        if isinstance(found, Verdict):
            return error(found.reason, f"entry {number} of {len(gold)} in {column!r} is {one!r:.40}")
        golds.append(found)
    return golds


def first_match(golds: Sequence[str], matches: Callable[[str], bool]) -> Verdict:
    """1 where any accepted answer matches, 0 where none does. Of several, the reason says which."""
    for number, gold in enumerate(golds, 1):
        if matches(gold):
            return Verdict(1.0, reason="" if len(golds) == 1 else matched(golds, number))
    return Verdict(0.0)


def matched(golds: Sequence[str], number: int, what: str = "accepted answer") -> str:
    """Which of several answers it was, counted from 1, in words."""
    return f"{what} {number} of {len(golds)}: {golds[number - 1]:.60}"


def gold_of(row: Row, column: str) -> str | Verdict:
    """The gold of a row as text, or the ERROR of a row that has none to compare with."""
    gold: Any = row.get(column)
    if isinstance(gold, str):
        if gold and not gold.isspace():
            return gold
    elif isinstance(gold, Mapping | list | tuple | set | bytes):
        return error("gold_not_text", f"{column!r} is a {type(gold).__name__}")
    elif gold is not None and not (isinstance(gold, float) and math.isnan(gold)):
        return str(gold)
    if column in row:
        return error("no_gold", f"{column!r} is {'NaN' if isinstance(gold, float) else repr(gold)[:20]}")
    return error("no_gold", f"the row has no {column!r}; it has: {', '.join(map(str, row)) or 'no columns'}")
