"""What a benchmark's items estimate: for each task, metric and group a mean with its interval over the items."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from openloop.arrays import Values
from openloop.measures import clustered
from openloop.records import Estimate

CLOSE = 1e-9
"""Relative difference between a mean of ours and the number that lm-eval reports for the same items."""


@dataclass(frozen=True)
class TaskItems:
    """The N items of one task, in order."""

    task: str
    ids: Sequence[str]
    """Shape [N]: unique within the benchmark; the item's place in the task and a hash of its content."""
    texts: Mapping[str, Sequence[str]]
    """``question`` (as the model was asked), ``target``, ``answer``, shape [N] each."""
    metrics: Mapping[str, Values]
    """By the metric's name, its filter in brackets where there are several; shape [N]. The first is the main one."""


@dataclass(frozen=True)
class Reported:
    """A number as lm-eval gives it."""

    value: float
    stderr: float | None = None
    lower_is_better: bool = False


@dataclass(frozen=True)
class GroupItems:
    """A group of tasks that is reported as one number."""

    name: str
    tasks: Sequence[str]
    """Its tasks, those of the groups inside included."""


@dataclass(frozen=True)
class BenchmarkItems:
    """What running a benchmark gave."""

    tasks: Sequence[TaskItems]
    groups: Sequence[GroupItems]
    reported: Mapping[tuple[str, str], Reported]
    """By (task or group, metric); those of metrics that are no mean over items included."""
    asked: Sequence[str] = field(default=())
    """Names of the tasks and groups that were asked for, in that order."""
    cut: int = 0
    """Items that did not fit into the model's context, so that the beginning of what it was asked is lost."""

    def sizes(self) -> dict[str, int]:
        """Items of each task."""
        return {task.task: len(task.ids) for task in self.tasks}


@dataclass(frozen=True)
class BenchmarkEstimate:
    """One number of a benchmark."""

    name: str
    """``TASK METRIC``."""
    estimate: Estimate
    values: Mapping[str, Values]
    """Of each task that it is made of, what its items gave; empty where it is no mean over items."""
    reported: Reported
    main: bool = False
    """Whether it stands for something that was asked for: the first metric of a group, or of a task outside of one."""


def benchmark_estimates(items: BenchmarkItems) -> list[BenchmarkEstimate]:
    """All numbers: the main metric of what was asked for, then of every other task and group, then all others.

    A mean over items has our interval over the items; a metric that is none (F1 of a corpus, perplexity) has lm-eval's
    number, with its standard error where it gives one.
    """
    found = [*_of_groups(items), *_of_tasks(items)]
    mains: dict[str, BenchmarkEstimate] = {}
    for owner, one in found:
        mains.setdefault(owner, one)
    inside = {task for group in items.groups if group.name in mains for task in group.tasks}
    alone = [task.task for task in items.tasks if task.task not in inside]  # those of a tag too
    asked = {name: mains[name].name for name in (*items.asked, *alone) if name in mains}
    first = list(dict.fromkeys((*asked.values(), *(one.name for one in mains.values()))))
    by_name = {one.name: replace(one, main=one.name in asked.values()) for _, one in found}
    return [by_name[name] for name in dict.fromkeys((*first, *by_name))]


def _of_tasks(items: BenchmarkItems) -> Iterator[tuple[str, BenchmarkEstimate]]:
    held = {task.task: task for task in items.tasks}
    for (owner, metric), reported in items.reported.items():
        if owner in held:
            values = held[owner].metrics.get(metric)
            yield owner, _estimate(owner, metric, reported, {} if values is None else {owner: values})


def _of_groups(items: BenchmarkItems) -> Iterator[tuple[str, BenchmarkEstimate]]:
    held = {task.task: task for task in items.tasks}
    for group in items.groups:
        for (owner, metric), reported in items.reported.items():
            if owner == group.name:
                members = [held[name] for name in group.tasks if name in held]
                values = {task.task: task.metrics[metric] for task in members if metric in task.metrics}
                yield owner, _estimate(owner, metric, reported, values)


def _estimate(owner: str, metric: str, reported: Reported, values: Mapping[str, Values]) -> BenchmarkEstimate:
    """Over all items alike, or over tasks alike, whichever gives the number that lm-eval reports; else that number."""
    name = f"{owner} {metric}"
    if values:
        every = np.concatenate(list(values.values()))
        by_task = np.concatenate([np.full(len(mine), 1 / max(1, len(mine))) for mine in values.values()])
        if math.isnan(reported.value):  # an item without a value: the others have one
            return BenchmarkEstimate(name, _interval(every, None), values, reported)
        weights = [None] if len(values) == 1 else [None, by_task]
        for weight in weights:
            if _same(_mean(every, weight), reported.value):
                return BenchmarkEstimate(name, _interval(every, weight), values, reported)
    return BenchmarkEstimate(name, _from_stderr(reported), {}, reported)


