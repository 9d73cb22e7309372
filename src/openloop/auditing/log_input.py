"""An input that another tool wrote as its log, read as ordinary rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from openloop.auditing.inputs import Row
from openloop.auditing.made_rows import RowsMadeOfRows
from openloop.data.logs import ToolLog


@dataclass(frozen=True)
class LogInput(RowsMadeOfRows):
    """The ordinary rows behind the rows of a log, whose sentence goes before what its source says."""

    log: ToolLog

    def blocks(self) -> Iterator[Sequence[Row]]:
        del self.at[:]
        done = 0
        for block in self.source.blocks():
            made = []
            for place, row in enumerate(block, done):
                rows = list(self.log.rows([row]))
                self.at.extend([place] * len(rows))
                made += rows
            done += len(block)
            yield made
