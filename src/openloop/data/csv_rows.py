"""Rows from CSV or TSV. CSV knows no types: every value is text, and an empty cell is the empty text.

Columns are separated by a comma (in a ``.tsv`` by a tab) where that gives equally many cells a row; else by whichever
of ``; tab |`` does, which is said.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from openloop.data.table import RawRow, Shard
from openloop.errors import DataError

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
ROW_NAMES = "row_name"
"""What a first column without a name is called."""
_TRIED = 50
"""Rows by which the delimiter is told."""


def csv_rows(text: str, name: str, prefix: str, delimiter: str, said: tuple[str, ...]) -> Shard:
    """Read a header and its rows; quoted cells may hold newlines.

    Raises DataError for ragged rows, repeated or empty column names, and an open quote.
    """
    limit = csv.field_size_limit(sys.maxsize)  # the default of 128 KiB is less than a long prompt
    try:
        skipped, found = _told(text, delimiter)
        if found != delimiter:
            said = (*said, f"columns are separated by {_DELIMITERS[found]}")
        return _read(text, name, prefix, found, said, skipped)
    except csv.Error as error:
        raise DataError(f"{name}: broken CSV: {error}. Write the file again with a CSV library.") from None
    finally:
        csv.field_size_limit(limit)


def _read(text: str, name: str, prefix: str, delimiter: str, said: tuple[str, ...], skipped: int) -> Shard:
    reader = csv.reader(islice(_lines(text), skipped, None), delimiter=delimiter, strict=True)
    header = next(reader, [])
    if len(header) > 1 and not header[0].strip():
        header[0] = ROW_NAMES if ROW_NAMES not in header else f"{ROW_NAMES}_1"
        said = (*said, f"column 1 has no name, as pandas and R write row names: it is called {header[0]}")
    _check_header(header, name)
    rows: list[RawRow] = []
    numbers: list[int] = []
    start = skipped + reader.line_num + 1
    for cells in reader:
        if cells:
            if len(cells) != len(header):
                raise DataError(
                    f"{name}: line {start}: {len(cells)} cells, but the header has {len(header)} columns "
                    f"({', '.join(header)}). Quote cells that hold {delimiter!r} or a newline."
                )
            rows.append(dict(zip(header, cells, strict=True)))
            numbers.append(start)
        start = skipped + reader.line_num + 1
    kind = "TSV" if delimiter == "\t" else "CSV"
    return Shard(name, rows, f"{prefix}{kind}, every value as text", numbers, said=said)


def _told(text: str, usual: str) -> tuple[int, str]:
    """Lines before the header (spreadsheets may write one that names the delimiter, ``sep=;``), and the delimiter."""
    first = text[: text.find("\n")].rstrip("\r")
    if first.lower().startswith("sep=") and first[4:] in _DELIMITERS:
        return 1, first[4:]
    widths = {one: _width(text, one) for one in (usual, *_DELIMITERS)}
    if widths[usual] > 1:
        return 0, usual
    best = max(widths, key=lambda one: widths[one])
    return 0, best if widths[best] > 1 else usual


def _width(text: str, delimiter: str) -> int:
    """Cells a row, where all of the first rows hold equally many; else 0."""
    try:
        rows = [row for row in islice(csv.reader(_lines(text), delimiter=delimiter, strict=True), _TRIED) if row]
    except csv.Error:
        return 0
    return len(rows[0]) if rows and len({len(row) for row in rows}) == 1 else 0


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
