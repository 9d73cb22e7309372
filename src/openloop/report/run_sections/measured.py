"""What a run measured beside counts: pass@k, and the effects that selections measured of themselves."""

from __future__ import annotations

from collections.abc import Iterable

from openloop.measures.estimate_text import estimate_text
from openloop.records import Estimate
from openloop.report.blocks import Block, Lines
from openloop.report.run_summary import RunSummary


def blocks(summary: RunSummary) -> Iterable[Block]:
    """``passes: pass@1 .42 [.30, .54], pass@8 .81 [.57, .95] of 16 prompts``; a line for each selection's measure."""
    solved = []
    for arm in summary.arms:
        for name, by_k in arm.solved.items():
            if not by_k:  # no answer was scored
                continue
            said = ", ".join(f"pass@{k} {_text(estimate)}" for k, estimate in by_k.items())
            n = max(estimate.n for estimate in by_k.values())
            solved.append(f"{arm.name}: {name}: {said} of {n:,} prompts")
    yield Lines(solved)
    yield Lines(
        [
            f"{arm.name}, seed {seed}, round {number}: {name} {_text(estimate)}"
            for arm in summary.arms
            for (seed, number), held in arm.measured.items()
            for name, estimate in held.items()
        ]
    )


def _text(estimate: Estimate) -> str:
    return estimate_text(estimate, open_ends=("0.000", "1.000"))
