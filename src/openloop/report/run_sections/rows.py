"""Where the rows went, per arm, round and step; under the table the reasons of what was lost on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from openloop.report.blocks import Block, Column, EmptyLine, Lines, Table
from openloop.report.row_accounts import reasons, unscored
from openloop.report.run_summary import RunSummary

NUMBERS = ("requested", "failed", "items", "broken", "unscored", "dropped", "kept")
NONE = "–"
"""Where there is nothing to count; a column of nothing else gives way where the table does not fit."""


def blocks(summary: RunSummary) -> Iterable[Block]:
    """Shown where rows are only made, or where prompts are proposed; elsewhere the accuracy table says it."""
    if not shows_rows(summary):
        return
    rows, lost = [], []
    for arm in summary.arms:
        for number, account in enumerate(arm.rows, 1):
            steps = [("propose", account["propose"])] if "propose" in account else []
            for place, (step, held) in enumerate([*steps, ("answer", account)]):
                first = place == 0
                name = arm.name if first and number == 1 else ""
                rows.append([name, str(number) if first else "", step, *_cells(held)])
                lost += [
                    f"{arm.name} {number} {step}: {said}"
                    for said in reasons(held, "failures", "remarks", "broken", "dropped")
                ]
    columns = [
        Column("arm", right=False, style="bold"),
        Column("round"),
        Column("step", right=False),
        *(Column(title, optional=all(row[place] == NONE for row in rows)) for place, title in enumerate(NUMBERS, 3)),
    ]
    yield Table(columns, rows)
    if lost:
        yield EmptyLine()
        yield Lines(lost, "dim")


def shows_rows(summary: RunSummary) -> bool:
    """Whether the table says more than that of accuracies."""
    return not summary.record.trains or any("propose" in rows for arm in summary.arms for rows in arm.rows)


def _cells(rows: Mapping[str, Any]) -> list[str]:
    broken, dropped = sum(rows["broken"].values()), sum(rows["dropped"].values())
    found = rows["found"]
    return [
        f"{rows['requested']:,}",
        f"{rows['request_failed']:,}",
        f"{found - broken:,}" if found else NONE,
        f"{broken:,}" if found else NONE,
        unscored(rows),
        f"{dropped:,}",
        f"{rows['kept']:,}",
    ]
