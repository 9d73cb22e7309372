"""What the columns of a table hold, and whether each holds one type."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from openloop.data.table import Table
from openloop.errors import DataError, nearest

_KINDS: dict[type, str] = {
    str: "text",
    bool: "true/false",
    int: "number",
    float: "number",
    list: "list",
    tuple: "list",
    dict: "object",
}

Columns = Mapping[str, str]
"""Column → what it holds: text, number, true/false, list, object, or null where every value is null."""


def kinds_of(rows: Iterable[Mapping[str, Any]]) -> Columns:
    """The kind of every column of rows that need not hold one type a column: ``mixed`` or ``other`` where not."""
    # One signature per distinct (columns, types), in order: a file has few, so the loop over rows stays cheap.
    signatures: dict[tuple[Any, ...], None] = dict.fromkeys((*row, *map(type, row.values())) for row in rows)
    kinds: dict[str, set[str]] = {}
    for signature in signatures:
        middle = len(signature) // 2
        for column, kind in zip(signature[:middle], signature[middle:], strict=True):
            held = kinds.setdefault(str(column), set())
            if kind is not type(None):
                held.add(_KINDS.get(kind, "other"))
    return {c: "null" if not held else next(iter(held)) if len(held) == 1 else "mixed" for c, held in kinds.items()}


def columns_of(table: Table) -> Columns:
    """The kind of every column.

    Raises DataError when a column mixes kinds (null aside; whole and decimal numbers are one kind), holds
    something that is no JSON value, or an infinite number.
    """
    # One signature per distinct (columns, types): a file has few, so the loop over rows stays cheap.
    signatures: dict[tuple[Any, ...], int] = {}
    for index, row in enumerate(table.rows):
        signatures.setdefault((*row, *map(type, row.values())), index)
    first: dict[str, dict[str, int]] = {}
    floats: set[str] = set()
    for signature, index in signatures.items():
        middle = len(signature) // 2
        for column, kind in zip(signature[:middle], signature[middle:], strict=True):
            if not isinstance(column, str):
                raise DataError(f"{table.where(index)}: column name {column!r} is not text. Name columns by text.")
            seen = first.setdefault(column, {})
            if kind is type(None):
                continue
            if kind not in _KINDS:
                raise DataError(
                    f"{table.where(index)}: column {column!r} holds a {kind.__module__}.{kind.__qualname__}. "
                    "Allowed: text, numbers, true/false, null, lists, objects. Convert it first."
                )
            if kind is float:
                floats.add(column)
            seen[_KINDS[kind]] = min(index, seen.get(_KINDS[kind], index))
    for column in floats:
        _check_finite(table, column)
    return {column: _one(table, column, kinds) for column, kinds in first.items()}


def _one(table: Table, column: str, kinds: Mapping[str, int]) -> str:
    if len(kinds) < 2:
        return next(iter(kinds), "null")
    places = " and ".join(
        f"{kind} (first at {table.spot(index)})" for kind, index in sorted(kinds.items(), key=lambda at: at[1])
    )
    rule = "one type a column, null aside"
    if set(kinds) == {"text", "list"} and column in ("prompt", "completion"):
        rule += "; prompts and completions are all text or all chat messages, one kind a run"
    raise DataError(f"{table.name}: column {column!r} mixes {places}. Allowed: {rule}. Convert it, or split the file.")


def _check_finite(table: Table, column: str) -> None:
    for index, row in enumerate(table.rows):
        value = row.get(column)
        if type(value) is float and not math.isfinite(value):
            raise DataError(
                f"{table.where(index)}: column {column!r} holds {value}. Allowed: finite numbers or null. "
                "Write null where there is no number."
            )


def check_needed(table: Table, rows: Sequence[Mapping[str, Any]], need: Iterable[str], used: set[str]) -> None:
    """Raise DataError unless every row holds a value in every needed column."""
    have: set[str] = set().union(*(set(row) for row in rows))
    for column in need:
        lacking = [index for index, row in enumerate(rows) if row.get(column) is None]
        if not lacking:
            continue
        if column not in have:
            became = "; it became part of the prompt or completion" if column in used else ""
            raise DataError(
                f"{table.name}: no column {column!r}, which is needed{became}. It has: "
                f"{', '.join(sorted(have))}; {nearest(column, have)}"
            )
        raise DataError(
            f"{table.where(lacking[0])}: the needed column {column!r} has no value here, and in "
            f"{len(lacking):,} of {len(rows):,} rows. Fill it in, or leave those rows out."
        )
