"""Rows and candidates that many tests need."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openloop.records import Candidate


def sums(left: int, right: int) -> list[dict[str, Any]]:
    """Every addition ``a+b=`` with ``a < left`` and ``b < right``, and its answer."""
    return [{"prompt": f"{a}+{b}=", "answer": str(a + b)} for a in range(left) for b in range(right)]


def doubles(n: int) -> list[dict[str, Any]]:
    """``0+0=``, ``1+1=``, ... and their answers."""
    return [{"prompt": f"{i}+{i}=", "answer": str(2 * i)} for i in range(n)]


def candidates(
    completions: Iterable[Any], *, prompts: Sequence[str] = (), prompt: Any = "q", **columns: Any
) -> list[Candidate]:
    """Candidates ``c0, c1, ...``, one for each completion.

    ``prompts`` names the prompt of each; without it they all answer one. ``columns`` hold for all of them.
    """
    texts = list(completions)
    return [
        Candidate(f"c{i}", name, prompt, text, **columns)
        for i, (name, text) in enumerate(zip(prompts or ["p"] * len(texts), texts, strict=True))
    ]


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Rows as JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read_rows(path: str | Path) -> list[dict[str, Any]]:
    """Rows from JSON lines."""
    return [json.loads(line) for line in Path(path).read_text().splitlines()]
