"""The stages of a run made by Python calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openloop.report.blocks import Block, Column, Table

COLUMNS = [
    Column("round", right=False),
    Column("stage", right=False),
    Column("name", right=False),
    Column("fingerprint", right=False),
    Column("result", right=False, folds=True),
]


def stages_blocks(stages: Sequence[dict[str, Any]]) -> list[Block]:
    """One row a stage, with its counts."""
    rows = []
    for stage in stages:
        counts = ", ".join(f"{key} {_plain(value)}" for key, value in stage["counts"].items())
        rows.append([str(stage["round"]), stage["stage"], stage["label"], stage["fingerprint"][:12], counts])
    return [Table(COLUMNS, rows)]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        if "value" in value:
            return f"{value['value']:.3f}"
        return "(" + ", ".join(f"{key} {_plain(held)}" for key, held in value.items()) + ")"
    return str(value)
