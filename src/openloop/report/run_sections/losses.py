"""Requests that failed or came otherwise than asked, where no table of rows says so already."""

from __future__ import annotations

from collections.abc import Iterable

from openloop.report.blocks import Block, Lines
from openloop.report.row_accounts import reasons
from openloop.report.run_sections.rows import shows_rows
from openloop.report.run_summary import RunSummary


def blocks(summary: RunSummary) -> Iterable[Block]:
    """A line per arm, round and kind of loss."""
    if shows_rows(summary):
        return
    yield Lines(
        [
            f"{arm.name} {number}: {said}"
            for arm in summary.arms
            for number, rows in enumerate(arm.rows, 1)
            for said in reasons(rows, "failures", "remarks")
        ],
        "dim",
    )
