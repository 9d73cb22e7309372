"""A file written again as ordinary rows, under the usual names: JSON lines, Parquet or CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openloop.data.file_description import blocks_of, melted
from openloop.data.ordinary_rows import judge_names, ordinary_row, usual_columns
from openloop.data.pair_description import PairReading, pair_reading
from openloop.data.recognise import ColumnRoles, NamedColumns, recognise
from openloop.data.write_rows import require_rows_format, without_nan, write_rows
from openloop.errors import DataError, InputError

SAMPLE = 5_000
"""Rows by which the written file's columns are detected again."""

OrdinaryRow = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was written."""

    path: str
    rows: int
    options: Sequence[str]
    """What ``openloop audit`` needs beside the path to read the same: empty where the names say everything."""
    said: Sequence[str] = ()
    """What the format could not hold as it was."""


def convert_file(path: Path, named: NamedColumns, out: Path) -> Conversion:
    """Write the rows of a file or folder as ordinary rows, one a completion, in order; pairs keep their columns.

    The ending of ``out`` says how: ``.jsonl`` (also ``.jsonl.gz``), ``.parquet`` or ``.csv``. Raises InputError for
    another one or where it is the file itself, UnclearColumns where several columns may be meant, and DataError for
    what cannot be read.
    """
    flat = require_rows_format("--out", out) == ".csv"
    if out.exists() and path.exists() and (out.samefile(path) or out.resolve().is_relative_to(path.resolve())):
        raise InputError(f"--out {out}: this is the file that is read. Give another name.")
    pairs = _pairs(path, named)
    if pairs is not None:
        return pairs.written(out)
    rows = _Rows(path, named)
    said = write_rows(map(_flat, rows) if flat else rows, out, "--out")
    if flat and rows.labels_in_one_cell:
        said = (*said, "several people's labels in one cell are not read back from CSV: write .jsonl to audit them")
    return Conversion(str(out), rows.n, rows.options(flat=flat), said)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """A file of pairs: their responses are recognised by the names they have, so they keep them."""

    path: Path
    named: NamedColumns
    reading: PairReading

    def written(self, out: Path) -> Conversion:
        n = 0

        def rows() -> Iterator[OrdinaryRow]:
            nonlocal n
            for shard in blocks_of(self.path):
                for row, _ in self.reading.rows(shard):
                    n += 1
                    yield dict(row)

        said = write_rows(rows(), out, "--out")
        return Conversion(str(out), n, self.named.options, said)


def _pairs(path: Path, named: NamedColumns) -> _Pairs | None:
    start = next((shard for shard in blocks_of(path) if shard.rows), None)
    reading = None if start is None else pair_reading(start.rows, named, str(path))
    return None if reading is None else _Pairs(path, named, reading)


class _Rows:
    """The ordinary rows of a file, counted as they are read."""

    def __init__(self, path: Path, named: NamedColumns) -> None:
        self.path, self.named = path, named
        self.n = 0
        self.roles: ColumnRoles | None = None
        self.sample: list[OrdinaryRow] = []

    def __iter__(self) -> Iterator[OrdinaryRow]:
        for shard in blocks_of(self.path):
            if not shard.rows:
                continue
            self.roles = self.roles or recognise(shard.rows, self.named, str(self.path), guess=True)
            for row, where in melted(shard, self.roles):
                made = ordinary_row(row, self.roles, where)
                if len(self.sample) < SAMPLE:
                    self.sample.append(without_nan(made))
                self.n += 1
                yield made
        if not self.n:
            raise DataError(f"{self.path}: zero rows. Allowed: at least one. Check what should have written them.")

    @property
    def labels_in_one_cell(self) -> bool:
        """Whether a list or an object holds the labels of several people."""
        people = self.roles and self.roles.annotators
        held = [row.get(column) for row in self.sample for column in (people.uses if people else ())]
        return any(isinstance(value, list | dict) for value in held)

    def options(self, *, flat: bool) -> list[str]:
        """What names the columns that would not be detected again as what they are."""
        assert self.roles is not None
        sample = [_flat(row) for row in self.sample] if flat else self.sample
        mine, again = self.roles, recognise(sample, NamedColumns(), "", guess=True, ask=False)
        usual = usual_columns(mine)
        judges = [f"verdict.{name}" for name in judge_names(mine)] if len(mine.verdicts) > 1 else ["verdict"]
        wanted = [
            ("--prompt", "prompt" if mine.texts.has_prompt else None, ", ".join(again.texts.prompt) or None),
            ("--completion", "completion" if mine.texts.has_completion else None, again.texts.completion),
            ("--gold", "gold" if mine.gold else None, again.gold and again.gold.path),
            ("--group", "prompt_id" if "prompt_id" in usual else None, again.group),
            ("--model", "model" if "model" in usual else None, again.model),
            ("--confidence", "confidence" if "confidence" in usual else mine.confidence, again.confidence),
            ("--swapped", mine.named.swapped, again.swapped and again.swapped.path),
            ("--judge-model", mine.judge_model, again.judge_model),
        ]
        other = [(option, name) for option, name, found in wanted if name is not None and name != found]
        words = [word for pair in other for word in pair]
        if mine.verdicts and [v.path for v in again.verdicts] != judges:
            words += [word for judge in judges for word in ("--judge-column", judge)]
        return words


def _flat(row: OrdinaryRow) -> OrdinaryRow:
    """A row whose judges stand in columns of their own: ``verdict.NAME``."""
    held = row.get("verdict")
    if not isinstance(held, dict):
        return row
    return {key: value for key, value in row.items() if key != "verdict"} | {f"verdict.{k}": v for k, v in held.items()}
