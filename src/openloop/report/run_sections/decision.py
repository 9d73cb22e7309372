"""What to do with the run, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable

from openloop.report.blocks import Block, EmptyLine, Lines
from openloop.report.run_summary import RunSummary


def blocks(summary: RunSummary) -> Iterable[Block]:
    """Last, so that it is what the reader is left with."""
    yield EmptyLine()
    yield Lines([summary.decision], "bold")
