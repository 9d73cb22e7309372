"""The sections of `openloop show`. A new one is one file here, a function of a run's summary, and one line below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from openloop.report.blocks import Block
from openloop.report.run_sections import (
    accuracy,
    arms,
    comparisons,
    decision,
    findings,
    losses,
    measured,
    rows,
    unfinished,
    vectors,
)
from openloop.report.run_summary import RunSummary

SectionOfRun = Callable[[RunSummary], Iterable[Block]]

SECTIONS: Sequence[SectionOfRun] = (
    accuracy.blocks,
    rows.blocks,
    losses.blocks,
    unfinished.blocks,
    vectors.blocks,
    measured.blocks,
    arms.blocks,
    findings.blocks,
    comparisons.blocks,
    decision.blocks,
)
"""In the order in which they are shown. One that does not apply gives no blocks."""


def run_blocks(summary: RunSummary) -> list[Block]:
    """The whole report of a run."""
    return [block for section in SECTIONS for block in section(summary)]
