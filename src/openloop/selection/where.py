"""Where: keep rows by what a column of theirs says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import PoolView
from openloop.data.tables import ROW
from openloop.errors import InputError, nearest
from openloop.records import Selection
from openloop.selection.base import from_mask, from_reasons

TEXTS = {"prompt": "text.prompt", "completion": "text.completion"}
"""What a candidate's own fields are called in a pool, where it is something else."""


@dataclass(frozen=True)
class Where:
    """See :func:`where`."""

    column: str
    among: tuple[str, ...]
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, pool: PoolView, /) -> Selection:
        if not len(pool):
            return from_reasons(pool, [])
        keep = np.array([value in self.among for value in self._values(pool)], dtype=np.bool_)
        return from_mask(pool, keep, f"other_{self.column}")

    def _values(self, pool: PoolView) -> list[str]:
        """Shape [N]: a column of the real data goes before one of the candidate."""
        names = [name for name in (ROW + self.column, TEXTS.get(self.column, self.column)) if name in pool.columns]
        if not names:
            allowed = [name.removeprefix(ROW) for name in pool.columns]
            raise InputError(f"where: no column {self.column!r}; {nearest(self.column, allowed)}")
        values = pool.column(names[0]).tolist()
        if names[0] == "n_tokens":  # whole numbers, held as floats since some are unknown
            values = [None if np.isnan(value) else int(value) for value in values]
        return [str(value) for value in values]


def where(*, column: str, among: Sequence[str]) -> Where:
    """Keep rows whose ``column`` (``model``, ``finish``, or one of the real data), as text, is one of ``among``."""
    if isinstance(among, str) or not among:
        raise InputError(f"where: among must be a list of at least one value, got {among!r}.")
    return Where(column, tuple(str(value) for value in among))
