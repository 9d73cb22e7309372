"""Where audited rows come from: files, rows in memory, or a run directory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from openloop.auditing.file_input import FilesInput, MemoryInput
from openloop.auditing.inputs import AuditInput
from openloop.auditing.runs import RunRows
from openloop.errors import DataError, InputError


def input_of(data: Any, arm: str | None = None, seed: int | None = None, round: int | None = None) -> AuditInput:
    """A path, several paths, or rows (mappings, a data set, a data frame's records). Raises InputError."""
    if isinstance(data, str | Path):
        data = [data]
    if isinstance(data, Sequence) and data and all(isinstance(item, str | Path) for item in data):
        paths = [Path(item) for item in data]
        if len(paths) == 1 and (paths[0] / "store.sqlite").exists():
            return RunRows(paths[0], arm, seed, round)
        return FilesInput(paths)
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        data = data.to_dict("records")
    if not isinstance(data, Iterable):
        raise InputError(f"audit: expected a path or rows, got {type(data).__name__}.")
    rows = list(data)
    for index, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise DataError(f"rows in memory: row {index + 1}: a {type(row).__name__}. Allowed: mappings.")
    return MemoryInput(rows)
