"""inspect_ai: the samples of an evaluation log, ``.json`` or ``.eval`` (see :mod:`openloop.data.logs.documents`).

A row is one sample of one epoch: ``input``, ``target``, ``output``, ``scores`` by scorer. ``epoch`` counts repetitions
of a sample and no training, so it becomes ``index``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from openloop.data.logs.base import LOOKED_AT, Row, ToolLog, all_have, distinct, holds, messages

GRADES = {"C": 1.0, "I": 0.0, "N": 0.0, "P": 0.5}
"""Correct, incorrect, no answer (which is wrong), partly."""
_JUDGES = ("model_graded", "judge", "llm")
_LEFT_OUT = {"id", "epoch", "input", "target", "choices", "messages", "output", "scores", "model", "metadata"}
_BULKY = {"events", "events_data", "attachments", "store", "model_usage", "role_usage", "uuid", "error_retries"}
_TIMES = {"started_at", "completed_at", "total_time", "working_time", "turn_count", "files", "setup", "sandbox"}


def find(sample: Sequence[Row], name: str) -> ToolLog | None:  # noqa: ARG001
    """Told by ``id``, ``epoch``, ``input``, ``output`` and ``scores``."""
    if not all_have(sample, "id", "epoch", "input", "output") or not holds(sample[0], output=Mapping):
        return None
    rows = sample[:LOOKED_AT]
    scorers = distinct(scorer for row in rows for scorer in row.get("scores") or ())
    judges = [scorer for scorer in scorers if any(word in scorer for word in _JUDGES)]
    others = [scorer for scorer in scorers if scorer not in judges]
    gold = next((scorer for scorer in others if _two_classes(scorer, rows)), None)
    verdicts = [scorer for scorer in scorers if scorer != gold]
    tasks = distinct(row.get("task") for row in rows)
    said = f"one row per sample and epoch; gold = {gold or 'none'}, verdict = {', '.join(verdicts) or 'none'}"
    if judges and gold is None:
        said += " (a model's grade is a verdict and no gold)"
    failed = sum(bool(row.get("error")) for row in rows)
    if failed:
        said += f"; {failed:,} samples ended in an error and have no grade"
    title = f"inspect_ai log of task {', '.join(tasks)}" if tasks else "inspect_ai log"
    aliases = {scorer: f"verdict.{scorer}" if len(verdicts) > 1 else "verdict" for scorer in verdicts}
    aliases |= {} if gold is None else {gold: "gold"}
    metadata = [held for row in rows if isinstance(held := row.get("metadata"), Mapping)]
    aliases |= {f"metadata.{name}": str(name) for held in metadata for name in held}
    return ToolLog(title, said, lambda row: [_row(row, gold, verdicts)], aliases)


def _row(row: Row, gold: str | None, verdicts: Sequence[str]) -> dict[str, Any]:
    output: Mapping[str, Any] = row.get("output") or {}
    kept = {k: v for k, v in row.items() if k not in _LEFT_OUT | _BULKY | _TIMES and v not in (None, [], {})}
    grades = {scorer: _grade(row, scorer) for scorer in verdicts}
    asked = row["input"]
    held: dict[str, Any] = {
        "prompt": messages(asked) if isinstance(asked, list) else asked,
        "completion": _completion(output),
        "target": row.get("target"),
        "gold": None if gold is None else _grade(row, gold),
        "verdict": grades if len(grades) > 1 else next(iter(grades.values()), None),
        "model": output.get("model") or row.get("model"),
        "index": row["epoch"],
        "sample_id": row["id"],
    }
    metadata = row.get("metadata")
    return {**(metadata if isinstance(metadata, Mapping) else {}), **kept, **held}


def _completion(output: Mapping[str, Any]) -> Any:
    text = output.get("completion")
    if not text and output.get("choices"):
        text = messages([output["choices"][0].get("message") or {}])[0]["content"]
    return text if output.get("choices") else None


def _grade(row: Row, scorer: str) -> Any:
    """A grade as a number, or what the scorer gave; None where it gave nothing."""
    held = (row.get("scores") or {}).get(scorer)
    value = held.get("value") if isinstance(held, Mapping) else held
    if isinstance(value, str):
        return GRADES.get(value, value)
    return float(value) if isinstance(value, bool) else value


def _two_classes(scorer: str, rows: Sequence[Row]) -> bool:
    grades = {repr(grade): grade for row in rows if (grade := _grade(row, scorer)) is not None}
    return bool(grades) and all(grade in (0, 1) for grade in grades.values())
