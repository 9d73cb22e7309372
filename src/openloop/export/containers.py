"""A file of rows by how its name ends: JSON lines, plain or gzip, or Parquet. The same rows give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openloop.data.json_lines_file import write_json_lines
from openloop.errors import InputError

ENDINGS = (".jsonl", ".jsonl.gz", ".parquet")
Line = dict[str, Any]


def ending_of(path: Path) -> str | None:
    """Which of :data:`ENDINGS` a name has."""
    return next((ending for ending in ENDINGS if path.name.endswith(ending)), None)


def write_lines(lines: Iterable[Line], path: Path, ending: str) -> None:
    """Write one row a line, all with the same keys. Raises InputError for what Parquet cannot hold."""
    if ending == ".parquet":
        rows = list(lines)
        write_columns({name: arrow_column([row[name] for row in rows], name) for name in rows[0]}, path)
        return
    write_json_lines(lines, path, packed=ending == ".jsonl.gz")


def write_columns(columns: dict[str, Any], path: Path) -> None:
    """Write Arrow columns as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path)


def arrow_column(values: Sequence[Any], name: str, kind: Any = None) -> Any:
    """Values as an Arrow array. Raises InputError for text that is not valid Unicode, and for mixed types."""
    import pyarrow as pa

    try:
        return pa.array(values, type=kind)
    except UnicodeEncodeError:
        raise InputError(
            f"column {name!r} holds a lone surrogate (half of a character), which Parquet cannot store. "
            "Export to a JSON lines file, which can."
        ) from None
    except (pa.ArrowException, OverflowError, TypeError, ValueError) as error:
        raise InputError(
            f"column {name!r} does not fit one Parquet type: {error}. Convert it, or export to a JSON lines file."
        ) from None
