"""Logs that other tools write, read as ordinary rows.

A tool is one file here with ``find(sample, name) -> ToolLog | None``, and its line in ``TOOLS``. A log is told apart by
its columns; rows that two tools could have written are read like any other file.
"""

from __future__ import annotations

from collections.abc import Sequence

from openloop.data.logs import (
    alpaca_eval,
    argilla,
    distilabel,
    inspect_ai,
    lm_eval,
    promptfoo,
    rewardbench,
    trl,
    verifiers,
    verl,
)
from openloop.data.logs.base import FindLog, Row, ToolLog

TOOLS: tuple[FindLog, ...] = (
    trl.find,
    lm_eval.find,
    inspect_ai.find,
    verifiers.find,
    verl.find,
    distilabel.find,
    argilla.find,
    alpaca_eval.find,
    rewardbench.find,
    promptfoo.find,
)


def tool_log(sample: Sequence[Row], name: str) -> ToolLog | None:
    """The log whose rows these are, from the rows at the start of the file ``name``; None for ordinary rows."""
    found = [log for find in TOOLS if (log := find(sample, name)) is not None]
    return found[0] if len(found) == 1 else None


__all__ = ["TOOLS", "ToolLog", "tool_log"]
