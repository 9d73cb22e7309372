"""verl: ``STEP.jsonl`` in ``trainer.rollout_data_dir`` or ``validation_data_dir``.

A row is one response: ``input``, ``output``, ``gts`` (the reference answer), ``score``, ``step``, and what the reward
function returned beside its score.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openloop.data.logs.base import Row, ToolLog, all_have

_OWN = ("input", "output", "gts", "score", "step")


def find(sample: Sequence[Row], name: str) -> ToolLog | None:  # noqa: ARG001
    """Told by ``input``, ``output``, ``score`` and ``step``, all rows having ``gts`` or none (older versions)."""
    if not all_have(sample, "input", "output", "score", "step"):
        return None
    extra = [column for column in sample[0] if column not in _OWN]
    said = "one row per response; verdict = score; gold = none: a reward that was trained on is no gold"
    two = next((column for column in ("acc", "is_correct", "correct") if column in extra), None)
    if two:
        said += f" (if you trust `{two}`, which the reward function returned: --gold {two})"
    if "gts" not in sample[0]:
        said += "; this version writes no reference answers (`gts`)"
    return ToolLog("verl rollouts", said, _rows, {"score": "verdict"} | {c: f"reward_extra_info.{c}" for c in extra})


def _rows(row: Row) -> list[dict[str, Any]]:
    extra = {column: value for column, value in row.items() if column not in _OWN}
    return [
        {
            "prompt": row["input"],
            "completion": row["output"],
            "verdict": row["score"],
            "step": row["step"],
            "target": row.get("gts"),
            "reward_extra_info": extra,
        }
    ]
