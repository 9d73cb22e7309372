"""AlpacaEval: ``annotations.json``, an annotator's preference between two outputs for each instruction.

``preference`` is a number from 1 (the first output is better) to 2 (the second); 1.5 is a tie (in older files 0), and
annotators that weigh log-probabilities give numbers between. ``model_outputs.json`` needs no reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openloop.data.logs.base import LOOKED_AT, Row, ToolLog, all_have, distinct, without

_OWN = ("instruction", "output_1", "output_2", "generator_1", "generator_2", "preference", "raw_completion")
TIES = (1.5, 0)


def find(sample: Sequence[Row], name: str) -> ToolLog | None:  # noqa: ARG001
    """Told by ``instruction``, ``output_1``, ``output_2`` and ``preference``."""
    if not all_have(sample, "instruction", "output_1", "output_2", "preference"):
        return None
    rows = sample[:LOOKED_AT]
    missing = sum(not _known(row["preference"]) for row in rows)
    judges = distinct(row.get("annotator") for row in rows)
    said = "one row per pair; verdict = preference (below 1.5: A, above: B, 1.5: tie), margin = how far it is from 1.5"
    said += f" by {', '.join(judges)}" if judges else ""
    said += "; gold = none; models = generator_1, generator_2"
    if missing:
        said += f"; {missing:,} of the first {len(rows):,} rows have no preference"
    return ToolLog("AlpacaEval annotations", said, lambda row: [_row(row)])


def _row(row: Row) -> dict[str, Any]:
    return {
        "prompt": row["instruction"],
        "response_a": row["output_1"],
        "response_b": row["output_2"],
        "model_a": row.get("generator_1"),
        "model_b": row.get("generator_2"),
        "verdict": _winner(row["preference"]),
        "margin": _margin(row["preference"]),
        **without(row, *_OWN),
    }


def _known(preference: Any) -> bool:
    return isinstance(preference, int | float) and (1 <= preference <= 2 or preference == 0)


def _margin(preference: Any) -> float | None:
    """How much the first is preferred, from -1 to 1."""
    if not _known(preference):
        return None
    return 0.0 if preference in TIES else 3 - 2 * preference


def _winner(preference: Any) -> str | None:
    if not _known(preference):
        return None
    return "tie" if preference in TIES else "A" if preference < TIES[0] else "B"
