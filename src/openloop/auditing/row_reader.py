"""Reads the audited rows again: their texts were not kept, and some are needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from openloop.arrays import Codes
from openloop.auditing.inputs import AuditInput, Row
from openloop.auditing.pair_arrays import PairArrays
from openloop.auditing.pair_input import PairInput, oriented
from openloop.auditing.result import RowPlace
from openloop.data.content import text_of
from openloop.data.recognise import ColumnRoles, ColumnUse, PairRow


@dataclass(frozen=True)
class RowReader:
    """Rows of an input with the roles of their columns."""

    source: AuditInput
    roles: ColumnRoles
    columns: Sequence[ColumnUse] = ()
    """What each column was taken for."""
    pairs: PairArrays | None = None
    """The pairs, where each row is one."""
    leaves_out: bool = False
    """Whether some rows of the input are none of these."""

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

    def pairs_at(self, places: Codes) -> dict[int, PairRow]:
        """The pairs behind the rows at some places; none where rows are no pairs."""
        if not isinstance(self.source, PairInput):
            return {}
        wanted = {int(place) for place in places}
        every = (pair for block in self.source.pairs() for pair, _ in block)
        return {place: pair for place, pair in enumerate(every) if place in wanted}

    def shown_at(self, places: Codes, most: int) -> dict[int, tuple[str, str]]:
        """Prompt and completion at some places, cut to ``most`` characters; of a pair half of them for each side."""
        pairs = self.pairs_at(places)
        if not pairs:
            return {place: (cut(a, most), cut(b, most)) for place, (a, b) in self.texts_at(places).items()}
        found = {}
        for place, pair in pairs.items():
            preferred, other = (cut(text_of(side), most // 6) for side in oriented(pair))
            found[place] = (cut(text_of(pair.prompt), most), f"[preferred] {preferred} [other] {other}")
        return found

    def to_train_on(self) -> Iterator[Mapping[str, Any]]:
        """Every row as it is written to be trained on, in the order of their places."""
        return self.source.to_train_on() if isinstance(self.source, PairInput) else self.rows()

    def where(self, place: int) -> str:
        """Where a row stands, for people."""
        if not self._spread:
            return self.source.where(place)
        index, number, held = self._origin(place)
        where = self.source.where(index)
        return where if held == 1 else f"{where}, completion {number:,} of {held:,}"

    def row_place(self, place: int) -> RowPlace | None:
        """Where a row stands, for programs."""
        return self.source.place(self._origin(place)[0] if self._spread else place)

    @property
    def _spread(self) -> bool:
        """Whether a row of the input may hold several completions, or none."""
        return self.roles.melted is not None or self.roles.log is not None or self.leaves_out

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


def cut(text: str, most: int) -> str:
    """The beginning of a text."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
