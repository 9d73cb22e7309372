"""Where: keep rows by what a column of theirs says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from openloop.contracts import Verdicts
from openloop.errors import InputError
from openloop.records import Candidate, Selection
from openloop.selection.base import from_mask


@dataclass(frozen=True)
class Where:
    """See :func:`where`."""

    column: str
    among: tuple[str, ...]
    version: ClassVar[str] = "1"
    uses_verdicts: ClassVar[bool] = False

    def select(self, candidates: Sequence[Candidate], verdicts: Mapping[str, Verdicts]) -> Selection:  # noqa: ARG002
        keep = np.array([_value(c, self.column) in self.among for c in candidates], dtype=np.bool_)
        return from_mask(candidates, keep, f"other_{self.column}")


def where(*, column: str, among: Sequence[str]) -> Where:
    """Keep rows whose ``column`` (``model``, ``finish``, or a column of the real data) is one of ``among``, as text."""
    if isinstance(among, str) or not among:
        raise InputError(f"where: among must be a list of at least one value, got {among!r}.")
    return Where(column, tuple(str(value) for value in among))


def _value(candidate: Candidate, column: str) -> str:
    value = candidate.row[column] if column in candidate.row else getattr(candidate, column, None)
    if value is None and column not in candidate.row and not hasattr(candidate, column):
        raise InputError(
            f"where: no column {column!r}; the real data has {', '.join(sorted(candidate.row)) or 'none'}."
        )
    return str(value)