def _interval(values: Values, weight: Values | None) -> Estimate:
    known = values[~np.isnan(values)]
    if np.isin(known, (0, 1)).all():
        return clustered.proportion(values, None, weight=weight)
    if weight is None and len(known) and known.min() >= 0 and known.max() <= 1:
        return clustered.share(values)
    return clustered.mean(values, weight=weight)


def _from_stderr(reported: Reported) -> Estimate:
    if reported.stderr is None or not math.isfinite(reported.stderr):
        return Estimate(reported.value, None, None, 0.95, 0, method="no interval: not a mean over items")
    half = 1.959964 * reported.stderr
    method = "normal, lm-eval's standard error"
    return Estimate(reported.value, reported.value - half, reported.value + half, 0.95, 0, method=method)


def _mean(values: Values, weight: Values | None) -> float:
    known = ~np.isnan(values)
    if not known.any():
        return math.nan
    return float(np.average(values[known], weights=None if weight is None else weight[known]))


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=CLOSE, abs_tol=CLOSE)


def benchmark_items(results: Mapping[str, Any], asked: Sequence[str]) -> BenchmarkItems:
    """lm-eval's results, samples included, as items. ``asked``: names of the tasks and groups asked for."""
    tasks = [_task_items(name, samples) for name, samples in results["samples"].items()]
    held = {task.task: task for task in tasks}
    reported: dict[tuple[str, str], Reported] = {}
    for owner, numbers in {**results["results"], **results.get("groups", {})}.items():
        better = results.get("higher_is_better", {}).get(owner, {})
        for key, value in numbers.items():
            metric, comma, filtered = key.partition(",")
            if not comma or metric.endswith("_stderr") or not isinstance(value, int | float):
                continue
            stderr = numbers.get(f"{metric}_stderr,{filtered}")
            lower = better.get(metric) is False
            said = float(stderr) if isinstance(stderr, int | float) else None
            several = len({k.partition(",")[2] for k in numbers if k.partition(",")[0] == metric}) > 1
            reported[owner, _metric_name(metric, filtered, several)] = Reported(float(value), said, lower)
    below = results.get("group_subtasks", {})
    groups = [
        GroupItems(name, list(dict.fromkeys(leaf for leaf in _leaves(name, below) if leaf in held)))
        for name in results.get("groups", {})
    ]
    return BenchmarkItems(tasks, groups, reported, asked)


def _metric_name(metric: str, filtered: str, several: bool) -> str:
    return f"{metric} ({filtered})" if several else metric


def _task_items(name: str, samples: Sequence[Mapping[str, Any]]) -> TaskItems:
    """Every filter repeats the items; they are put together by the item's place."""
    filters = list(dict.fromkeys(sample["filter"] for sample in samples))
    by_filter = {f: {sample["doc_id"]: sample for sample in samples if sample["filter"] == f} for f in filters}
    first = by_filter[filters[0]] if filters else {}
    places = sorted(first)
    metrics: dict[str, Values] = {}
    for filtered in filters:
        mine = [by_filter[filtered][place] for place in places]
        for metric in dict.fromkeys(metric for sample in mine for metric in sample["metrics"]):
            values = [sample.get(metric) for sample in mine]
            if all(isinstance(value, bool | int | float | np.number) for value in values):
                several = sum(metric in by_filter[f][places[0]]["metrics"] for f in filters) > 1
                metrics[_metric_name(metric, filtered, several)] = np.asarray(values, dtype=np.float64)
    ordered = [first[place] for place in places]
    return TaskItems(
        name,
        [f"{name}/{sample['doc_id']}-{str(sample['doc_hash'])[:12]}" for sample in ordered],
        {
            "question": [str(_question(sample["arguments"])) for sample in ordered],
            "target": [str(sample["target"]) for sample in ordered],
            "answer": [str(sample["filtered_resps"]) for sample in ordered],
        },
        metrics,
    )


def _question(arguments: Any) -> Any:
    """What the model was shown in the first request of an item."""
    first = arguments[0] if isinstance(arguments, list | tuple) and arguments else arguments
    return first[0] if isinstance(first, list | tuple) and first else first


def _leaves(name: str, below: Mapping[str, Sequence[str]]) -> Iterator[str]:
    inner = below.get(name, ())
    if not inner:
        yield name
    for one in inner:
        yield from _leaves(one, below)
