"""promptfoo: the results of ``promptfoo eval -o results.json`` (see ``documents``) or ``-o results.jsonl``.

A row is one test of one provider: ``prompt.raw``, ``response.output``, ``success``, ``score``, ``gradingResult``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from openloop.data.logs.base import LOOKED_AT, Row, ToolLog, all_have, holds, prompt_of

_JUDGED = ("llm-rubric", "model-graded", "factuality", "g-eval", "select-best", "answer-relevance", "context-")


def find(sample: Sequence[Row], name: str) -> ToolLog | None:  # noqa: ARG001
    """Told by ``promptIdx``, ``testIdx`` and ``success``, with ``prompt`` as an object."""
    if not all_have(sample, "promptIdx", "testIdx", "success", "prompt") or not holds(sample[0], prompt=Mapping):
        return None
    rows = sample[:LOOKED_AT]
    kinds = sorted({kind for row in rows for kind in _assertions(row)})
    said = f"one row per test and provider; verdict = success (assertions: {', '.join(kinds) or 'none'}); gold = none"
    if kinds and not any(kind.removeprefix("not-").startswith(_JUDGED) for kind in kinds):
        said += " (if you trust these assertions: --gold verdict)"
    failed = sum(_errored(row) for row in rows)
    if failed:
        said += f"; {failed:,} of the first {len(rows):,} have no output because the provider failed"
    return ToolLog("promptfoo results", said, lambda row: [_row(row)])


def _row(row: Row) -> dict[str, Any]:
    prompt: Mapping[str, Any] = row["prompt"]
    response = row.get("response") if isinstance(row.get("response"), Mapping) else {}
    provider = row.get("provider") or {}
    output = (response or {}).get("output")
    variables = row.get("vars") or {}
    graded: Mapping[str, Any] = row.get("gradingResult") or {}
    return {
        "prompt": prompt_of(prompt.get("raw")),
        "completion": output if output is None or isinstance(output, str) else json.dumps(output, ensure_ascii=False),
        "verdict": None if _errored(row) else row["success"],
        "score": row.get("score"),
        "model": provider.get("label") or provider.get("id") if isinstance(provider, Mapping) else str(provider),
        "reason": graded.get("reason"),
        "template": prompt.get("label"),
        "vars": dict(variables) if isinstance(variables, Mapping) else {},
        "test": row["testIdx"],
    }


def _errored(row: Row) -> bool:
    """Whether the provider failed: reason 2; 1 is an assertion that does not hold."""
    return row.get("failureReason") == 2 or not row.get("response")


def _assertions(row: Row) -> list[str]:
    graded = row.get("gradingResult")
    parts = graded.get("componentResults") if isinstance(graded, Mapping) else None
    kinds = [(part.get("assertion") or {}).get("type") for part in parts or () if isinstance(part, Mapping)]
    return [str(kind) for kind in kinds if kind]
