"""JSON lines: one object a line, compressed or not; the same lines give the same bytes."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, ClassVar

from openloop.export.base import Line, Rows, Written
from openloop.records import Candidate

SUFFIX = ".jsonl"


@dataclass(frozen=True)
class JsonLines:
    """A format of one JSON object a candidate, in order."""

    name: str
    holds: str
    lines: Callable[[Iterable[Candidate]], Iterator[Line]]
    suffix: ClassVar[str] = SUFFIX
    pairs: ClassVar[bool] = False

    def write(self, rows: Rows, path: Path, *, packed: bool) -> Written:
        """See :class:`openloop.export.base.Format`."""
        write_lines(self.lines(rows.candidates), path, packed=packed)
        return Written(len(rows.candidates))


def write_lines(lines: Iterable[Line], path: Path, *, packed: bool) -> None:
    """Write one object a line."""
    with path.open("wb") as plain:
        if not packed:
            _put(lines, plain)
            return
        # Neither time nor name in the header: the same lines give the same bytes.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=plain, mtime=0) as stream:
            _put(lines, stream)


def _put(lines: Iterable[Line], stream: IO[bytes] | gzip.GzipFile) -> None:
    for line in lines:
        stream.write(_json(line) + b"\n")


def _json(line: Line) -> bytes:
    try:
        return json.dumps(line, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # UTF-8 has no lone surrogates; JSON escapes do
        return json.dumps(line).encode()
