"""What columns are usually called, and whether they hold what the name promises."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from openloop.auditing.values import Column, Unreadable, bits, number, two_class

Row = Mapping[str, Any]
PROMPTS = (
    "prompt",
    "instruction",
    "question",
    "problem",
    "query",
    "puzzle",
    "input",
    "task",
    "article",
    "document",
)
COMPLETIONS = (
    "completion",
    "response",
    "output",
    "solution",
    "generation",
    "generated",
    "generated_text",
    "prediction",
    "reply",
    "summary",
    "model_output",
    "text",
    "content",
    "answer",
)
GOLD = (
    "gold",
    r"is_correct|correct|is_good|is_right",
    r"gold_.*|.*_gold",
    r"human.*",
    r"factual.*",
    r"label|truth|correctness|is_valid",
)
VERDICTS = (
    r"verdict.*|.*_verdict",
    r"judge.*|.*_judge",
    r"score.*|.*_scores?",
    r"reward.*|.*_reward",
    r"verif.*|.*_verifier",
    r"accept.*",
    r".*passed|pass",
    r"preference.*|rating.*|grade|signal|approved",
)
GROUPS = (
    r"(prompt|question|task|problem|puzzle|group|item|instance|example)_?(id|idx|index|key|hash)",
    r"group|key|qid|idx|id|hash",
)
MODELS = ("model", "model_name", "source_model", "generator", "source")
CONFIDENCES = ("logprob", "mean_logprob", "avg_logprob", "confidence", "cumulative_logprob")


def gold_of(columns: Mapping[str, str], rows: Sequence[Row], taken: set[str | None]) -> Column | None:
    """The column that is gold: named like it and of two classes."""

    def holds_two_classes(column: str) -> bool:
        return all_read([row.get(column) for row in rows[:5000]], two_class)

    found = first_named(GOLD, columns, taken, holds_two_classes)
    # A column that is named like gold but holds other classes is not passed over: reading it says what to do.
    found = found or first_named(GOLD[:2], columns, taken, lambda c: columns[c] == "number" or is_classes(c, rows))
    return Column(found) if found else None


def verdicts_of(columns: Mapping[str, str], rows: Sequence[Row], taken: set[str | None]) -> tuple[Column, ...]:
    """The verifier's column, and further judges of the same object."""

    def scores(column: str) -> bool:
        values: list[Any] = [row.get(column) for row in rows[:5000] if row.get(column) is not None]
        if values and all(map(bits, values)):
            return True
        if values and all(isinstance(value, list) for value in values):
            return all(all_read(value, number) for value in values if value)
        if values and all(isinstance(value, Mapping) for value in values):
            return all(all_read(list(value.values()), number) for value in values if value)
        return all_read(values, number)

    found = first_named(VERDICTS, columns, taken, scores)
    found = found or first_named(VERDICTS, columns, taken, lambda c: is_classes(c, rows))
    if found is None:
        return ()
    if columns[found] != "object":
        return (Column(found),)
    held: dict[str, int] = {}
    for row in rows:
        for key in row.get(found) or {}:
            held[str(key)] = held.get(str(key), 0) + 1
    return tuple(Column(f"{found}.{key}") for key in sorted(held, key=lambda k: (-held[k], k)))


def is_classes(column: str, rows: Sequence[Row]) -> bool:
    """Whether a column holds a few short names."""
    held = {str(row[column]) for row in rows[:5000] if row.get(column) is not None}
    return 0 < len(held) <= 12 and all(len(name) <= 30 for name in held)


def first_named(
    patterns: Sequence[str], columns: Mapping[str, str], taken: set[str | None], fits: Callable[[str], bool]
) -> str | None:
    """The first column that a pattern names (patterns before columns), that is free, and that fits."""
    for pattern in patterns:
        for column, kind in columns.items():
            if kind != "null" and column not in taken and re.fullmatch(pattern, column.lower()) and fits(column):
                return column
    return None


def all_read(values: Iterable[Any], read: Callable[[Any], float]) -> bool:
    """Whether every cell can be read, and one says something."""
    held = [value for value in values if value is not None]
    try:
        return bool([value for value in map(read, held) if not math.isnan(value)])
    except Unreadable:
        return False
