"""What a run would do, by kind of stage: how many are reused, recomputed, new, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence

from openloop.report.blocks import Block, Column, EmptyLine, Lines, Table
from openloop.report.expected_rounds import expected_blocks
from openloop.run.plan import Plan, Planned, PlannedTraining
from openloop.run.stages import KINDS

STATUSES = ("reused", "recomputed", "new")
GIB = 2**30
TITLES = (*STATUSES, "requests", "tokens ≤", "money ≤", "minutes")


def plan_blocks(plan: Plan) -> list[Block]:
    """The table and what to know about its numbers."""
    by_kind = {kind: [stage for stage in plan.stages if stage.kind == kind] for kind in KINDS}
    rows = [_row(kind, mine) for kind, mine in by_kind.items() if mine]
    notes = [f"{line} It would end there, with all replies kept." for line in plan.over_budget]
    notes += _upper_bounds(plan)
    if plan.open_ended:
        notes.append("Of rounds with train_rows the first table counts the next batch alone.")
    if plan.unknown_prompts:
        notes.append("Proposed prompts are counted as if every one asked for were kept; fewer will be.")
    if any(stage.seconds is None for stage in plan.todo):
        notes.append("Minutes of one worker, from finished stages of this directory; ? where there are none yet.")
    titles = [Column("stage", right=False), *map(Column, TITLES)]
    return [Table(titles, rows), *_trainings(plan), *expected_blocks(plan.expected), Lines(notes)]


def _upper_bounds(plan: Plan) -> list[str]:
    """That no answer is expected to be as long as it may be, and how long those were that came."""
    if not any(stage.tokens for stage in plan.todo):
        return []
    said, seen = "Tokens and money are upper bounds: every answer is counted at its max_tokens.", plan.answered
    if seen.requests and seen.completion_tokens:
        mean = seen.completion_tokens / seen.requests
        said += f" The {seen.requests:,} answered here so far took {mean:,.0f} tokens each on average."
        said += " What is answered already is not asked again."
    return [said]


def _trainings(plan: Plan) -> list[Block]:
    """A row for each kind of training that is to be done; nothing where trainers say nothing."""
    alike: dict[tuple[object, ...], list[PlannedTraining]] = {}
    for stage in plan.todo:
        if (training := stage.training) is not None:
            shape = (training.trainer, training.parameters, training.trained_parameters)
            alike.setdefault((*shape, training.rows, training.steps), []).append(training)
    if not alike:
        return []
    rows = [_training(mine) for mine in alike.values()]
    titles = ("trained", "rows ≤", "tokens ≤", "steps", "memory ~", "minutes each")
    caption = (
        "" if any("?" not in row[-1] for row in rows) else "minutes each: `openloop plan --probe` times three steps"
    )
    return [EmptyLine(), Table([Column("training", right=False), *map(Column, titles)], rows, caption)]


def _row(kind: str, mine: list[Planned]) -> list[str]:
    times = [stage.seconds for stage in mine if stage.status != "reused"]
    return [
        kind,
        *(f"{sum(stage.status == status for stage in mine):,}" for status in STATUSES),
        f"{sum(stage.requests for stage in mine):,}",
        f"{sum(stage.tokens for stage in mine):,}",
        f"{sum(stage.money for stage in mine):.2f}",
        "?" if None in times else f"{sum(t for t in times if t is not None) / 60:.1f}",
    ]


def _training(alike: Sequence[PlannedTraining]) -> list[str]:
    one, tokens = alike[0], max(training.tokens for training in alike)
    each = next((training.seconds for training in alike if training.seconds is not None), None)
    return [
        f"{one.trainer} x {len(alike)}",
        f"{one.trained_parameters:,} of {one.parameters:,}",
        f"{one.rows:,}",
        f"{tokens:,}" if tokens else "?",
        f"{one.steps:,}" if one.steps else "?",
        f"{max(training.memory_bytes for training in alike) / GIB:.2f} GiB",
        "?" if each is None else f"{each / 60:.1f}",
    ]
