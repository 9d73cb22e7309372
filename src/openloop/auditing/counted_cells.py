"""Rows of both sides, counted in cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from openloop.arrays import Codes
from openloop.measures.underfilled_cells import FilledCells


@dataclass(frozen=True, eq=False)
class CountedCells:
    """C cells with the rows of both sides."""

    what: str
    """For people: ``values of topic``, ``clusters of prompts``."""
    names: Sequence[str]
    """Shape [C]."""
    kept: FilledCells
    kept_of: int
    """Kept rows in all, of which those counted may be a part."""
    real: FilledCells | None = None
    real_rows: Codes = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Shape [real rows that are counted]: their places in ``real_texts``."""
    real_texts: Sequence[tuple[str, str]] = ()
    """Prompts and completions."""
    said: Sequence[str] = ()
    """What was left out."""
