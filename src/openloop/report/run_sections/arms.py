"""A sentence per arm: did it improve, did anything from outside the model reach it, and by which chain."""

from __future__ import annotations

from collections.abc import Iterable

from openloop.report.blocks import Block, Lines
from openloop.report.decision import information_text, verdict
from openloop.report.run_summary import RunSummary


def blocks(summary: RunSummary) -> Iterable[Block]:
    """Without training, only what was declared of the information."""
    if summary.record.trains:
        yield Lines([verdict(arm) for arm in summary.arms])
    else:
        yield Lines([f"{arm.name}: {information_text(arm.record)}" for arm in summary.arms])
