"""Rows of a file a block at a time, for readers that keep numbers and let the text go.

JSON lines (plain, gzip or zstd) and Parquet are never whole in memory; the other formats are decoded as
:func:`openloop.data.read` does. Columns are not detected here and may mix types.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from openloop.data.compression import GZIP, ZSTD, damaged
from openloop.data.decode import decode, kind_suffix
from openloop.data.files import find_files
from openloop.data.json_document import is_spread, json_objects, opened
from openloop.data.json_rows import json_lines
from openloop.data.table import RawRow, Shard
from openloop.data.whole_file import rows_by_path
from openloop.errors import DataError

FIRST = 8 << 20
"""Bytes of text decoded first: the rows by which columns are recognised."""
BLOCK = 1 << 20
"""Bytes of text decoded at a time after them: a block that stays in the cache of a core takes less time."""
_BOM = b"\xef\xbb\xbf"


def blocks(path: Path) -> Iterator[Shard]:
    """The rows behind a path, in order. NaN and Infinity in JSON are read as numbers. Raises DataError."""
    for file in find_files(path):
        yield from _of_file(file)


def _of_file(file: Path) -> Iterator[Shard]:
    name = str(file)
    try:
        found = rows_by_path(file)
        if found is not None:
            yield from found
            return
        with file.open("rb") as raw:
            head = raw.read(4)
        if head == b"PAR1":
            yield from _parquet(file)
            return
        packed = "gzip" if head.startswith(GZIP) else "zstd" if head == ZSTD else ""
        if kind_suffix(name) not in (".csv", ".tsv"):
            with _opened(file, packed) as stream:
                start = _read(stream, 1 << 16, name, packed)
                if start.removeprefix(_BOM).lstrip()[:1] == b"{":
                    if is_spread(start.removeprefix(_BOM).lstrip().decode("utf-8", "replace")):
                        whole = _utf8((start + _read(stream, -1, name, packed)).removeprefix(_BOM), name, 1)
                        yield json_objects(whole, name, f"{packed} " if packed else "", (), constants=True)
                    else:
                        yield from opened(_lines(stream, start, name, packed))
                    return
        yield decode(file.read_bytes(), name)
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror or error}. Check its permissions.") from None


def _lines(stream: BinaryIO, start: bytes, name: str, packed: str) -> Iterator[Shard]:
    prefix, said = f"{packed} " if packed else "", ()
    rest, number, size = start.removeprefix(_BOM), 1, FIRST
    while True:
        block = _read(stream, size, name, packed)
        size = BLOCK
        rest += block
        cut = rest.rfind(b"\n") + 1 if block else len(rest)
        if cut:
            text = _utf8(rest[:cut], name, number)
            yield json_lines(text, name, f"{prefix}", said, number, constants=True)
            number += text.count("\n")
            rest = rest[cut:]
        if not block:
            return


def _utf8(raw: bytes, name: str, first: int) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = first + raw.count(b"\n", 0, error.start)
        raise DataError(
            f"{name}: line {line}: byte 0x{raw[error.start]:02x} is not valid UTF-8 ({error.reason}). "
            "Allowed: UTF-8 text. Convert the file, for example with `iconv -t utf-8`."
        ) from None


def _parquet(file: Path) -> Iterator[Shard]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from openloop.data.arrow_rows import plain_rows

    try:
        done = 0
        for batch in pq.ParquetFile(file).iter_batches(20_000):
            said: list[str] = []
            rows: list[RawRow] = plain_rows(pa.Table.from_batches([batch]), str(file), said)
            yield Shard(str(file), rows, "Parquet", range(done + 1, done + len(rows) + 1), "row", tuple(said))
            done += len(rows)
    except pa.ArrowException as error:
        what = str(error).splitlines()[0]
        raise DataError(f"{file}: the Parquet data is damaged: {what} Copy or download the file again.") from None


@contextmanager
def _opened(file: Path, packed: str) -> Iterator[BinaryIO]:
    if packed == "gzip":
        with gzip.open(file, "rb") as stream:
            yield cast(BinaryIO, stream)
    elif packed == "zstd":
        import pyarrow as pa

        with pa.CompressedInputStream(pa.OSFile(str(file)), "zstd") as stream:
            yield cast(BinaryIO, stream)
    else:
        with file.open("rb") as stream:
            yield stream


def _read(stream: BinaryIO, size: int, name: str, packed: str) -> bytes:
    try:
        return stream.read(size)
    except EOFError:
        raise damaged(name, packed, "it ends early (truncated)") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise damaged(name, packed, str(error)) from None
    except OSError as error:
        if not packed:
            raise
        raise damaged(name, packed, str(error)) from None
