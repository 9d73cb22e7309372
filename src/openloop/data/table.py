"""Raw rows as a file holds them, before their columns are detected, each with its place in the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

RawRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shard:
    """The rows of one file."""

    name: str
    """How errors name the file."""
    rows: Sequence[RawRow]
    format: str
    """For people: ``gzip JSON lines``."""
    numbers: Sequence[int]
    """Shape [N], from 1: where each row starts, counted in ``unit``."""
    unit: str = "line"
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of all shards, in order."""

    name: str
    shards: Sequence[Shard]
    rows: Sequence[RawRow]

    def where(self, index: int) -> str:
        """The place of row ``index`` (from 0): ``train.jsonl: line 7``."""
        for shard in self.shards:
            if index < len(shard.rows):
                return f"{shard.name}: {shard.unit} {shard.numbers[index]}"
            index -= len(shard.rows)
        raise IndexError(index)

    def spot(self, index: int) -> str:
        """The place within the table, for a sentence that has named the file: ``line 7``."""
        place = self.where(index)
        return place.removeprefix(f"{self.name}: ") if len(self.shards) == 1 else place


def table_of(name: str, shards: Sequence[Shard]) -> Table:
    """Join shards; one shard is not copied."""
    if len(shards) == 1:
        return Table(name, shards, shards[0].rows)
    return Table(name, shards, [row for shard in shards for row in shard.rows])
