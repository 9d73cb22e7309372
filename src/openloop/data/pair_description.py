"""What is understood of a file of pairs: its columns, which responses are preferred, its first rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openloop.data.logs import ToolLog
from openloop.data.recognise import (
    ColumnUse,
    NamedColumns,
    PairColumns,
    PairRow,
    pair_sentences,
    pair_uses,
    recognise_pairs,
    use_sentences,
)
from openloop.data.recognise.log_columns import log_of, named_in
from openloop.data.spread_sample import SpreadSample
from openloop.data.table import Shard
from openloop.errors import DataError

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PairReading:
    """How the rows of a file are read as pairs."""

    columns: PairColumns
    log: ToolLog | None = None

    def rows(self, shard: Shard) -> Iterator[tuple[Row, str]]:
        """The rows that hold a pair each, with their places."""
        for number, row in zip(shard.numbers, shard.rows, strict=True):
            where = f"{shard.name}: {shard.unit} {number}"
            for one in [row] if self.log is None else self.log.rows([row]):
                yield one, where


@dataclass(frozen=True, slots=True)
class DescribedPairs:
    """What was found in all rows of a file of pairs."""

    rows: int
    pairs: int
    formats: Sequence[str]
    columns: Sequence[ColumnUse]
    said: Sequence[str]
    examples: Sequence[Row]


def pair_reading(sample: Sequence[Row], named: NamedColumns, name: str) -> PairReading | None:
    """How rows are read as pairs, from those at the start of a file; None for other files.

    Raises DataError where they hold two responses and nothing says which is preferred.
    """
    log = log_of(sample, named, name)
    ordinary = sample if log is None else list(log.rows(sample))
    columns = recognise_pairs(ordinary, named if log is None else named_in(named, log), name)
    return None if columns is None else PairReading(columns, log)


def describe_pairs(shards: Iterable[Shard], reading: PairReading, path: str, shown: int) -> DescribedPairs:
    """Read all rows. Raises DataError for what cannot be read, naming the row."""
    formats: dict[str, None] = {}
    said: dict[str, None] = {}
    examples: list[Row] = []
    sample = SpreadSample()
    n = pairs = without = 0
    for shard in shards:
        formats[shard.format] = None
        said |= dict.fromkeys(shard.said)
        n += len(shard.rows)
        held = []
        for row, where in reading.rows(shard):
            try:
                pair = reading.columns.read(row)
            except DataError as error:
                raise DataError(f"{where}: {error}") from None
            held.append(row)
            without += pair.win not in (0.0, 1.0)
            if len(examples) < shown:
                examples.append(_example(pair, reading.columns))
        sample.add(held)
        pairs += len(held)
    uses = pair_uses(reading.columns, sample.rows, partial=sample.partial)
    sentences = [] if reading.log is None else [reading.log.sentence]
    sentences += [*pair_sentences(reading.columns), *use_sentences(uses, path)]
    if without:
        sentences.append(without_preferred(without, pairs))
    if sample.partial:
        sentences.append(sample.said)
    return DescribedPairs(n, pairs, tuple(formats), uses, (*sentences, *said), tuple(examples))


def without_preferred(without: int, pairs: int) -> str:
    """A sentence on pairs that nothing can be trained towards."""
    held = f"{without:,} of {pairs:,} pairs have no preferred response (a tie, no verdict, or no text)"
    return f"{held}: they are not trained on"


def _example(pair: PairRow, columns: PairColumns) -> Row:
    """A pair in words."""

    def better(win: float) -> str | None:
        return {1.0: columns.first, 0.0: columns.second, 0.5: "tie"}.get(win)

    found: dict[str, Any] = {"prompt": pair.prompt, columns.first: pair.first, columns.second: pair.second}
    found["preferred"] = better(pair.win)
    if columns.swapped is not None:
        found["preferred, swapped"] = better(pair.swapped)
    return found | ({"better by gold": better(pair.gold)} if columns.gold or columns.gold_is_first else {})
