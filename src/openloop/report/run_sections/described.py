"""What the rows that each round kept are like: one row per arm and round, the columns that were measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from openloop.measures.estimate_text import fixed
from openloop.records import Estimate
from openloop.report.arms import ArmSummary
from openloop.report.blocks import Block, Column, EmptyLine, Table
from openloop.report.run_summary import RunSummary


@dataclass(frozen=True, slots=True)
class Shown:
    """How one estimate is shown."""

    title: str
    legend: str
    decimals: int


COLUMNS: Mapping[str, Shown] = {
    "diversity.vendi2": Shown("different", "effective number of different completions (order-2 Vendi score)", 0),
    "similarity.prompts": Shown("prompts", "mean cosine of a prompt to the nearest other real one", 2),
    "similarity.responses": Shown("answers", "the same of completions", 2),
    "real.auc": Shown("told", "how often a classifier tells a kept from a real completion (AUC; .5: never)", 2),
    "coverage.unseen": Shown("unseen", "share of new prompts' completions that no row has yet", 2),
    "entropy.semantic": Shown("entropy", "of the answers to a prompt, all candidates (nats)", 2),
    "information.gain": Shown("gain", "nats that the model adds to a prompt at least, all candidates", 1),
}


def blocks(summary: RunSummary) -> Iterable[Block]:
    """Nothing where no round was described."""
    known = {name for arm in summary.arms for held in arm.described.values() for name in held}
    shown = {name: column for name, column in COLUMNS.items() if name in known}
    if not shown:
        return
    rows: list[list[str]] = []
    for arm in summary.arms:
        numbers = sorted({number for _, number in arm.described})
        for place, number in enumerate(numbers):
            cells = [_cell(arm, number, name, column) for name, column in shown.items()]
            rows.append(["" if place else arm.name, str(number), *cells])
    legend = "; ".join(f"{column.title}: {column.legend}" for column in shown.values())
    columns = [Column("arm", right=False, style="bold"), Column("round"), *(Column(c.title) for c in shown.values())]
    yield Table(columns, rows, caption=f"kept rows, mean over seeds. {legend}. Intervals: --json.")
    yield EmptyLine()


def _cell(arm: ArmSummary, number: int, name: str, column: Shown) -> str:
    found: list[Estimate] = [
        held[name] for (_, round), held in sorted(arm.described.items()) if round == number and name in held
    ]
    return fixed(column.decimals)(sum(one.value for one in found) / len(found)) if found else "–"
