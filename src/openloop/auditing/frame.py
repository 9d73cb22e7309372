"""The rows that labels are drawn from: asked for by the audit, written beside each drawn row, and read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from openloop.arrays import Codes, Mask, Values

SHOWN = 3
"""Names of strata that a sentence lists."""


class Rows(Protocol):
    """What a frame asks of rows; :class:`openloop.auditing.row_arrays.RowArrays` are such."""

    @property
    def kept(self) -> Mask: ...
    @property
    def judged(self) -> bool: ...
    @property
    def score(self) -> Values: ...
    @property
    def unit(self) -> str: ...
    def cut_text(self, at: float) -> str:
        """How a cut of the score is spelled."""


class Strata(Protocol):
    """What it asks of a way to split them."""

    @property
    def column(self) -> str: ...
    @property
    def codes(self) -> Codes: ...
    @property
    def names(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Frame:
    """Kept rows, or the others; of some strata of one column, or from a score on, where these are given."""

    kept: bool = True
    column: str = ""
    among: tuple[str, ...] = ()
    at: float | None = None
    """Rows whose score is at least this much (negated where lower is better)."""

    def mask(self, arrays: Rows, splits: Sequence[Strata]) -> Mask:
        """Shape [N]; ``splits``: the ways in which the file is split. Strata that it does not have restrict nothing."""
        mask: Mask = arrays.kept if self.kept else ~arrays.kept
        if self.at is not None:
            mask = mask & (arrays.score >= self.at)
        for split in splits:
            if split.column == self.column:
                mask = mask & np.isin(split.codes, [i for i, name in enumerate(split.names) if name in self.among])
        return mask

    def name(self, arrays: Rows) -> str:
        """``kept rows where source is a or b``."""
        rows = (
            (f"kept {arrays.unit}" if self.kept else f"{arrays.unit} that the verdict does not keep")
            if arrays.judged
            else arrays.unit
        )
        if self.at is not None:
            rows += f" with {arrays.cut_text(self.at)}"
        return f"{rows} where {self.column} is {listed(self.among)}" if self.column else rows

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"kept": self.kept, "column": self.column, "among": list(self.among), "at": self.at}

    @classmethod
    def of(cls, held: Any) -> Frame | None:
        """The frame that :meth:`to_json` wrote; None for anything else."""
        if not isinstance(held, Mapping) or not {"kept", "column", "among", "at"} <= held.keys():
            return None
        at, among = held["at"], held["among"]
        if not isinstance(among, list) or not (at is None or isinstance(at, int | float)):
            return None
        return cls(bool(held["kept"]), str(held["column"]), tuple(map(str, among)), None if at is None else float(at))


def listed(names: Sequence[str]) -> str:
    """``a or b``; the first three and how many more, where there are many."""
    more = len(names) - SHOWN
    if more <= 1:
        return " or ".join(names)
    return f"{', '.join(names[:SHOWN])} or one of {more:,} others"
