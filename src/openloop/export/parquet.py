"""Every column with its provenance; real-data columns as ``row.<name>``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from openloop.export.base import Rows, Written, as_turns, is_chat
from openloop.export.containers import arrow_column, write_columns
from openloop.records import Candidate

_TEXT = ("model", "revision", "finish", "reasoning")
_INTEGER = ("index", "seed", "round", "n_tokens")


@dataclass(frozen=True)
class Parquet:
    """A table of all columns."""

    name: ClassVar[str] = "parquet"
    holds: ClassVar[str] = "every column with its provenance"
    endings: ClassVar[tuple[str, ...]] = (".parquet",)
    pairs: ClassVar[bool] = False
    has_plain: ClassVar[bool] = False

    def write(self, rows: Rows, path: Path, ending: str) -> Written:
        """See :class:`openloop.export.base.Format`."""
        del ending
        return Written(len(rows.candidates), tuple(_write(rows.candidates, path)))


PARQUET = Parquet()


def _write(candidates: Sequence[Candidate], path: Path) -> list[str]:
    """Write the file; returns sentences on what was stored in another form.

    Raises InputError for text that is not valid Unicode, and for a column of mixed types.
    """
    import pyarrow as pa

    chat = any(map(is_chat, candidates))
    turns = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    content = turns if chat else pa.string()
    columns: dict[str, Any] = {
        "id": arrow_column([c.id for c in candidates], "id", pa.string()),
        "prompt_id": arrow_column([c.prompt_id for c in candidates], "prompt_id", pa.string()),
    }
    for name, role in (("prompt", "user"), ("completion", "assistant")):
        values = [getattr(c, name) for c in candidates]
        columns[name] = arrow_column([as_turns(v, role) for v in values] if chat else values, name, content)
    for name in _INTEGER:
        columns[name] = arrow_column([getattr(c, name) for c in candidates], name, pa.int64())
    for name in _TEXT:
        columns[name] = arrow_column([getattr(c, name) for c in candidates], name, pa.string())
    columns["logprob"] = arrow_column([c.logprob for c in candidates], "logprob", pa.float64())
    said = []
    for name in dict.fromkeys(name for c in candidates for name in c.row):
        values = [c.row.get(name) for c in candidates]
        if any(map(_holds_objects, values)):
            values = [None if value is None else _json(value) for value in values]
            said.append(f"row.{name} is stored as JSON text, since Parquet would fill in keys its objects lack")
        columns[f"row.{name}"] = arrow_column(values, f"row.{name}")
    write_columns(columns, path)
    return said


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list | tuple) and any(map(_holds_objects, value)))


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, sort_keys=True)
