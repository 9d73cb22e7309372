"""Arms that ended, failed or still run, under which seed, and why."""

from __future__ import annotations

from collections.abc import Iterable

from openloop.report.blocks import Block, EmptyLine, Lines
from openloop.report.run_findings import ended_trainings
from openloop.report.run_summary import RunSummary
from openloop.run.partial import unfinished_replies
from openloop.run.rows_of_run import partial_rows


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
    yield Lines(
        [
            f"PARTIAL: {rows.where}: {rows.counts['kept']:,} rows, because {why}; they can be audited and exported"
            for rows, why in partial_rows(summary.store, summary.record)
        ],
        "warning",
    )
    left = unfinished_replies(summary.store)
    if left is not None:
        yield Lines(
            [
                f"{left.requests:,} replies ({left.tokens:,} tokens) are paid for, and no row is made of them yet: "
                "`openloop run RECIPE` goes on from them; with --no-requests it makes rows of them and asks nothing"
            ],
            "warning",
        )
    yield EmptyLine()
