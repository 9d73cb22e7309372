"""A run, a plan and a validation as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from openloop.records import Estimate
from openloop.report.arms import ArmSummary
from openloop.report.decision import decide, verdict
from openloop.report.funnel import funnel, show_made, unfinished, unlike_asked, unscored
from openloop.report.measured import show_measured
from openloop.run.plan import Plan


def show_arms(arms: Sequence[ArmSummary]) -> RenderableType:
    """The table of arms and rounds, what failed, and a sentence per arm."""
    if not all(arm.trains for arm in arms):
        return show_made(arms)
    lines: list[RenderableType] = [arms_table(arms), *unfinished(arms)]
    if any("propose" in rows for arm in arms for rows in arm.rows):
        lines.append(funnel(arms))
    else:
        lines += unlike_asked(arms)
    lines.append("")
    lines += show_measured(arms)
    lines += [escape(verdict(arm)) for arm in arms]
    lines += ["", Text(decide(arms), "bold")]
    return Group(*lines)


def arms_table(arms: Sequence[ArmSummary]) -> Table:
    """One row per arm and round: accuracy over seeds, and the rows behind it."""
    table = Table(
        box=None,
        pad_edge=False,
        header_style="bold",
        caption=f"{arms[0].measure}: {_LEGEND}",
        caption_justify="left",
    )
    for heading in (
        "arm",
        "round",
        f"{arms[0].measure} [95 %]",
        "by seed",
        "sampled",
        "kept",
        "unsc.",
        "distinct",
        "log-lik.",
    ):
        left = heading in ("arm", "by seed")
        table.add_column(heading, justify="left" if left else "right", no_wrap=heading != "by seed")
    for arm in arms:
        for number in range(arm.rounds + 1):
            first = number == 0
            reached = [values[number] if len(values) > number else None for values in arm.accuracy.values()]
            table.add_row(
                Text(arm.name if first else "", "bold"),
                "start" if first else str(number),
                spoken(arm.mean_accuracy(number)),
                " ".join("–" if value is None else _short(value) for value in reached),
                *([] if first else _row_cells(arm, number - 1)),
            )
        table.add_row()
    return table


_LEGEND = (
    "mean over seeds and its interval; start: before round 1. sampled, kept, unsc. (without a score): "
    "rows over all seeds. distinct: share of different completions among the kept. log-lik.: nats per kept row "
    "under its sampler."
)


def _row_cells(arm: ArmSummary, index: int) -> list[str]:
    rows = arm.rows[index]
    distinct, logprob = arm.distinct[index], arm.logprob[index]
    return [
        f"{rows['requested']:,}",
        f"{rows['kept']:,}",
        unscored(rows),
        "–" if distinct is None else f"{distinct.value:.3f}",
        "–" if logprob is None else f"{logprob.value:.2f}",
    ]


def spoken(estimate: Estimate | None) -> str:
    """``.867 [.801, .933]``, without an interval where there is none."""
    if estimate is None:
        return "–"
    if estimate.low is None or estimate.high is None:
        return _short(estimate.value)
    return f"{_short(estimate.value)} [{_short(max(0.0, estimate.low))}, {_short(min(1.0, estimate.high))}]"


def _short(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def show_stages(stages: Sequence[dict[str, Any]]) -> Table:
    """The stages of a run made by Python calls."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("round", "stage", "fingerprint", "counts"):
        table.add_column(heading)
    for stage in stages:
        counts = ", ".join(f"{key} {value}" for key, value in stage["counts"].items())
        table.add_row(str(stage["round"]), stage["stage"], stage["fingerprint"][:12], escape(counts))
    return table


def show_plan(plan: Plan) -> RenderableType:
    """Stages by kind: how many are reused, recomputed, new, and what they cost."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("stage", "reused", "recomputed", "new", "requests", "tokens ≤", "money", "minutes"):
        table.add_column(heading, justify="left" if heading == "stage" else "right")
    for kind in ("sample", "parse", "score", "select", "train", "evaluate"):
        mine = [stage for stage in plan.stages if stage.kind == kind]
        if not mine:
            continue
        todo = [stage for stage in mine if stage.status != "reused"]
        times = [stage.seconds for stage in todo]
        minutes = "?" if None in times else f"{sum(t for t in times if t is not None) / 60:.1f}"
        table.add_row(
            kind,
            *(f"{sum(stage.status == status for stage in mine):,}" for status in ("reused", "recomputed", "new")),
            f"{sum(stage.requests for stage in mine):,}",
            f"{sum(stage.tokens for stage in mine):,}",
            f"{sum(stage.money for stage in mine):.2f}",
            minutes,
        )
    notes = [f"{escape(line)} It would end there, with all replies kept." for line in plan.over_budget]
    if plan.open_ended:
        notes.append("At least: rounds with train_rows draw further batches until enough rows are kept.")
    if plan.unknown_prompts:
        notes.append("Proposed prompts are counted as if every one asked for were kept; fewer will be.")
    if any(stage.seconds is None for stage in plan.todo):
        notes.append("Minutes of one worker, from finished stages of this directory; ? where there are none yet.")
    return Group(table, *notes)
