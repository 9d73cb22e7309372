"""Arms that ended, failed or still run, under which seed, and why."""

from __future__ import annotations

from collections.abc import Iterable

from openloop.report.blocks import Block, EmptyLine, Lines
from openloop.report.run_findings import ended_trainings
from openloop.report.run_summary import RunSummary


def blocks(summary: RunSummary) -> Iterable[Block]:
    """A sentence for each chain that is not done, with the finding that ended it."""
    found = {(one["arm"], one["seed"]): f" ({one['finding']})" for one in ended_trainings(summary.store)}
    yield Lines(
        [
            f"{arm.name}, seed {seed}: {status}{found.get((arm.name, seed), '')}{': ' + reason if reason else ''}"
            for arm in summary.arms
            for seed, (status, reason) in sorted(arm.status.items())
            if status != "done"
        ],
        "warning",
    )
    yield EmptyLine()
