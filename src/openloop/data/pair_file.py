"""A file of pairs of responses, to be shown and written again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openloop.data.content import text_of
from openloop.data.logs import ToolLog
from openloop.data.recognise import (
    ColumnUse,
    NamedColumns,
    PairColumns,
    PairRow,
    pair_sentences,
    pair_uses,
    recognise_pairs,
)
from openloop.data.recognise.column_use import use_sentences
from openloop.data.recognise.log_columns import log_of
from openloop.data.spread_sample import SpreadSample
from openloop.data.table import Shard
from openloop.errors import DataError

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PairFile:
    """How the rows of a file are read as pairs."""

    columns: PairColumns
    log: ToolLog | None
    """How they are read where another tool wrote them as its log."""
    unclear: str = ""
    texts: str = "responses"
    texts_a_row: int = 2

    def rows(self, shard: Shard) -> Iterator[tuple[Row, str]]:
        """Every pair as the file (or the log) names its columns, with its place. Raises DataError that names it."""
        for number, row in zip(shard.numbers, shard.rows, strict=True):
            where = f"{shard.name}: {shard.unit} {number}"
            for one in [row] if self.log is None else self.log.rows([row]):
                self._read(one, where)
                yield one, where

    def shown(self, row: Row, where: str) -> dict[str, Any]:
        """A pair with its prompt and the two responses, what they repeat of the conversation taken off."""
        pair = self._read(row, where)
        texts = {"prompt": pair.prompt, self.columns.first: pair.first, self.columns.second: pair.second}
        return texts | {name: held for name, held in row.items() if name not in {*texts, *self.columns.texts.uses}}

    def lacks_text(self, row: Row, where: str) -> int:
        """How many of the two responses say nothing."""
        pair = self._read(row, where)
        return sum(not text_of(side).strip() for side in (pair.first, pair.second))

    def uses(self, sample: SpreadSample) -> tuple[ColumnUse, ...]:
        """What every column is taken for."""
        return pair_uses(self.columns, sample.rows if self.log is None else list(self.log.rows(sample.rows)))

    def sentences(self, sample: SpreadSample, uses: Sequence[ColumnUse], path: str) -> Iterator[str]:  # noqa: ARG002
        """What was detected, for people."""
        if self.log is not None:
            yield self.log.sentence
        yield from pair_sentences(self.columns)
        yield from use_sentences(uses, path)

    def can_be_audited(self, *, texts: int) -> bool:
        """Whether there is gold, or a response that somebody could label."""
        return self.columns.gold is not None or texts > 0

    def _read(self, row: Row, where: str) -> PairRow:
        try:
            return self.columns.read(row)
        except DataError as error:
            raise DataError(f"{where}: {error}") from None


def pair_file(sample: Sequence[Row], named: NamedColumns, name: str) -> PairFile | None:
    """How the rows of a file are read as pairs; None for other files.

    Raises DataError where two responses stand in a row and nothing says which is preferred.
    """
    log = log_of(sample, named, name)
    columns = recognise_pairs(sample if log is None else list(log.rows(sample)), named, name)
    return None if columns is None else PairFile(columns, log)
