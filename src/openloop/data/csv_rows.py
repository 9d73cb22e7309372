"""Rows from CSV or TSV. CSV knows no types: every value is text, and an empty cell is the empty text."""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator

from openloop.data.table import RawRow, Shard
from openloop.errors import DataError


def csv_rows(text: str, name: str, prefix: str, delimiter: str, said: tuple[str, ...]) -> Shard:
    """Read a header and its rows; quoted cells may hold newlines.

    Raises DataError for ragged rows, repeated or empty column names, and an open quote.
    """
    limit = csv.field_size_limit(sys.maxsize)  # the default of 128 KiB is less than a long prompt
    try:
        return _read(text, name, prefix, delimiter, said)
    except csv.Error as error:
        raise DataError(f"{name}: broken CSV: {error}. Write the file again with a CSV library.") from None
    finally:
        csv.field_size_limit(limit)


def _read(text: str, name: str, prefix: str, delimiter: str, said: tuple[str, ...]) -> Shard:
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    header = next(reader, [])
    _check_header(header, name)
    rows: list[RawRow] = []
    numbers: list[int] = []
    start = reader.line_num + 1
    for cells in reader:
        if cells:
            if len(cells) != len(header):
                raise DataError(
                    f"{name}: line {start}: {len(cells)} cells, but the header has {len(header)} columns "
                    f"({', '.join(header)}). Quote cells that hold {delimiter!r} or a newline."
                )
            rows.append(dict(zip(header, cells, strict=True)))
            numbers.append(start)
        start = reader.line_num + 1
    kind = "TSV" if delimiter == "\t" else "CSV"
    return Shard(name, rows, f"{prefix}{kind}, every value as text", numbers, said=said)


def _lines(text: str) -> Iterator[str]:
    """Lines with their ends kept, split at LF only, so that a quoted cell keeps its exact text."""
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start : end + 1]
        start = end + 1
    if start < len(text):
        yield text[start:]


def _check_header(header: list[str], name: str) -> None:
    repeated = [column for column, n in Counter(header).items() if n > 1]
    if repeated:
        raise DataError(f"{name}: line 1: column {repeated[0]!r} appears twice. Give each column its own name.")
    for number, column in enumerate(header, 1):
        if not column.strip():
            raise DataError(f"{name}: line 1: column {number} of the header has no name. Give it one.")
