"""What is understood of a file: its format, its rows, what every column is taken for, and its first rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from openloop.data.ordinary_file import OrdinaryFile
from openloop.data.pair_file import PairFile, pair_file
from openloop.data.recognise import ColumnUse, NamedColumns, recognise
from openloop.data.spread_sample import SpreadSample
from openloop.data.streaming import blocks
from openloop.data.table import Shard
from openloop.errors import DataError, UnclearColumns

SHOWN = 3
"""Rows that are shown."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FileDescription:
    """What openloop understands of a file."""

    path: str
    format: str
    rows: int
    """Rows as the file holds them."""
    completions: int
    """Rows that are made of them: more where a row holds several completions."""
    columns: Sequence[ColumnUse]
    said: Sequence[str]
    """What was detected, left out or is missing, in sentences."""
    examples: Sequence[Row]
    """The first rows under the usual names: prompt, completion, gold, verdict, ..."""
    unclear: str
    """Which columns may as well be meant, and the options that say so; empty where everything is clear."""
    can_be_audited: bool
    """Whether there is gold, or a completion that somebody could label."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def describe_file(path: Path, named: NamedColumns) -> FileDescription:
    """Read all rows of a file or folder, and say what is understood. Raises DataError for what cannot be read."""
    formats: dict[str, None] = {}
    said: dict[str, None] = {}
    examples: list[Row] = []
    sample = SpreadSample()
    reading: OrdinaryFile | PairFile | None = None
    n = made = empty = 0
    for shard in blocks_of(path):
        formats[shard.format] = None
        if not shard.rows:
            continue
        reading = reading or reading_of(shard.rows, named, str(path))
        sample.add(shard.rows)
        said |= dict.fromkeys(shard.said)
        for row, where in reading.rows(shard):
            made += 1
            empty += reading.lacks_text(row, where)
            if len(examples) < SHOWN:
                examples.append(reading.shown(row, where))
        n += len(shard.rows)
    if reading is None:
        raise DataError(f"{path}: zero rows. Allowed: at least one. Check what should have written them.")
    texts = made * reading.texts_a_row
    if empty:
        said[f"{empty:,} of {texts:,} {reading.texts} are empty or missing"] = None
    uses = reading.uses(sample)
    if sample.partial:
        said[f"what the columns hold is told from {len(sample.rows):,} rows, spread evenly over the file"] = None
    return FileDescription(
        str(path),
        ", ".join(formats),
        n,
        made,
        uses,
        (*reading.sentences(sample, uses, str(path)), *said),
        tuple(examples),
        reading.unclear,
        reading.can_be_audited(texts=texts - empty),
    )


def blocks_of(path: Path) -> Iterator[Shard]:
    """The rows behind a path. Raises DataError, also for a run's folder, which has verbs of its own."""
    if (path / "store.sqlite").exists():
        raise DataError(
            f"{path}: this is a run, and no file of rows. `openloop show {path}` shows it, `openloop export {path}` "
            "writes its rows."
        )
    yield from blocks(path)


def reading_of(rows: Sequence[Row], named: NamedColumns, name: str) -> OrdinaryFile | PairFile:
    """How a file is read, from its first rows: as the likeliest where something is unclear. Raises DataError."""
    unclear = ""
    try:
        pairs = pair_file(rows, named, name)
    except DataError as error:
        pairs, unclear = None, str(error)
    if pairs is not None:
        return pairs
    try:
        return OrdinaryFile(recognise(rows, named, name, guess=True), unclear)
    except UnclearColumns as error:
        return OrdinaryFile(recognise(rows, named, name, guess=True, ask=False), unclear or str(error))
