"""TRL: ``completions/completions_*.parquet``, written by the GRPO and RLOO trainers with ``log_completions=True``.

A row is one completion: ``step``, ``prompt``, ``completion``, one column per reward function, ``advantage``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openloop.data.logs.base import LOOKED_AT, Row, ToolLog, all_have, completion_of, prompt_of

_OWN = ("step", "prompt", "completion", "advantage")


def find(sample: Sequence[Row], name: str) -> ToolLog | None:  # noqa: ARG001
    """Told by ``step``, ``prompt``, ``completion`` and ``advantage``."""
    if not all_have(sample, *_OWN):
        return None
    rewards = _rewards(sample[:LOOKED_AT])
    if not rewards:
        return None
    if len(rewards) == 1:
        said = f"one row per completion; verdict = {rewards[0]}"
    else:
        said = (
            f"one row per completion; verdict = the sum of {', '.join(rewards)} (the file does not hold their "
            f"weights; for one of them: --judge-column {rewards[0]})"
        )
    said += "; gold = none: a reward that was trained on is no gold (if you trust one: "
    said += f"--gold {rewards[0]})"
    aliases = {reward: f"rewards.{reward}" for reward in rewards}
    return ToolLog("TRL completions", said, lambda row: [_row(row, rewards)], aliases)


def _row(row: Row, rewards: Sequence[str]) -> dict[str, Any]:
    prompt = prompt_of(row["prompt"])
    values = {name: row.get(name) for name in rewards}
    known = [value for value in values.values() if value is not None]
    others = {name: value for name, value in row.items() if name not in (*_OWN, *rewards)}
    return {
        "prompt": prompt,
        "completion": completion_of(row["completion"], prompt),
        "verdict": sum(known) if len(known) == len(values) else None,
        "step": row["step"],
        "rewards": values,
        **others,
        "advantage": row["advantage"],
    }


def _rewards(sample: Sequence[Row]) -> list[str]:
    """The columns of numbers, some null: a reward function may leave rows out."""
    names = [name for name in sample[0] if name not in _OWN]
    return [
        name
        for name in names
        if any(row.get(name) is not None for row in sample)
        and all(_is_number(row.get(name)) for row in sample if row.get(name) is not None)
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
