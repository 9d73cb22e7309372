"""Where the rows of a run went: asked for, read, judged, kept, and why each other row was not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from openloop.report.arms import ArmSummary
from openloop.report.decision import information
from openloop.report.measured import show_measured, show_solved


def show_made(arms: Sequence[ArmSummary]) -> RenderableType:
    """A run that makes rows and trains nothing."""
    lines: list[RenderableType] = [funnel(arms), *unfinished(arms), ""]
    lines += [*show_solved(arms), *show_measured(arms)]
    lines += [escape(f"{arm.name}: {information(arm)}") for arm in arms]
    return Group(*lines, "", Text(made_sentence(arms), "bold"))


def made_sentence(arms: Sequence[ArmSummary]) -> str:
    """What is to be done with the rows that were made."""
    kept = sum(rows["kept"] for arm in arms for rows in arm.rows)
    if not kept:
        return "NO ROWS yet."
    return f"MADE {kept:,} rows. Whether they are worth training on is not known yet: audit them, then export them."


def unfinished(arms: Sequence[ArmSummary]) -> Iterator[Text]:
    """A sentence for each chain that is not done."""
    for arm in arms:
        for seed, (status, reason) in sorted(arm.status.items()):
            if status != "done":
                yield Text(f"{arm.name}, seed {seed}: {status}{': ' + reason if reason else ''}", "yellow")


def funnel(arms: Sequence[ArmSummary]) -> RenderableType:
    """A row per arm, round and step, over all seeds; under each the reasons of what was lost on the way."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (
        "arm",
        "round",
        "step",
        "requested",
        "failed",
        "items",
        "broken",
        "unscored",
        "dropped",
        "kept",
    ):
        table.add_column(heading, justify="left" if heading in ("arm", "step") else "right", no_wrap=True)
    reasons = []
    for arm in arms:
        for number, rows in enumerate(arm.rows, 1):
            steps = [("propose", rows["propose"]), ("answer", rows)] if "propose" in rows else [("answer", rows)]
            for place, (step, held) in enumerate(steps):
                first = place == 0
                table.add_row(
                    Text(arm.name if first and number == 1 else "", "bold"),
                    str(number) if first else "",
                    step,
                    *_cells(held),
                )
                reasons += [f"{arm.name} {number} {step}: {said}" for said in _reasons(held)]
    return Group(table, *([""] if reasons else []), *(Text(said, "dim") for said in reasons))


def unlike_asked(arms: Sequence[ArmSummary]) -> Iterator[Text]:
    """A line per arm and round in which requests failed or came otherwise than asked."""
    for arm in arms:
        for number, rows in enumerate(arm.rows, 1):
            for said in _reasons({what: rows[what] for what in ("failures", "remarks")}):
                yield Text(f"{arm.name} {number}: {said}", "dim")


def _cells(rows: Mapping[str, Any]) -> list[str]:
    broken, dropped = sum(rows["broken"].values()), sum(rows["dropped"].values())
    found = rows["found"]
    return [
        f"{rows['requested']:,}",
        f"{rows['request_failed']:,}",
        f"{found - broken:,}" if found else "–",
        f"{broken:,}" if found else "–",
        unscored(rows),
        f"{dropped:,}",
        f"{rows['kept']:,}",
    ]


def unscored(rows: Mapping[str, Any]) -> str:
    """How many rows have no score; a dash where nothing was scored."""
    judged = sum(rows[key] for key in ("scored", "abstained", "timeout", "error"))
    return f"{judged - rows['scored']:,}" if judged else "–"


def _reasons(rows: Mapping[str, Any]) -> Iterator[str]:
    for what in ("failures", "remarks", "broken", "dropped"):
        if held := rows.get(what):
            yield f"{what}: " + ", ".join(f"{reason} {n:,}" for reason, n in sorted(held.items(), key=lambda i: -i[1]))
