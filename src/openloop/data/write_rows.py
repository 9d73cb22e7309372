"""Rows written to a file whose ending says the format: JSON lines, Parquet or CSV."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openloop.data.decode import kind_suffix
from openloop.data.json_lines_file import write_json_lines
from openloop.errors import InputError
from openloop.filesystem import written_whole

Row = Mapping[str, Any]
FORMATS = (".jsonl", ".parquet", ".csv")
MESSAGES = ("prompt", "completion", "chosen", "rejected", "messages")
"""Columns whose lists are chat messages: written as JSON text they would be read back as plain text."""


def require_rows_format(option: str, out: Path) -> str:
    """The format that the ending of ``out`` says. Raises InputError for another one; ``option`` is what named it."""
    kind = kind_suffix(out.name)
    if kind not in FORMATS or (out.name.endswith((".gz", ".zst")) and not out.name.endswith(".jsonl.gz")):
        raise InputError(f"{option} {out}: the ending says the format. Allowed: {', '.join(FORMATS)} or .jsonl.gz.")
    return kind


def write_rows(rows: Iterable[Row], out: Path, option: str) -> tuple[str, ...]:
    """Write rows, in order, as the ending of ``out`` says; returns what the format could not hold as it was.

    NaN and infinity become null. JSON lines are written as the rows come; the other formats
    need all rows at once. Raises InputError for another ending, for rows without columns and for chat messages that
    the format cannot hold; ``option`` names the file in those messages.
    """
    kind = require_rows_format(option, out)
    finite = map(without_nan, rows)
    said: dict[str, None] = {}
    with written_whole(out) as temporary:
        if kind == ".jsonl":
            write_json_lines(finite, temporary, packed=out.name.endswith(".gz"), default=str)
        elif kind == ".csv":
            _write_csv(list(finite), temporary, f"{option} {out}", said)
        else:
            _write_parquet(list(finite), temporary, f"{option} {out}", said)
    return tuple(said)


def without_nan(row: Row) -> dict[str, Any]:
    """A row with null for NaN and infinity, which JSON does not have, and lists for tuples."""
    return {str(key): _finite(value) for key, value in row.items()}


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return without_nan(value)
    return [_finite(held) for held in value] if isinstance(value, list | tuple) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _write_csv(rows: Sequence[Row], path: Path, name: str, said: dict[str, None]) -> None:
    columns = _columns(rows, name)
    for column in columns:
        if any(isinstance(row.get(column), list | dict) for row in rows):
            _require_texts(column, name)
            said[f"column {column!r} holds lists or objects and is written as JSON text"] = None
    # Half a surrogate pair, which UTF-8 does not have, stays an escape.
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([column if column.strip() else "unnamed" for column in columns])
        writer.writerows([_csv_cell(row.get(column)) for column in columns] for row in rows)


def _csv_cell(value: Any) -> str:
    if isinstance(value, bool | int | float | list | dict):
        return _json(value)
    return "" if value is None else str(value)


def _write_parquet(rows: Sequence[Row], path: Path, name: str, said: dict[str, None]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    held: dict[str, Any] = {}
    for column in _columns(rows, name):
        values = [row.get(column) for row in rows]
        try:
            held[column] = pa.array(values)
            if any(map(_holds_empty_object, values)):
                raise pa.ArrowInvalid("Parquet has no objects without keys")
        except (pa.ArrowException, UnicodeError, OverflowError):
            if any(isinstance(value, list | dict) for value in values):
                _require_texts(column, name)
            said[f"column {column!r} mixes what Parquet keeps apart and is written as text"] = None
            held[column] = pa.array([None if value is None else _plain_text(value) for value in values])
    pq.write_table(pa.table(held), path)


def _holds_empty_object(value: Any) -> bool:
    if isinstance(value, dict):
        return not value or any(map(_holds_empty_object, value.values()))
    return isinstance(value, list) and any(map(_holds_empty_object, value))


def _plain_text(value: Any) -> str:
    text = value if isinstance(value, str) else _json(value)
    return text.encode("utf-8", "backslashreplace").decode()


def _require_texts(column: str, name: str) -> None:
    if column in MESSAGES:
        raise InputError(
            f"{name}: column {column!r} holds chat messages, which this format cannot hold here. Allowed: a name that "
            "ends in .jsonl."
        )


def _columns(rows: Sequence[Row], name: str) -> list[str]:
    columns = list({column: None for row in rows for column in row})
    if not columns:
        raise InputError(f"{name}: the rows have no columns, so there is nothing to write.")
    return columns
