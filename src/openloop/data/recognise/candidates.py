"""Columns that may be gold, the verdict, the source model, ... by their names and by what they hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openloop.data.column_ref import ColumnRef
from openloop.data.columns import Columns
from openloop.data.gold import all_readable, is_test_results, number, two_class
from openloop.data.recognise.names import (
    GOLD,
    GOLD_SCORES,
    LABELS,
    PEOPLE,
    RATED,
    VERDICTS,
    WHO_RATED,
    first_named,
    is_named,
    looks_like_models,
    named_alike,
)
from openloop.data.step_cells import are_step_lists

Row = Mapping[str, Any]


def may_be_gold(columns: Columns, rows: Sequence[Row], taken: set[str]) -> list[str]:
    """Columns that are named like gold and hold two classes, the likeliest first: those of its kind of name."""

    def holds_two_classes(column: str) -> bool:
        return not is_named(column, WHO_RATED) and all_readable([row.get(column) for row in rows], two_class)

    found = list(named_alike(GOLD, columns, taken, holds_two_classes))
    if found:
        return [column for place, column in found if place == found[0][0]]
    # A column that is named like gold but holds other classes is not passed over: reading it says what to do.
    other = first_named(GOLD[:2], columns, taken, lambda c: columns[c] == "number" or _few_names(c, rows))
    other = other or first_named(GOLD_SCORES, columns, taken, lambda c: holds_numbers(c, rows))
    return [other] if other else []


def human_scores(columns: Columns, rows: Sequence[Row], taken: set[str]) -> tuple[str, ...]:
    """Scores and labels of other than two classes that people gave.

    Told by the column's name, or by a column beside it that says who gave them.
    """
    rated = any(is_named(column, WHO_RATED) and kind != "null" for column, kind in columns.items())
    names = (PEOPLE, *GOLD_SCORES, *((RATED,) if rated else ()))
    free = [c for c in columns if c not in taken and not is_named(c, WHO_RATED) and is_named(c, *names)]
    held = [c for c in free if holds_numbers(c, rows) or (is_named(c, LABELS) and _few_names(c, rows))]
    return tuple(c for c in held if not all_readable([row.get(c) for row in rows], two_class))


def may_be_verdict(columns: Columns, rows: Sequence[Row], taken: set[str]) -> list[str]:
    """Columns that are named like a verdict and hold scores, the likeliest first: those of its kind of name."""
    people = {column for column in columns if is_named(column, PEOPLE)}
    found = list(named_alike(VERDICTS, columns, taken | people, _holds_scores(rows)))
    found = found or list(named_alike(VERDICTS, columns, taken | people, lambda c: _few_names(c, rows)))[:1]
    return [column for place, column in found if place == found[0][0]]


def judges_of(column: str, columns: Columns, rows: Sequence[Row], taken: set[str]) -> tuple[ColumnRef, ...]:
    """The verifier's column; of an object of judges, the one that judged most rows and the others."""
    if columns[column] != "object":
        return (ColumnRef(column),)
    held: dict[str, int] = {}
    for row in rows:
        for key in row.get(column) or {}:
            held[str(key)] = held.get(str(key), 0) + 1
    paths = (f"{column}.{key}" for key in sorted(held, key=lambda k: (-held[k], k)))
    return tuple(ColumnRef(path) for path in paths if path not in taken)  # one of them may be gold


def names_models(column: str, rows: Sequence[Row]) -> bool:
    """Whether a column names the model that wrote a row; ``source`` may as well be a topic: its values decide."""
    return not is_named(column, "source") or looks_like_models(row.get(column) for row in rows)


def _holds_scores(rows: Sequence[Row]) -> Callable[[str], bool]:
    def holds(column: str) -> bool:
        values: list[Any] = [row.get(column) for row in rows if row.get(column) is not None]
        if values and all(map(is_test_results, values)):
            return True
        if values and all(isinstance(value, list) for value in values):
            return are_step_lists(values)
        if values and all(isinstance(value, Mapping) for value in values):
            return all(all_readable(list(value.values()), number) for value in values if value)
        return all_readable(values, number)

    return holds


def holds_numbers(column: str, rows: Sequence[Row]) -> bool:
    """Whether a column holds numbers, in a CSV file as texts."""
    values = [row.get(column) for row in rows]
    return not any(isinstance(value, bool | list | Mapping) for value in values) and all_readable(values, number)


def _few_names(column: str, rows: Sequence[Row]) -> bool:
    """Whether a column holds a few short names."""
    values = [row[column] for row in rows if row.get(column) is not None]
    held = {str(value) for value in values if not isinstance(value, list | Mapping)}
    return len(held) == len({*map(str, values)}) and 0 < len(held) <= 12 and all(len(name) <= 30 for name in held)
