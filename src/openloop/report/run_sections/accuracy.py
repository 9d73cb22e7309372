"""Accuracy per arm and round over seeds, and the rows behind it."""

from __future__ import annotations

from collections.abc import Iterable

from openloop.measures.estimate_text import short
from openloop.records import Estimate
from openloop.report.arms import ArmSummary
from openloop.report.blocks import Block, Column, Table
from openloop.report.row_accounts import unscored
from openloop.report.run_summary import RunSummary

LEGEND = (
    "mean over seeds and its interval; start: before round 1. sampled, kept, unsc. (without a score): "
    "rows over all seeds. distinct: share of different completions among the kept. "
    "log-lik.: mean log-likelihood of a kept row under the model that sampled it (nats)."
)


def blocks(summary: RunSummary) -> Iterable[Block]:
    """One row per arm and round; nothing where nothing is trained."""
    if not summary.record.trains:
        return
    measure = summary.record.measure
    columns = [
        Column("arm", right=False, style="bold"),
        Column("round"),
        Column(f"{measure} [95 %]"),
        Column("by seed", right=False, folds=True),
        *(Column(title) for title in ("sampled", "kept", "unsc.")),
        *(Column(title, optional=True) for title in ("distinct", "log-lik.")),
    ]
    rows: list[list[str]] = []
    for arm in summary.arms:
        rows += [_row(arm, number) for number in range(arm.rounds + 1)] + [[]]
    yield Table(columns, rows, caption=f"{measure}: {LEGEND}")


def _row(arm: ArmSummary, number: int) -> list[str]:
    reached = [values[number] if len(values) > number else None for values in arm.accuracy.values()]
    return [
        arm.name if number == 0 else "",
        str(number) if number else "start",
        share_text(arm.mean_accuracy(number)),
        " ".join("–" if value is None else narrow(value) for value in reached),
        *(_behind(arm, number - 1) if number else []),
    ]


def narrow(value: float) -> str:
    """Three digits, as wide for 1 as for less, so that four seeds fit on a line."""
    text = short(3)(value)
    return "1.00" if text == "1.000" else text


def _behind(arm: ArmSummary, index: int) -> list[str]:
    rows, distinct, logprob = arm.rows[index], arm.distinct[index], arm.logprob[index]
    return [
        f"{rows['requested']:,}",
        f"{rows['kept']:,}",
        unscored(rows),
        "–" if distinct is None else f"{distinct.value:.3f}",
        "–" if logprob is None else f"{logprob.value:.2f}",
    ]


def share_text(estimate: Estimate | None) -> str:
    """``.867 [.801, .933]``, cut to what a share can be; without an interval where there is none."""
    if estimate is None:
        return "–"
    spell = short(3)
    if estimate.low is None or estimate.high is None:
        return spell(estimate.value)
    return f"{spell(estimate.value)} [{spell(max(0.0, estimate.low))}, {spell(min(1.0, estimate.high))}]"
