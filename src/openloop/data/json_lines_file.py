"""Rows written as JSON lines, plain or gzip: the same rows give the same bytes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import IO, Any

Row = Mapping[str, Any]


def write_json_lines(
    rows: Iterable[Row], path: Path, *, packed: bool, default: Callable[[Any], Any] | None = None
) -> None:
    """Write one object a line, as the rows come; ``default`` makes something that JSON holds of what it does not."""
    with path.open("wb") as plain:
        if not packed:
            _put(rows, plain, default)
            return
        # Neither time nor name in the header: the same lines give the same bytes.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=plain, mtime=0) as stream:
            _put(rows, stream, default)


def _put(rows: Iterable[Row], stream: IO[bytes] | gzip.GzipFile, default: Callable[[Any], Any] | None) -> None:
    for row in rows:
        try:
            line = json.dumps(row, ensure_ascii=False, default=default).encode()
        except UnicodeEncodeError:  # UTF-8 has no lone surrogates; JSON escapes do
            line = json.dumps(row, default=default).encode()
        stream.write(line + b"\n")
