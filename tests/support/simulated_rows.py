"""Simulated files as rows that an audit reads, with texts that are hard to print where a test wants such."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from openloop.testing.decision_worlds import SimulatedFile

HOSTILE = (
    "数学の問題です" * 60,
    "\x1b[31mred\x1b]0;title\x07 \r\b\b " * 30,
    "\u202eright to left\u2066 " * 30,
    "a\u0301" * 500 + "👩‍👩‍👧‍👦" * 100,
    "one_word_without_blanks" * 5000,
    "[bold]markup[/bold] {braces} %s <script>alert(1)</script> " * 20,
    "half \ud83d of a character \udc00 " * 20,
    "line\nbreaks\u2028of\u2029many\x85kinds\x0b\x0c" * 40,
    "",
)


def simulated_rows(file: SimulatedFile, text: Callable[[int], str] = lambda i: f"text {i}") -> list[dict[str, Any]]:
    """The rows with the labels that come with the file; ``text(i)`` ends prompt and completion of row ``i``."""
    arrays = file.arrays
    verdict = arrays.accept if arrays.two_class else arrays.score
    rows = []
    for i in range(len(arrays)):
        row: dict[str, Any] = {
            "prompt": f"question {arrays.prompt[i]} {text(int(arrays.prompt[i]))}",
            "completion": f"answer {arrays.key[i]} {text(int(arrays.key[i] % 1000))}",
            "gold": bool(arrays.gold[i]) if file.given[i] else None,
        }
        if not np.isnan(verdict).all():
            row["verdict"] = None if np.isnan(verdict[i]) else float(verdict[i])
        for column, (codes, names) in arrays.strata.items():
            row[column] = names[codes[i]]
        rows.append(row)
    return rows
