"""A file written again as ordinary rows, under the usual names: JSON lines, Parquet or CSV."""

from __future__ import annotations

import csv
import gzip
import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from openloop.data.decode import kind_suffix
from openloop.data.file_description import blocks_of
from openloop.data.ordinary_file import OrdinaryFile
from openloop.data.ordinary_rows import judge_names, usual_columns
from openloop.data.pair_file import PairFile, pair_file
from openloop.data.recognise import NamedColumns, recognise
from openloop.errors import DataError, InputError
from openloop.filesystem import written_whole

WRITTEN = (".jsonl", ".parquet", ".csv")
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
    """Write the rows of a file or folder as ordinary rows, one a completion, in order.

    The ending of ``out`` says how: ``.jsonl`` (also ``.jsonl.gz``), ``.parquet`` or ``.csv``. Raises InputError for
    another one or where it is the file itself, UnclearColumns where several columns may be meant, and DataError for
    what cannot be read.
    """
    kind = kind_suffix(out.name)
    if kind not in WRITTEN or (out.name.endswith((".gz", ".zst")) and not out.name.endswith(".jsonl.gz")):
        raise InputError(f"--out {out}: the ending says the format. Allowed: {', '.join(WRITTEN)} or .jsonl.gz.")
    if out.exists() and path.exists() and (out.samefile(path) or out.resolve().is_relative_to(path.resolve())):
        raise InputError(f"--out {out}: this is the file that is read. Give another name.")
    rows = _Rows(path, named)
    said: dict[str, None] = {}
    with written_whole(out) as temporary:
        if kind == ".jsonl":
            with _text(temporary, packed=out.name.endswith(".gz")) as stream:
                for row in rows:
                    stream.write(json.dumps(row, ensure_ascii=False) + "\n")
        elif kind == ".csv":
            _write_csv(list(rows), temporary, out, said, rows.texts)
        else:
            _write_parquet(list(rows), temporary, out, said, rows.texts)
    return Conversion(str(out), rows.n, rows.options(flat=kind == ".csv"), tuple(said))


class _Rows:
    """The ordinary rows of a file, counted as they are read."""

    def __init__(self, path: Path, named: NamedColumns) -> None:
        self.path, self.named = path, named
        self.n = 0
        self.reading: OrdinaryFile | PairFile | None = None
        self.sample: list[OrdinaryRow] = []

    def __iter__(self) -> Iterator[OrdinaryRow]:
        for shard in blocks_of(self.path):
            if not shard.rows:
                continue
            reading = self.reading = self.reading or _reading(shard.rows, self.named, str(self.path))
            for row, where in reading.rows(shard):
                # Pairs have no usual names to be written under: `openloop audit` reads them as they are.
                written = row if isinstance(reading, PairFile) else reading.shown(row, where)
                made = {str(key): _finite(value) for key, value in written.items()}
                if len(self.sample) < SAMPLE:
                    self.sample.append(made)
                self.n += 1
                yield made
        if not self.n:
            raise DataError(f"{self.path}: zero rows. Allowed: at least one. Check what should have written them.")

    @property
    def texts(self) -> Collection[str]:
        """The columns that the written rows are read by: texts or chat messages. Known once the rows were read."""
        if isinstance(self.reading, PairFile):
            columns = self.reading.columns
            return {columns.first, columns.second, *columns.texts.uses}
        return {"prompt", "completion"}

    def options(self, *, flat: bool) -> list[str]:
        """What names the columns that would not be detected again as what they are."""
        assert self.reading is not None
        if isinstance(self.reading, PairFile):
            return list(self.named.options)
        sample = [_flat(row) for row in self.sample] if flat else self.sample
        mine, again = self.reading.roles, recognise(sample, NamedColumns(), "", guess=True, ask=False)
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


def _reading(rows: Sequence[Mapping[str, Any]], named: NamedColumns, name: str) -> OrdinaryFile | PairFile:
    return pair_file(rows, named, name) or OrdinaryFile(recognise(rows, named, name, guess=True))


def _text(path: Path, *, packed: bool) -> TextIO:
    """A stream of UTF-8; half a surrogate pair, which JSON may hold as an escape, stays an escape."""
    if packed:
        return gzip.open(path, "wt", encoding="utf-8", errors="backslashreplace", newline="\n")
    return path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n")


def _write_csv(
    rows: Sequence[OrdinaryRow], path: Path, out: Path, said: dict[str, None], texts: Collection[str]
) -> None:
    rows = [_flat(row) for row in rows]
    columns = _columns(rows, out)
    for column in columns:
        held = {type(row.get(column)) for row in rows}
        if held & {list, dict}:
            _require_texts(column, texts, out)
            said[f"column {column!r} holds lists or objects and is written as JSON text"] = None
    with _text(path, packed=False) as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([column if column.strip() else "unnamed" for column in columns])
        writer.writerows([_csv_cell(row.get(column)) for column in columns] for row in rows)


def _flat(row: OrdinaryRow) -> OrdinaryRow:
    """A row whose judges stand in columns of their own: ``verdict.NAME``."""
    held = row.get("verdict")
    if not isinstance(held, dict):
        return row
    return {key: value for key, value in row.items() if key != "verdict"} | {f"verdict.{k}": v for k, v in held.items()}


def _csv_cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _write_parquet(
    rows: Sequence[OrdinaryRow], path: Path, out: Path, said: dict[str, None], texts: Collection[str]
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    held: dict[str, Any] = {}
    for column in _columns(rows, out):
        values = [row.get(column) for row in rows]
        try:
            held[column] = pa.array(values)
            if any(map(_holds_empty_object, values)):
                raise pa.ArrowInvalid("Parquet has no objects without keys")
        except (pa.ArrowException, UnicodeError, OverflowError):
            if any(isinstance(value, list | dict) for value in values):
                _require_texts(column, texts, out)
            said[f"column {column!r} mixes what Parquet keeps apart and is written as text"] = None
            held[column] = pa.array([None if value is None else _plain_text(value) for value in values])
    pq.write_table(pa.table(held), path)


def _holds_empty_object(value: Any) -> bool:
    if isinstance(value, dict):
        return not value or any(map(_holds_empty_object, value.values()))
    return isinstance(value, list) and any(map(_holds_empty_object, value))


def _plain_text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace").decode()


def _require_texts(column: str, texts: Collection[str], out: Path) -> None:
    if column in texts:
        raise InputError(
            f"--out {out}: column {column!r} holds chat messages, which this format cannot hold here. Allowed: a name "
            "that ends in .jsonl."
        )


def _columns(rows: Sequence[OrdinaryRow], out: Path) -> list[str]:
    columns = list({column: None for row in rows for column in row})
    if not columns:
        raise InputError(f"--out {out}: the rows have no columns, so there is nothing to write.")
    return columns


def _finite(value: Any) -> Any:
    """NaN and infinity, which JSON does not have, as null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(held) for key, held in value.items()}
    return [_finite(held) for held in value] if isinstance(value, list | tuple) else value
