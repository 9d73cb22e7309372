"""Policies that learned their reward and not their task, and tests that scored nothing: a sentence each."""

from __future__ import annotations

from collections.abc import Iterable

from openloop.report.blocks import Block
from openloop.report.run_findings import finding_lines
from openloop.report.run_summary import RunSummary


def blocks(summary: RunSummary) -> Iterable[Block]:
    """Nothing where all went well."""
    yield finding_lines(summary.store)
