"""Rows with several completions, one object column each: read as one row a completion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from openloop.data.recognise.names import ANSWERS, COMPLETIONS

Row = Mapping[str, Any]


def melted_columns(sample: Sequence[Row], completion: str | None = None) -> tuple[str, ...]:
    """Two object columns or more that hold the same keys, a completion among them; else none."""
    if not sample or (completion and completion in sample[0]):
        return ()
    by_keys: dict[frozenset[str], list[str]] = {}
    for column, value in sample[0].items():
        if isinstance(value, Mapping):
            by_keys.setdefault(frozenset(map(str, value)), []).append(column)
    for keys, columns in by_keys.items():
        if len(columns) > 1 and keys & {*COMPLETIONS, *ANSWERS}:
            return tuple(columns)
    return ()


def melt(rows: Iterable[Row], columns: Sequence[str]) -> Iterator[Row]:
    """One row for each object column: its keys beside the row's other columns, and ``model``, its name."""
    for row in rows:
        rest = {key: value for key, value in row.items() if key not in columns}
        for column in columns:
            held = row.get(column)
            if isinstance(held, Mapping):
                yield {**rest, **held, "model": column}
