"""What is understood of a file, as a report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from openloop.data.file_description import FileDescription
from openloop.data.ordinary_rows import USUAL
from openloop.data.recognise import ColumnUse
from openloop.data.recognise.column_use import IGNORED
from openloop.report.blocks import Block, Column, EmptyLine, Lines, Table
from openloop.report.plain_text import plain

LONGEST = 56
"""Characters of a value that are shown."""
NAME = 20
"""Characters of a column's name that are shown beside it."""
SHOWN = 5
"""Columns of a row that are shown beside the usual ones."""


def file_blocks(found: FileDescription) -> list[Block]:
    """Format and rows, the table of columns, what else is to be known, and the first rows."""
    made = "completions" if found.unit == "rows" else found.unit
    more = f", {found.completions:,} {made}" if found.completions != found.rows or found.unit != "rows" else ""
    title = f"{plain(found.path)}: {found.rows:,} rows{more} ({found.format})"
    blocks: list[Block] = [Lines([title], "bold"), EmptyLine()]
    if found.unclear:
        blocks += [Lines([f"unclear: {plain(found.unclear)}"], "warning"), EmptyLine()]
    blocks += [_columns(found.columns), EmptyLine()]
    if found.said:
        blocks += [Lines([f"- {plain(sentence)}" for sentence in found.said], "dim"), EmptyLine()]
    for place, row in enumerate(found.examples, 1):
        blocks += [*([EmptyLine()] if place > 1 else []), _row(row, place)]
    return blocks


def _columns(uses: Sequence[ColumnUse]) -> Table:
    columns = [
        Column("column", right=False, folds=True, style="bold"),
        Column("taken for", right=False, folds=True),
        Column("because", right=False, folds=True),
        Column("changed by", right=False, folds=True, style="dim"),
    ]
    ordered = sorted(uses, key=lambda use: use.role == IGNORED)
    return Table(columns, [tuple(map(plain, (use.column, use.role, use.why, use.option))) for use in ordered])


def _row(row: Any, place: int) -> Table:
    usual = [name for name in USUAL if name in row]
    others = [name for name in row if name not in usual]
    rows = [(_cut(plain(name), NAME), _shown(row[name])) for name in [*usual, *others[:SHOWN]]]
    if others[SHOWN:]:
        left = len(others) - SHOWN
        rows.append(("", f"and {left:,} more column{'s' if left > 1 else ''}: --json"))
    return Table([Column(f"row {place}", right=False, style="dim"), Column("", right=False, folds=True)], rows)


def _shown(value: Any) -> str:
    """One value on one line, cut."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and "content" in one for one in value):
        value = " / ".join(f"{one.get('role')}: {one['content']}" for one in value)
    text = "(empty)" if value in (None, "") else value if isinstance(value, str) else json.dumps(value, default=str)
    return _cut(plain(" ".join(text.split())), LONGEST)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
