"""Logs that other tools write, read as ordinary rows.

A tool is one file here with ``find(sample, name) -> ToolLog | None``, and its line in ``TOOLS``. A log is told apart by
its columns; rows that two tools could have written are read like any other file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
from openloop.data.logs.base import ODD_SHAPE, FindLog, Row, ToolLog

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
    found = [log for find in TOOLS if (log := _found(find, sample, name)) is not None]
    return replace(found[0], file=name) if len(found) == 1 else None


def _found(find: FindLog, sample: Sequence[Row], name: str) -> ToolLog | None:
    try:
        return find(sample, name)
    except ODD_SHAPE:  # the columns are called as the tool's, and hold something else
        return None


__all__ = ["TOOLS", "ToolLog", "tool_log"]
