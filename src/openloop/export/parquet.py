"""Every column with its provenance; real-data columns as ``row.<name>``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from openloop.errors import InputError
from openloop.export.base import Rows, Written, as_turns, is_chat
from openloop.records import Candidate

_TEXT = ("model", "revision", "finish", "reasoning")
_INTEGER = ("index", "seed", "round", "n_tokens")


@dataclass(frozen=True)
class Parquet:
    """A table of all columns."""

    name: ClassVar[str] = "parquet"
    holds: ClassVar[str] = "every column with its provenance (Parquet)"
    suffix: ClassVar[str] = ".parquet"
    pairs: ClassVar[bool] = False

    def write(self, rows: Rows, path: Path, *, packed: bool) -> Written:
        """See :class:`openloop.export.base.Format`; a Parquet file is compressed as it is."""
        del packed
        return Written(len(rows.candidates), tuple(_write(rows.candidates, path)))


PARQUET = Parquet()


def _write(candidates: Sequence[Candidate], path: Path) -> list[str]:
    """Write the file; returns sentences on what was stored in another form.

    Raises InputError for text that is not valid Unicode, and for a column of mixed types.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    chat = any(map(is_chat, candidates))
    turns = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    content = turns if chat else pa.string()
    columns: dict[str, Any] = {
        "id": _array([c.id for c in candidates], "id", pa.string()),
        "prompt_id": _array([c.prompt_id for c in candidates], "prompt_id", pa.string()),
    }
    for name, role in (("prompt", "user"), ("completion", "assistant")):
        values = [getattr(c, name) for c in candidates]
        columns[name] = _array([as_turns(v, role) for v in values] if chat else values, name, content)
    for name in _INTEGER:
        columns[name] = _array([getattr(c, name) for c in candidates], name, pa.int64())
    for name in _TEXT:
        columns[name] = _array([getattr(c, name) for c in candidates], name, pa.string())
    columns["logprob"] = _array([c.logprob for c in candidates], "logprob", pa.float64())
    said = []
    for name in dict.fromkeys(name for c in candidates for name in c.row):
        values = [c.row.get(name) for c in candidates]
        if any(map(_holds_objects, values)):
            values = [None if value is None else _json(value) for value in values]
            said.append(f"row.{name} is stored as JSON text, since Parquet would fill in keys its objects lack")
        columns[f"row.{name}"] = _array(values, f"row.{name}", None)
    pq.write_table(pa.table(columns), path)
    return said


def _array(values: list[Any], name: str, kind: Any) -> Any:
    import pyarrow as pa

    try:
        return pa.array(values, type=kind)
    except UnicodeEncodeError:
        raise InputError(
            f"column {name!r} holds a lone surrogate (half of a character), which Parquet cannot store. "
            "Export to a JSON lines format, which can."
        ) from None
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        raise InputError(
            f"column {name!r} does not fit one Parquet type: {error}. Convert it, or export to a JSON lines format."
        ) from None


def _holds_objects(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list | tuple) and any(map(_holds_objects, value)))


def _json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, sort_keys=True)
