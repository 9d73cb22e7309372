"""The samples of an inspect_ai log in its ``.eval`` form: a zip archive of JSON files."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from openloop.data.logs.documents import inspect_ended, inspect_sample
from openloop.data.table import Shard
from openloop.errors import DataError

ZIP = b"PK\x03\x04"
BLOCK = 1000
"""Samples read at a time."""
_ZSTD = 93
"""The number of that compression in a zip archive; Python's own module reads it from 3.14 on."""


def zip_rows(file: Path) -> Iterator[Shard]:
    """The samples, a block at a time. Raises DataError for a damaged archive, or one of anything else."""
    name = str(file)
    try:
        with file.open("rb") as raw, zipfile.ZipFile(raw) as archive:
            members = {info.filename: info for info in archive.infolist()}
            header, said = _header(raw, archive, members, name)
            samples = [info for path, info in members.items() if path.startswith("samples/")]
            if not samples:
                raise DataError(f"{name}: an inspect_ai log without samples. Run the evaluation with log_samples.")
            for start in range(0, len(samples), BLOCK):
                part = samples[start : start + BLOCK]
                rows = [inspect_sample(_json(raw, archive, info), header) for info in part]
                yield Shard(name, rows, "inspect_ai log", range(start + 1, start + 1 + len(rows)), "sample", said)
    except (zipfile.BadZipFile, ValueError, EOFError, NotImplementedError) as error:
        raise DataError(f"{name}: the zip data is damaged: {error}. Copy or download the file again.") from None


def _header(
    raw: BinaryIO, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What the log says of the evaluation; a log that was cut short has it in its journal only."""
    for path in ("header.json", "_journal/start.json"):
        if path in members:
            held = _json(raw, archive, members[path])
            if isinstance(held.get("eval"), dict):
                return held["eval"], inspect_ended(held)
    shown = ", ".join(list(members)[:5]) or "nothing"
    raise DataError(
        f"{name}: this is a zip archive that holds {shown}. Allowed of zip archives: inspect_ai logs (.eval). "
        "Unpack it first."
    )


def _json(raw: BinaryIO, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> dict[str, Any]:
    held = json.loads(_zstd(raw, info) if info.compress_type == _ZSTD else archive.read(info))
    if not isinstance(held, dict):
        raise ValueError(f"{info.filename} holds no object")
    return held


def _zstd(raw: BinaryIO, info: zipfile.ZipInfo) -> bytes:
    import pyarrow as pa

    raw.seek(info.header_offset)
    local = raw.read(30)  # the lengths of the name and of the extra field stand at its end
    start = info.header_offset + 30 + int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little")
    raw.seek(start)
    packed = raw.read(info.compress_size)
    try:
        with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
            plain: bytes = stream.read()
            return plain
    except OSError as error:
        raise zipfile.BadZipFile(f"{info.filename}: {error}") from None
