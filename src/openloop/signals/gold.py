"""The gold answer that a signal compares with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from openloop.records import Row, Verdict
from openloop.verdicts import error


def gold_of(row: Row, column: str) -> str | Verdict:
    """The gold of a row as text, or the ERROR of a row that has none to compare with."""
    gold: Any = row.get(column)
    if isinstance(gold, str):
        if gold and not gold.isspace():
            return gold
    elif isinstance(gold, Mapping | list | tuple | set | bytes):
        return error("gold_not_text", f"{column!r} is a {type(gold).__name__}")
    elif gold is not None and not (isinstance(gold, float) and math.isnan(gold)):
        return str(gold)
    return error("no_gold", f"the row has no {column!r}")
