"""Reads the audited rows again: their texts were not kept, and some are needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from openloop.arrays import Codes
from openloop.auditing.inputs import AuditInput, Row
from openloop.auditing.result import RowPlace
from openloop.data.recognise import ColumnRoles, ColumnUse


@dataclass(frozen=True)
class RowReader:
    """Rows of an input with the roles of their columns."""

    source: AuditInput
    roles: ColumnRoles
    columns: Sequence[ColumnUse] = ()
    """What each column was taken for."""

    def rows(self) -> Iterator[Row]:
        """Every row, in the input's order; places count them from 0."""
        for block in self.source.blocks():
            yield from self.roles.rows(block)

    def texts(self) -> Iterator[tuple[str, str]]:
        """Prompt and completion of every row."""
        return map(self.roles.texts.texts, self.rows())

    def texts_at(self, places: Codes) -> dict[int, tuple[str, str]]:
        """Prompt and completion at some places."""
        wanted = {int(place) for place in places}
        found: dict[int, tuple[str, str]] = {}
        for place, row in enumerate(self.rows() if wanted else ()):
            if place in wanted:
                found[place] = self.roles.texts.texts(row)
                if len(found) == len(wanted):
                    break
        return found

    def where(self, place: int) -> str:
        """Where a row stands, for people."""
        if not self._spread:
            return self.source.where(place)
        index, number, held = self._origin(place)
        return f"{self.source.where(index)}, completion {number:,} of {held:,}"

    def row_place(self, place: int) -> RowPlace | None:
        """Where a row stands, for programs."""
        return self.source.place(self._origin(place)[0] if self._spread else place)

    @property
    def _spread(self) -> bool:
        """Whether a row of the input may hold several completions."""
        return self.roles.melted is not None or self.roles.log is not None

    def _origin(self, place: int) -> tuple[int, int, int]:
        """Which row of the input (from 0) holds a completion, which of its completions it is (from 1), of how many."""
        index = int(np.searchsorted(self._ends, place, side="right"))
        before = int(self._ends[index - 1]) if index else 0
        return index, place - before + 1, int(self._ends[index]) - before

    @cached_property
    def _ends(self) -> Codes:
        """For each row of the input how many completions there are up to its end."""
        held = [sum(1 for _ in self.roles.rows([row])) for block in self.source.blocks() for row in block]
        return np.cumsum(held)
