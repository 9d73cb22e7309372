"""Audited rows as arrays, from gold and whatever else a test is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from openloop.arrays import Codes, Values
from openloop.auditing.decision import Recommendation, recommend
from openloop.auditing.label_design import LabelDesign, label_design
from openloop.auditing.options import Options
from openloop.auditing.row_arrays import RowArrays


def row_arrays(gold: ArrayLike, **columns: Any) -> RowArrays:
    """Rows of a prompt and a text each, without a verdict, unless ``columns`` say otherwise."""
    known = np.asarray(gold, dtype=np.float64)
    n = len(known)
    scored = "accept" in columns
    held: dict[str, Any] = {
        "name": "rows",
        "said": (),
        "place": np.arange(n),
        "key": keys(n),
        "prompt": np.arange(n),
        "gold": known,
        "score": columns.get("accept", np.full(n, np.nan)),
        "accept": np.full(n, np.nan),
        "accept_at": 0.5 if scored else None,
        "verdict": "verdict" if scored or "score" in columns else "",
    }
    return RowArrays(**{**held, **columns})


def keys(n: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Names of texts as different files have them: what is drawn, and which prompts choose, depends on them."""
    return np.random.default_rng([n, seed]).integers(1, 2**63, n).astype(np.uint64)


def stratum(codes: ArrayLike, names: Sequence[str] | None = None) -> tuple[Codes, tuple[str, ...]]:
    """A column as the arrays hold it."""
    held = np.asarray(codes, dtype=np.int64)
    return held, tuple(names) if names is not None else tuple(f"s{i:02d}" for i in range(int(held.max()) + 1))


def only_at(gold: Values, rows: ArrayLike) -> Values:
    """Gold where it is known, at some rows [N]."""
    return np.where(np.asarray(rows, dtype=bool), gold, np.nan)


def uniform_labels(rng: np.random.Generator, gold: Values, n: int) -> Values:
    """Gold of ``n`` rows drawn uniformly."""
    drawn = np.zeros(len(gold), dtype=bool)
    drawn[rng.choice(len(gold), n, replace=False)] = True
    return only_at(gold, drawn)


def decided(arrays: RowArrays, options: Options | None = None) -> Recommendation:
    """What the audit says of rows that all may be trained on."""
    return recommend(label_design(arrays), options or Options(), np.zeros(len(arrays), dtype=bool))


def one_cell(arrays: RowArrays) -> LabelDesign:
    """Labels taken as a uniform draw, wherever they are."""
    return LabelDesign(arrays, np.zeros(len(arrays), dtype=np.int64), (), ())
