"""The rows of one file, whatever it is: what only a path tells (archives, databases), then what the bytes tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from openloop.data.databases import BETWEEN, database_kind, database_rows
from openloop.data.decode import decode
from openloop.data.table import Shard
from openloop.data.zip_rows import ZIP, zip_rows


def rows_by_path(file: Path) -> Iterator[Shard] | None:
    """The rows of what is read through its path; None for a file whose bytes are decoded. Raises OSError."""
    if BETWEEN in file.name or database_kind(file):
        return database_rows(file)
    with file.open("rb") as raw:
        head = raw.read(len(ZIP))
    return zip_rows(file) if head == ZIP else None


def whole_file(file: Path) -> list[Shard]:
    """All rows of a file. Raises DataError, and OSError for what cannot be opened."""
    found = rows_by_path(file)
    return [decode(file.read_bytes(), str(file))] if found is None else list(found)
