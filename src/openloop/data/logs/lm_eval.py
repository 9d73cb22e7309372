"""lm-evaluation-harness: ``samples_TASK_DATE.jsonl``, written with ``--log_samples``.

A row is one document as one filter reads it: ``doc``, ``target``, ``arguments`` (what the model was asked), ``resps``
(what it said), ``filter``, ``metrics`` (the names of the columns that hold them). Several filters judge the same
responses, each in rows of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any

from openloop.data.gold import all_readable, two_class
from openloop.data.logs.base import LOOKED_AT, Row, Rows, ToolLog, all_have, distinct, prompt_of

_NAME = re.compile(r"samples_(?P<task>.+?)_\d{4}-\d\d-\d\d")
_OWN = {"arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash", "prompt_hash", "target_hash"}


def find(sample: Sequence[Row], name: str) -> ToolLog | None:
    """Told by the columns ``doc_id``, ``doc``, ``arguments`` and ``resps``."""
    if not all_have(sample, "doc_id", "doc", "arguments", "resps"):
        return None
    gold = _gold_metric(sample[:LOOKED_AT])
    found = _NAME.search(PurePath(name).name)
    filters = [value for value in distinct(row.get("filter") for row in sample[:LOOKED_AT]) if value != "none"]
    metrics = distinct(metric for row in sample[:LOOKED_AT] for metric in row.get("metrics") or ())
    parts = ["one row per response", f"gold = {gold or 'none'}" + (f" (filter {filters[0]})" if filters else "")]
    others = [metric for metric in metrics if metric != gold]
    if others:
        parts.append(f"other metrics: {', '.join(others)}")
    if filters:
        other = filters[1] if len(filters) > 1 else "NAME"
        parts.append(
            "rows of further filters judge the same responses and are left out (for another filter: "
            f"jq -c 'select(.filter==\"{other}\")' {PurePath(name).name})"
        )
    if not metrics:
        parts.append("this version writes no column `metrics`, so name the metric with --gold")
    title = f"lm-eval samples of task {found['task']}" if found else "lm-eval samples"
    aliases = {metric: f"metrics.{metric}" for metric in others} | ({gold: "gold"} if gold else {})
    return ToolLog(title, "; ".join(parts), _Reader(gold, sample), aliases)


class _Reader:
    """Reads one row. Of a task's filters, which judge the same responses, the first is read."""

    def __init__(self, gold: str | None, sample: Sequence[Row]) -> None:
        self.gold = gold
        self.filters: dict[tuple[str, ...], Any] = {}
        """The filter that is read, by what its task is told by: the sample has a task's filters in the file's order."""
        for row in sample:
            self.filters.setdefault(_task(row), row.get("filter"))

    def __call__(self, row: Row) -> Rows:
        if self.filters.setdefault(_task(row), row.get("filter")) != row.get("filter"):
            return []
        asked, said = _calls(row.get("arguments")), row.get("resps") or []
        metrics = {name: row.get(name) for name in row.get("metrics") or () if name != self.gold}
        rest = {name: v for name, v in row.items() if name not in _OWN | metrics.keys() and name != self.gold}
        if metrics:
            rest["metrics"] = metrics
        if self.gold is not None:
            rest["gold"] = row.get(self.gold)
        if len(asked) > 1 or _is_likelihood(said):
            return [_chosen(asked, said) | rest]
        prompt = prompt_of(asked[0][0]) if asked and asked[0] else None
        return [{"prompt": prompt, "completion": text, **rest} for text in _flat(said)]


def _task(row: Row) -> tuple[str, ...]:
    """Rows do not name their task: its documents' columns and its metrics tell it."""
    document = row.get("doc")
    return (*(document if isinstance(document, Mapping) else ()), "", *(row.get("metrics") or ()))


def _gold_metric(sample: Sequence[Row]) -> str | None:
    """The first metric that says right or wrong."""
    for metric in distinct(metric for row in sample for metric in row.get("metrics") or ()):
        if all_readable([row.get(metric) for row in sample], two_class):
            return metric
    return None


def _calls(arguments: Any) -> list[list[Any]]:
    """What was asked, call by call: ``{"gen_args_0": {"arg_0": ..., "arg_1": ...}, ...}``, or lists of lists."""
    if isinstance(arguments, Mapping):
        arguments = [list(call.values()) if isinstance(call, Mapping) else [call] for call in arguments.values()]
    return [list(call) if isinstance(call, list | tuple) else [call] for call in arguments or ()]


def _is_likelihood(said: Any) -> bool:
    return bool(_flat(said)) and all(_log_likelihood(item) is not None for item in said)


def _log_likelihood(item: Any) -> float | None:
    """Of ``[[-1.5, False]]`` or ``[["-1.5", "False"]]``; None for a text."""
    while isinstance(item, list) and len(item) == 1:
        item = item[0]
    if not (isinstance(item, list) and len(item) == 2 and str(item[1]) in ("True", "False")):
        return None
    try:
        return float(item[0])
    except (TypeError, ValueError):
        return None


def _chosen(asked: list[list[Any]], said: Any) -> dict[str, Any]:
    """Of several continuations that were scored, the likeliest is what the model answers."""
    scored = [(value, place) for place, item in enumerate(said) if (value := _log_likelihood(item)) is not None]
    best = max(scored, default=(None, 0))
    call = asked[best[1]] if best[1] < len(asked) else [None]
    return {
        "prompt": prompt_of(call[0]),
        "completion": call[1] if len(call) > 1 else None,
        "logprob": best[0],
    }


def _flat(said: Any) -> list[Any]:
    return [text for item in said for text in (item if isinstance(item, list) else [item])]
