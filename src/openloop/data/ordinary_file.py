"""A file of ordinary rows, one completion each or several, to be shown and written again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openloop.data.ordinary_rows import ordinary_row
from openloop.data.recognise import ColumnRoles, ColumnUse, column_uses, sentences
from openloop.data.spread_sample import SpreadSample
from openloop.data.table import Shard
from openloop.errors import DataError

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OrdinaryFile:
    """How the rows of a file are read."""

    roles: ColumnRoles
    unclear: str = ""
    """Which columns may as well be meant, and the options that say so; empty where everything is clear."""
    texts: str = "completions"
    texts_a_row: int = 1

    def rows(self, shard: Shard) -> Iterator[tuple[Row, str]]:
        """Every row, one a completion, with its place. Raises DataError that names the row."""
        for number, row in zip(shard.numbers, shard.rows, strict=True):
            where = f"{shard.name}: {shard.unit} {number}"
            try:
                for one in self.roles.rows([row]):
                    yield one, where
            except DataError as error:
                raise DataError(f"{where}: {error}") from None

    def shown(self, row: Row, where: str) -> dict[str, Any]:
        """A row under the usual names. Raises DataError that names its place."""
        return ordinary_row(row, self.roles, where)

    def lacks_text(self, row: Row, where: str) -> int:
        """1 where the completion says nothing, 0 elsewhere and without completions. Raises DataError with the place."""
        try:
            return int(self.roles.texts.has_completion and not self.roles.texts.texts(row)[1].strip())
        except DataError as error:
            raise DataError(f"{where}: {error}") from None

    def uses(self, sample: SpreadSample) -> tuple[ColumnUse, ...]:
        """What every column is taken for."""
        return column_uses(self.roles, sample.rows, partial=sample.partial)

    def sentences(self, sample: SpreadSample, uses: Sequence[ColumnUse], path: str) -> Iterable[str]:
        """What was detected, for people."""
        return sentences(self.roles, sample.rows, uses, path)

    def can_be_audited(self, *, texts: int) -> bool:
        """Whether there is gold, or a completion that somebody could label; ``texts``: how many say something."""
        return bool(self.roles.gold_columns) or (self.roles.texts.has_completion and texts > 0)
