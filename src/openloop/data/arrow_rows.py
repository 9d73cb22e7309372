"""Rows from Parquet and Arrow files, as plain Python values that JSON can hold."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from openloop.data.table import RawRow, Shard
from openloop.errors import DataError

_NAMES = {"parquet": "Parquet", "arrow file": "Arrow", "arrow stream": "Arrow"}


def arrow_rows(plain: bytes, name: str, kind: str, prefix: str) -> Shard:
    """Read a table. Dates and decimals become text, NaN becomes null, bytes are left out; each is said.

    Raises DataError for a damaged file.
    """
    said: list[str] = []
    rows = plain_rows(_read(plain, name, kind), name, said)
    return Shard(name, rows, f"{prefix}{_NAMES[kind]}", range(1, len(rows) + 1), "row", tuple(said))


def plain_rows(table: Any, name: str, said: list[str]) -> list[RawRow]:
    """The rows of an Arrow table as plain values; what was changed or left out is added to ``said``."""
    columns: dict[str, list[Any]] = {}
    classes = class_names(table.schema.metadata)
    for column, values in zip(table.column_names, table.columns, strict=True):
        if column in columns:
            raise DataError(f"{name}: column {column!r} appears twice. Give each column its own name.")
        converted = _plain(values, column, said)
        if converted is not None and column in classes:
            numbered = ", ".join(f"{number} = {word}" for number, word in enumerate(classes[column][:4]))
            more = ", ..." if len(classes[column]) > 4 else ""
            said.append(f"column {column!r} holds numbers of classes, read by their names ({numbered}{more})")
            converted = [_named(value, classes[column]) for value in converted]
        if converted is not None:
            columns[column] = converted
    names = tuple(columns)
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def class_names(metadata: Mapping[bytes, bytes] | None) -> dict[str, list[str]]:
    """Column → the names of its classes, as `datasets` writes a ClassLabel: the cells hold only their numbers.

    Without the names, 0 would be read as bad where the names say ``["correct", "wrong"]``.
    """
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        return {
            str(column): [str(name) for name in feature["names"]]
            for column, feature in features.items()
            if isinstance(feature, Mapping) and feature.get("_type") == "ClassLabel" and feature.get("names")
        }
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}


def _named(number: Any, names: Sequence[str]) -> Any:
    """The name of a class; None for no label (-1), and what is no number of a class as it stands."""
    if not isinstance(number, int) or isinstance(number, bool) or number >= len(names):
        return number
    return names[number] if number >= 0 else None


def _read(plain: bytes, name: str, kind: str) -> Any:
    source = pa.BufferReader(plain)
    try:
        if kind == "parquet":
            import pyarrow.parquet as pq

            return pq.ParquetFile(source).read()
        with pa.ipc.open_file(source) if kind == "arrow file" else pa.ipc.open_stream(source) as reader:
            return reader.read_all()
    except (pa.ArrowException, OSError) as error:
        what = str(error).splitlines()[0]
        raise DataError(
            f"{name}: the {_NAMES[kind]} data is damaged: {what} Copy or download the file again."
        ) from None


def _plain(values: Any, column: str, said: list[str]) -> list[Any] | None:
    """Python values of one column, or None when it holds what JSON cannot."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = values.cast(kind.value_type)
        kind = kind.value_type
    if pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
        said.append(f"column {column!r} ({kind}) is read as text")
        values, kind = values.cast(pa.string()), pa.string()
    if not _is_json(kind):
        said.append(f"column {column!r} ({kind}) is left out: its values are no text, number, list or object")
        return None
    plain: list[Any] = values.to_pylist()
    if pa.types.is_floating(kind):
        n = sum(value is not None and math.isnan(value) for value in plain)
        if n:
            said.append(f"{n:,} NaN in column {column!r} are read as null")
            plain = [None if value is None or math.isnan(value) else value for value in plain]
    return plain


def _is_json(kind: Any) -> bool:
    types = pa.types
    if types.is_struct(kind):
        return all(_is_json(kind.field(i).type) for i in range(kind.num_fields))
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _is_json(kind.value_type)
    text = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind)
    number = types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)
    return bool(text or number or types.is_null(kind))
