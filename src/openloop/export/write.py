"""Write candidates to a file, whole or not at all."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import IO

from openloop.errors import InputError, nearest
from openloop.export.alpaca import alpaca_lines
from openloop.export.base import Line, ToLines
from openloop.export.dpo import dpo_lines, dpo_pairs
from openloop.export.messages import messages_lines
from openloop.export.sharegpt import sharegpt_lines
from openloop.export.trl import trl_lines
from openloop.filesystem import written_whole
from openloop.records import Candidate

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "trl": "prompt and completion, text or messages (JSON lines)",
        "messages": "role/content turns (JSON lines)",
        "sharegpt": "from/value turns (JSON lines)",
        "alpaca": "instruction, input, output; text only (JSON lines)",
        "dpo": "prompt, chosen, rejected pairs by verdict (JSON lines)",
        "parquet": "every column with its provenance (Parquet)",
    }
)
"""Name → what the file holds."""

_ONE_LINE_EACH: Mapping[str, ToLines] = {
    "trl": trl_lines,
    "messages": messages_lines,
    "sharegpt": sharegpt_lines,
    "alpaca": alpaca_lines,
}


@dataclass(frozen=True, slots=True)
class Export:
    """What was written."""

    path: Path
    to: str
    given: int
    """Candidates."""
    rows: int
    """Rows in the file: as many as candidates, except for pairs."""
    said: tuple[str, ...] = ()


def write(
    records: Iterable[Candidate],
    path: str | Path,
    *,
    to: str = "trl",
    accepted: Sequence[bool | None] | None = None,
    pairs_per_prompt: int = 1,
    overwrite: bool = False,
) -> Export:
    """Write candidates in a format of :data:`FORMATS`; a name that ends in ``.gz`` is compressed.

    ``accepted`` (shape [N], None where unscored) and ``pairs_per_prompt`` (at most so many pairs an accepted
    row) belong to ``dpo``. The same candidates give the same bytes. Raises InputError, before the file is
    touched, for an unknown format, an existing file, no candidates, or rows that the format cannot hold.
    """
    path = Path(path)
    _check(path, to, accepted, overwrite)
    candidates = list(records)
    if not candidates:
        raise InputError(f"{path}: no candidates to export. Check what was selected.")
    if to == "parquet":
        from openloop.export.parquet import write_parquet

        with written_whole(path) as temporary:
            said = write_parquet(candidates, temporary)
        return Export(path, to, len(candidates), len(candidates), tuple(said))
    if to == "dpo":
        pairs = dpo_pairs(candidates, accepted or (), pairs_per_prompt)
        used = len({id(candidate) for pair in pairs for candidate in pair})
        _write_lines(dpo_lines(pairs), path)
        unscored = sum(flag is None for flag in accepted or ())
        told = f"{len(pairs):,} pairs from {used:,} of {len(candidates):,} candidates; {unscored:,} are unscored"
        return Export(path, to, len(candidates), len(pairs), (told,))
    _write_lines(_ONE_LINE_EACH[to](candidates), path)
    return Export(path, to, len(candidates), len(candidates))


def require_format(to: str) -> None:
    """Refuse a name that is no format of :data:`FORMATS`."""
    if to not in FORMATS:
        raise InputError(f"to={to!r} is no export format; {nearest(to, FORMATS)}")


def _check(path: Path, to: str, accepted: Sequence[bool | None] | None, overwrite: bool) -> None:
    require_format(to)
    if to == "dpo" and accepted is None:
        raise InputError("to='dpo' needs accepted=, one flag a candidate: True, False, or None where unscored.")
    if to != "dpo" and accepted is not None:
        raise InputError(f"to={to!r} does not use accepted=, which belongs to 'dpo'. Pass only what was kept.")
    if (to == "parquet") != (path.suffix == ".parquet"):
        raise InputError(
            f"{path}: the name does not fit to={to!r}. Allowed: .parquet for parquet; .jsonl or .jsonl.gz otherwise."
        )
    if path.suffix in (".zst", ".zstd", ".bz2", ".xz", ".zip"):
        raise InputError(f"{path}: {path.suffix} is not written. Allowed: .jsonl or .jsonl.gz.")
    if path.exists() and not overwrite:
        raise InputError(f"{path}: the file exists. Choose another name, or pass overwrite=True (--overwrite).")


def _write_lines(lines: Iterable[Line], path: Path) -> None:
    with written_whole(path) as temporary, temporary.open("wb") as plain:
        if path.suffix != ".gz":
            _put(lines, plain)
            return
        # Neither time nor name in the header: the same candidates give the same bytes.
        with gzip.GzipFile("", "wb", compresslevel=6, fileobj=plain, mtime=0) as packed:
            _put(lines, packed)


def _put(lines: Iterable[Line], stream: IO[bytes] | gzip.GzipFile) -> None:
    for line in lines:
        stream.write(_json(line) + b"\n")


def _json(line: Line) -> bytes:
    try:
        return json.dumps(line, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # UTF-8 has no lone surrogates; JSON escapes do
        return json.dumps(line).encode()
