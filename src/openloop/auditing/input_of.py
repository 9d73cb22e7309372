"""Where audited rows come from: files, rows in memory, or a run directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openloop.auditing.file_input import FilesInput, MemoryInput
from openloop.auditing.inputs import AuditInput
from openloop.auditing.runs import RunRows
from openloop.data.plain_cells import plain_row
from openloop.errors import DataError, InputError


def input_of(data: Any, arm: str | None = None, seed: int | None = None, round: int | None = None) -> AuditInput:
    """A path, several paths, or rows (mappings, a data set, a data frame's records). Raises InputError."""
    if isinstance(data, str | Path):
        data = [data]
    if isinstance(data, Sequence) and data and all(isinstance(item, str | Path) for item in data):
        paths = [Path(item) for item in data]
        if len(paths) == 1 and (paths[0] / "store.sqlite").exists():
            return RunRows(paths[0], arm, seed, round)
        _require_no_place(f"{', '.join(map(str, paths))}: no run directory", arm, seed, round)
        return FilesInput(paths)
    _require_no_place("rows in memory", arm, seed, round)
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        data = data.to_dict("records")
    if isinstance(data, Mapping):
        keys = ", ".join(map(repr, data))
        raise InputError(
            f"audit: expected a path or rows, got one {type(data).__name__} with the keys {keys}. {_one(data)}"
        )
    if not isinstance(data, Iterable):
        raise InputError(f"audit: expected a path or rows, got {type(data).__name__}.")
    rows = list(data)
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError(f"rows in memory: row {index + 1}: a {type(row).__name__}. Allowed: mappings.")
    return MemoryInput([plain_row(row) for row in rows])


def _require_no_place(what: str, arm: str | None, seed: int | None, round: int | None) -> None:
    for option, value in (("arm", arm), ("seed", seed), ("round", round)):
        if value is not None:
            raise InputError(f"--{option} {value}: chooses among the rows of a run, and these are of none ({what}).")


def _one(data: Mapping[Any, Any]) -> str:
    """What to pass instead of splits, of columns, or of one row."""
    held = next(iter(data.values()), None)
    if isinstance(held, Iterable) and isinstance(next(iter(held), None), Mapping):
        return f"Give one of its splits: data[{next(iter(data))!r}]."
    return "Give a list of rows, each a dict of column to value; of columns, a pandas DataFrame."
