"""Cells of rows in memory as files hold them: numpy's scalars and arrays, decimals, dates and times are made plain."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Mapping
from typing import Any

import numpy as np

_PLAIN = frozenset({str, int, float, bool, type(None)})


def plain_row(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same row where all of its cells are plain, else a new one."""
    if all(type(value) in _PLAIN for value in row.values()):
        return row
    return {name: plain_cell(value) for name, value in row.items()}


def plain_cell(value: Any) -> Any:
    """What JSON knows as it is; what nothing here knows is left alone, so that it is refused where it is read."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, np.generic):
        return plain_cell(value.item()) if value.dtype.kind in "biufU" else value
    if isinstance(value, np.ndarray):
        return plain_cell(value.tolist())
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain_cell(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_cell(item) for item in value]
    return value
