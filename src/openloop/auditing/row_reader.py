"""Reads the audited rows again: their texts were not kept, and some are needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openloop.arrays import Codes
from openloop.auditing.inputs import AuditInput, Row
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
        if self.roles.melted is None and self.roles.log is None:
            return self.source.where(place)
        done = 0
        for index, row in enumerate(row for block in self.source.blocks() for row in block):
            held = sum(1 for _ in self.roles.rows([row]))
            if place < done + held:
                return f"{self.source.where(index)}, completion {place - done + 1:,} of {held:,}"
            done += held
        raise IndexError(place)
