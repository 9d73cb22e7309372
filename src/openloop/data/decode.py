"""From the bytes of one file to its rows. The format is told by content first and by name second."""

from __future__ import annotations

import shlex
from pathlib import PurePath

from openloop.data.compression import unpack
from openloop.data.table import Shard
from openloop.errors import DataError

_BOM = b"\xef\xbb\xbf"
_ALLOWED = (
    "Allowed: JSON lines, a JSON array, CSV, Parquet or Arrow (plain, gzip or zstd), SQLite or DuckDB tables, and "
    "the logs in docs/read-logs.md."
)
_BINARY = {b"PAR1": "parquet", b"ARROW1": "arrow file", b"\xff\xff\xff\xff": "arrow stream"}
SUFFIXES = {".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".arrow", ".eval"}
PACKED = {".gz", ".zst", ".zstd"}


def decode(raw: bytes, name: str) -> Shard:
    """Read the rows of one file.

    Raises DataError for an empty, damaged or unreadable file.
    """
    if not raw:
        raise DataError(f"{name}: the file is empty (0 bytes). {_ALLOWED} Check what should have written it.")
    plain, packed = unpack(raw, name)
    if not plain.strip():
        raise DataError(f"{name}: the file holds no rows. {_ALLOWED} Check what should have written it.")
    prefix = f"{packed} " if packed else ""
    for magic, kind in _BINARY.items():
        if plain.startswith(magic):
            from openloop.data.arrow_rows import arrow_rows

            return arrow_rows(plain, name, kind, prefix)
    text, said = _text(plain, name)
    suffix = kind_suffix(name)
    tabbed = suffix in (".txt", ".tab") and "\t" in text[: text.find("\n")] and text.lstrip()[:1] not in "{["
    if suffix in (".csv", ".tsv") or tabbed:  # spreadsheets write tab-delimited text as .txt
        from openloop.data.csv_rows import csv_rows

        return csv_rows(text, name, prefix, "," if suffix == ".csv" else "\t", said)
    first = text.lstrip()[:1]
    if first not in "{[" and suffix not in (".jsonl", ".ndjson", ".json"):
        raise DataError(f"{name}: not a format that is read (it starts with {text[:20]!r}). {_ALLOWED}")
    from openloop.data.json_document import json_objects
    from openloop.data.json_rows import json_array

    return json_array(text, name, prefix, said) if first == "[" else json_objects(text, name, prefix, said)


def kind_suffix(name: str) -> str:
    """The suffix that tells the format, compression aside: ``.jsonl`` for ``a.jsonl.gz``."""
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes]
    while suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _text(plain: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """Decode UTF-8; a byte order mark is accepted and said."""
    said: tuple[str, ...] = ()
    if plain.startswith(_BOM):
        plain, said = plain[len(_BOM) :], ("the file starts with a UTF-8 byte order mark, which was skipped",)
    try:
        return plain.decode("utf-8"), said
    except UnicodeDecodeError as error:
        line = plain.count(b"\n", 0, error.start) + 1
        wide = plain.startswith((b"\xff\xfe", b"\xfe\xff"))
        hint, encoding = ("It looks like UTF-16. ", "UTF-16") if wide else ("", "WINDOWS-1252")
        convert = f"iconv -f {encoding} -t UTF-8 {shlex.quote(name)} > utf8{kind_suffix(name) or '.txt'}"
        raise DataError(
            f"{name}: line {line}: byte 0x{plain[error.start]:02x} is not valid UTF-8 ({error.reason}). "
            f"{hint}Allowed: UTF-8 text. Convert the file, for example: {convert}"
        ) from None
