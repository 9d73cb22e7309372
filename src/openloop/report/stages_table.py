"""The stages of a run made by Python calls."""

from __future__ import annotations

from typing import Any

from openloop.measures.estimate_text import fixed
from openloop.report.blocks import Block, Column, Table
from openloop.report.run_findings import finding_lines
from openloop.report.run_summary import loose_stages
from openloop.run.store import Store

COLUMNS = [
    Column("round", right=False),
    Column("stage", right=False),
    Column("name", right=False),
    Column("fingerprint", right=False),
    Column("result", right=False, folds=True),
]


def loose_blocks(store: Store) -> list[Block]:
    """One row a stage, with its counts, and what was found out about policies."""
    stages = loose_stages(store)
    rows = []
    for stage in stages:
        counts = ", ".join(f"{key} {_plain(value)}" for key, value in stage["counts"].items())
        rows.append([str(stage["round"]), stage["stage"], stage["label"], stage["fingerprint"][:12], counts])
    return [Table(COLUMNS, rows), finding_lines(store)]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        if "value" in value:
            return fixed(3)(value["value"]) if value.get("n", 1) else "nothing was scored"
        return "(" + ", ".join(f"{key} {_plain(held)}" for key, held in value.items()) + ")"
    return str(value)
