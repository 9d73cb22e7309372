"""Rows to audit, and what a test asks of an audit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from openloop.auditing import Audit
from tests.support.worlds import World

Rows = list[dict[str, Any]]
GOOD = {"prompt": "q", "completion": "some words", "gold": True, "verdict": True}
"""One row that the verifier passed rightly."""


def write(path: Path, rows: Rows) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def ids(found: Audit) -> set[str]:
    return {finding.id for finding in found.findings}


def scored(seed: int = 0, n: int = 1500) -> Rows:
    """A score that sorts well: bad rows lie below .5."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        good = bool(rng.random() < 0.6)
        score = float(np.clip(rng.normal(0.75 if good else 0.3, 0.1), 0, 1))
        rows.append({"prompt": f"q{i}", "completion": f"answer number {i} of many", "gold": good, "score": score})
    return rows


def mixed_rows() -> Rows:
    rows = World(0.3, 0.85, 0.25, 80, 6, 0.3).rows()
    rng = np.random.default_rng(1)
    for i, row in enumerate(rows):
        row |= {
            "topic": f"t{i % 3}",
            "logprob": float(rng.normal()),
            "judge_score": float(rng.normal() + row["gold"]),
        }
    return rows


def varied_rows(n: int) -> Rows:
    """Good rows whose long prompts have hardly a run of words in common."""
    rng = np.random.default_rng(0)
    words = [f"w{i}" for i in range(300)]
    return [{"prompt": " ".join(rng.choice(words, 30)), "completion": f"c {i}", "gold": True} for i in range(n)]


def many(n: int = 40, **columns: Callable[[int], Any]) -> Rows:
    """The good row with its own prompt each, some columns a function of the row's number."""
    return [{**GOOD, "prompt": f"q{i}", **{name: value(i) for name, value in columns.items()}} for i in range(n)]
