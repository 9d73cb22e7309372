"""Where several columns may be meant and a guess could settle the decision wrongly: what is asked of the user.

What is gold, which answers are judged, and whose yes or no keeps a row decide what an audit says. Where two columns
are as likely by their names, and differ in what they hold, none is guessed. docs/decisions/0013-recognition.md has the
rule.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from openloop.data.gold import all_readable, two_class
from openloop.data.recognise.names import plain_name
from openloop.data.recognise.texts import TextColumns
from openloop.errors import Choice, UnclearColumns

Row = Mapping[str, Any]
SAMPLE = 60
"""Characters of a sample value that is shown."""
EXTRACT = 0.9
"""Share of rows in which one text is part of another, from which on it is taken for an extract of it."""


def require_clear_completion(texts: TextColumns, rows: Sequence[Row], name: str, option: str = "--completion") -> None:
    """Raise UnclearColumns where another column is as likely the completion by its name and holds other texts."""
    if texts.completion is None:
        return
    found = texts.completion
    rivals = [rival for rival in texts.rivals if not _is_extract(rows, rival, found)]
    if rivals:
        raise UnclearColumns(
            f"{name}: several columns may be what the model wrote: {', '.join((found, *rivals))}",
            [Choice((option, column), sample(rows, column)) for column in (found, *rivals)],
        )


def require_one_gold(columns: Sequence[str], rows: Sequence[Row], name: str) -> None:
    """Raise UnclearColumns where columns that are as likely gold by their names call a row differently."""
    found, *others = columns
    rivals = [c for c in others if not _numbered_alike(found, c) and not _say_the_same(rows, found, c)]
    if rivals:
        raise UnclearColumns(
            f"{name}: several columns may be the trusted label, and they differ: {', '.join((found, *rivals))}",
            [Choice(("--gold", column), sample(rows, column)) for column in (found, *rivals)],
        )


def require_one_verdict(columns: Sequence[str], rows: Sequence[Row], name: str) -> None:
    """Raise UnclearColumns where two-class columns that are as likely the verdict by their names keep other rows."""
    two = [c for c in columns if all_readable([row.get(c) for row in rows], two_class)]
    if len(two) < 2 or two[0] != columns[0]:
        return
    rivals = [c for c in two[1:] if not _say_the_same(rows, two[0], c)]
    if rivals:
        raise UnclearColumns(
            f"{name}: several columns may be the verdict that keeps a row: {', '.join((two[0], *rivals))}; the others "
            "then count as further judges",
            [
                Choice(tuple(w for c in (first, *rest) for w in ("--judge-column", c)), sample(rows, first))
                for first in (two[0], *rivals)
                for rest in [[c for c in (two[0], *rivals) if c != first]]
            ],
        )


def sample(rows: Sequence[Row], column: str) -> str:
    """What a column holds, for a choice: its first values."""
    held: dict[str, None] = {}
    for row in rows:
        if row.get(column) is not None and str(row[column]).strip():
            held[" ".join(str(row[column]).split())] = None
        if len(held) == 3:
            break
    shown = " | ".join(held)
    return shown if len(shown) <= SAMPLE else f"{shown[: SAMPLE - 1]}…"


def _say_the_same(rows: Sequence[Row], one: str, other: str) -> bool:
    """Whether two columns of classes agree wherever both say something, and somewhere do."""
    pairs = [(two_class(row.get(one)), two_class(row.get(other))) for row in rows]
    both = [(a, b) for a, b in pairs if a == a and b == b]
    return bool(both) and all(a == b for a, b in both)


def _numbered_alike(one: str, other: str) -> bool:
    """Whether names differ in a last number or letter only: ``annotator_1`` and ``annotator_2``."""
    one, other = (re.sub(r"_?(\d+|(?<=_)[a-z])$", "", plain_name(column)) for column in (one, other))
    return one == other


def _is_extract(rows: Sequence[Row], part: str, whole: str) -> bool:
    pairs = [(str(row[part]).strip(), str(row.get(whole) or "")) for row in rows if row.get(part) is not None]
    return sum(a in b for a, b in pairs) >= EXTRACT * len(pairs)
