"""distilabel: the rows of a distiset (a data set folder, Parquet, JSON lines).

A row has ``distilabel_metadata``, an ``instruction`` and a ``generation``, or ``generations`` with ``ratings`` where a
judge rated them. ``model_name`` is then the judge's model, and the generators' are in ``generation_models``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openloop.data.logs.base import Row, Rows, ToolLog, all_have, messages
from openloop.errors import DataError

_PROMPTS = ("instruction", "prompt", "conversation", "messages", "question")
_MODELS = ("generation_models", "generations_models", "generation_model", "model_names")
_LISTS = ("ratings", "rationales", "types", "rationales-for-ratings", "types-rationales", "rationales_for_rating")
_LEFT_OUT = {"distilabel_metadata", "generation", "generations", "model_name", *_PROMPTS, *_MODELS, *_LISTS}


def find(sample: Sequence[Row], name: str) -> ToolLog | None:  # noqa: ARG001
    """Told by ``distilabel_metadata`` beside ``generation`` or ``generations``."""
    if not all_have(sample, "distilabel_metadata"):
        return None
    columns = sample[0].keys()
    prompt = next((column for column in _PROMPTS if column in columns), None)
    if "generations" in columns:
        rated = "ratings" in columns
        models = next((column for column in _MODELS if column in columns), None)
        said = f"one row per generation; verdict = {'its rating' if rated else 'none'}"
        if models:
            said += f"; model = {models}"
        if rated and "model_name" in columns:
            said += "; judge_model = model_name (--judge-model judge_model)"
        return ToolLog("distilabel rows", f"{said}; gold = none", lambda row: _generations(row, prompt, models))
    if "generation" in columns:
        said = "one row per generation; model = model_name; gold = none; verdict = none"
        return ToolLog("distilabel rows", said, lambda row: [_generation(row, prompt)])
    return None


def _asked(row: Row, prompt: str | None) -> Any:
    held = None if prompt is None else row[prompt]
    return messages(held) if isinstance(held, list) else held


def _rest(row: Row) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _LEFT_OUT}


def _generation(row: Row, prompt: str | None) -> dict[str, Any]:
    made = {"prompt": _asked(row, prompt), "completion": row["generation"], "model": row.get("model_name")}
    return made | _rest(row)


def _generations(row: Row, prompt: str | None, models: str | None) -> Rows:
    texts = row["generations"] or []
    rated = "ratings" in row
    lists = {name: row[name] for name in (*_LISTS, *([models] if models else ())) if isinstance(row.get(name), list)}
    for name, held in lists.items():
        if len(held) != len(texts):
            raise DataError(
                f"a distilabel row holds {len(texts):,} generations and {len(held):,} {name} (its prompt: "
                f"{str(_asked(row, prompt))[:60]!r}). Allowed: as many, or null. Leave that row out."
            )
    made: Rows = []
    for place, text in enumerate(texts):
        held = {name: values[place] for name, values in lists.items()}
        one: dict[str, Any] = {"prompt": _asked(row, prompt), "completion": text}
        if rated:
            one["verdict"] = held.get("ratings")
            one["judge_model"] = row.get("model_name")
        one["model"] = held.get(models) if models else None if rated else row.get("model_name")
        rationale = held.get("rationales") or held.get("rationales-for-ratings")
        made.append(one | {"rationale": rationale, "index": place} | _rest(row))
    return made
