"""Pools with vectors that are planted: around directions at right angles, or beside rows of a reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from openloop.records import Candidate, Selection, Verdict
from openloop.selection.base import VerdictList
from openloop.selection.pool_view import CandidatePool


def unit(rows: Any) -> np.ndarray:
    x = np.asarray(rows, dtype=np.float32)
    return x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-12)


def pool_of_vectors(
    vectors: np.ndarray,
    *,
    rows: Sequence[dict[str, Any]] = (),
    values: Sequence[float | None] | None = None,
    order: Sequence[int] | None = None,
    column: str = "vector",
) -> CandidatePool:
    """Candidate ``c7`` has vector 7; two of a prompt. ``order`` shuffles them all together."""
    order = range(len(vectors)) if order is None else order
    made = [Candidate(f"c{i}", f"p{i // 2}", "q", f"a{i}", row=rows[i] if rows else {}) for i in order]
    held = {} if values is None else {"check": VerdictList("check", 1.0, [Verdict(values[i]) for i in order])}
    return CandidatePool(made, held, {column: vectors[list(order)]})


def kept_places(selection: Selection) -> list[int]:
    return [int(i.removeprefix("c")) for i in selection.kept]
