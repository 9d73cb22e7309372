"""Arguments of an audit that are of another type than they may be: said by name, before anything is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from os import PathLike
from typing import Any

from openloop.errors import InputError

COLUMNS = {
    *("gold", "judge_column", "group", "prompt", "completion", "model", "confidence", "swapped", "judge_model", "step"),
    *("annotators", "cells"),
}
PATHS = {"labels", "eval_set", "real", "baseline", "keep", "to_label", "json"}
NUMBERS = {"accept_at", "max_bad", "level", "label_error", "seed", "round"}
SEVERAL = {"judge_column", "annotators", "labels", "label_error"}
"""Those that may be several."""


def require_types(arguments: Mapping[str, Any]) -> None:
    """``arguments`` by name; None and what is no column, path or number is passed over. Raises InputError."""
    for name in arguments.keys() & (COLUMNS | PATHS | NUMBERS):
        value = arguments[name]
        several = name in SEVERAL and isinstance(value, Sequence) and not isinstance(value, str)
        for one in value if several else [value]:
            if one is not None and not _fits(name, one):
                kind = "a number" if name in NUMBERS else "the path of a file" if name in PATHS else "a column's name"
                more = ", or several" if name in SEVERAL else ""
                got = " ".join(repr(value).split())  # a data frame is spread over lines
                raise InputError(f"--{name.replace('_', '-')}: {kind}{more}, got {got:.60} (a {type(value).__name__}).")


def _fits(name: str, value: Any) -> bool:
    if name in NUMBERS:
        return isinstance(value, Real) and not isinstance(value, bool)
    return isinstance(value, str | PathLike if name in PATHS else str)
