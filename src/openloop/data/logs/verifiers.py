"""verifiers: ``results.jsonl`` (up to version 0.1, data sets too) and ``traces.jsonl`` (from version 0.2 on).

A row of the first is one rollout: ``prompt`` and ``completion`` as messages, ``answer``, ``reward``, ``metrics``. A row
of the second is an episode of ``traces``, each a graph of messages with named ``rewards``; the last path is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openloop.data.logs.base import Row, Rows, ToolLog, all_have, completion_of, holds, messages, prompt_of

_LEFT_OUT = {"prompt", "completion", "reward", "timing", "tool_defs", "metrics", "example_id", "trajectory"}


def find(sample: Sequence[Row], name: str) -> ToolLog | None:  # noqa: ARG001
    """Told by ``example_id``, ``prompt``, ``completion``, ``reward``; or by ``traces`` that have ``nodes``."""
    if all_have(sample, "prompt", "completion", "reward", "example_id"):
        names = list(dict.fromkeys(key for row in sample[:50] for key in row.get("metrics") or ()))
        return ToolLog(
            "verifiers results", f"one row per rollout; verdict = reward; {_gold(names)}", *_read(_rollout, names)
        )
    if all_have(sample, "traces") and holds(sample[0], traces=list):
        traces = [trace for row in sample[:50] for trace in row["traces"]]
        if traces and all(isinstance(trace, Mapping) and "nodes" in trace for trace in traces):
            names = list(dict.fromkeys(key for trace in traces for key in trace.get("rewards") or ()))
            how = "the weighted sum of " if len(names) > 1 else ""
            said = f"one row per trace; verdict = {how}{', '.join(names) or 'none'}; {_gold(names)}"
            return ToolLog("verifiers traces", said, *_read(_episode, names))
    return None


def _gold(names: Sequence[str]) -> str:
    trusted = f" (if you trust one: --gold {names[0]})" if names else ""
    return f"gold = none: a reward is no gold{trusted}"


def _read(convert: Callable[[Row], Rows], names: Sequence[str]) -> tuple[Callable[[Row], Rows], dict[str, str]]:
    """How rows are converted, and where the rewards of these names are found."""
    return convert, {name: f"rewards.{name}" for name in names}


def _rollout(row: Row) -> Rows:
    prompt = prompt_of(row["prompt"])
    metrics = row.get("metrics") or {}
    rest = {k: v for k, v in row.items() if k not in _LEFT_OUT and k not in metrics and v is not None}
    return [
        {
            "prompt": prompt,
            "completion": completion_of(row["completion"], prompt),
            "verdict": None if row.get("error") else row["reward"],
            "rewards": dict(metrics),
            "example_id": row["example_id"],
            **rest,
        }
    ]


def _episode(row: Row) -> Rows:
    return [_trace(row, trace) for trace in row["traces"]]


def _trace(row: Row, trace: Mapping[str, Any]) -> dict[str, Any]:
    path = _last_path(trace["nodes"])
    first = next((place for place, node in enumerate(path) if node.get("sampled")), len(path))
    turns = messages([node.get("message") or {} for node in path])
    rewards: Mapping[str, Any] = trace.get("rewards") or {}
    known = [held for held in rewards.values() if isinstance(held, Mapping) and held.get("score") is not None]
    task: Mapping[str, Any] = trace.get("task") or {}
    agent: Mapping[str, Any] = trace.get("agent") or {}
    calls = [call.get("model") for call in trace.get("calls") or () if isinstance(call, Mapping)]
    work = ((row.get("run") or {}).get("work") or {}) if isinstance(row.get("run"), Mapping) else {}
    made: dict[str, Any] = {
        "prompt": turns[:first] or None,
        "completion": turns[first:] or None,
        "verdict": sum(h["score"] * h.get("weight", 1.0) for h in known) if known and trace.get("ok", True) else None,
        "model": next((name for name in calls if name), (agent.get("config") or {}).get("model")),
        "rewards": {name: held.get("score") if isinstance(held, Mapping) else held for name, held in rewards.items()},
        "metrics": trace.get("metrics") or {},
        "task": {k: v for k, v in (task.get("data") or {}).items() if isinstance(v, str | int | float)},
        "stop_condition": trace.get("stop_condition"),
    }
    return made | ({"step": work["step"]} if "step" in work else {})


def _last_path(nodes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The messages from a root to the last one: ``parent`` names the place of the message before."""
    path: list[Mapping[str, Any]] = []
    place: int | None = len(nodes) - 1 if nodes else None
    while place is not None and 0 <= place < len(nodes) and len(path) <= len(nodes):
        path.append(nodes[place])
        place = nodes[place].get("parent")
    return path[::-1]
