"""What the items of a benchmark estimate, from results in the form in which lm-eval gives them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from openloop.evaluation.benchmark import benchmark_estimates, benchmark_items
from openloop.measures import clustered


def samples(filtered: str = "none", **metrics: list[Any]) -> list[dict[str, Any]]:
    n = len(next(iter(metrics.values())))
    return [
        {
            "doc_id": i,
            "doc_hash": f"hash{i}" * 4,
            "arguments": [(f"q{i}", " a"), (f"q{i}", " b")],
            "target": 0,
            "filtered_resps": ["said"],
            "filter": filtered,
            "metrics": list(metrics),
            **{name: values[i] for name, values in metrics.items()},
        }
        for i in range(n)
    ]


def results(tasks: dict[str, list[dict[str, Any]]], **more: Any) -> dict[str, Any]:
    """With the mean of every number, as lm-eval reports it."""
    said: dict[str, dict[str, Any]] = {}
    for name, mine in tasks.items():
        said[name] = {"alias": name, "sample_len": len(mine)}
        for sample in mine:
            for metric in sample["metrics"]:
                values = [s[metric] for s in mine if s["filter"] == sample["filter"]]
                said[name][f"{metric},{sample['filter']}"] = float(np.mean(values))
                said[name][f"{metric}_stderr,{sample['filter']}"] = 0.1
    return {"results": said, "samples": tasks, **more}


RIGHT = [1.0, 0.0, 1.0, 1.0] * 10


def test_a_share_has_wilsons_interval_over_its_items() -> None:
    found = benchmark_estimates(benchmark_items(results({"a": samples(acc=RIGHT)}), ["a"]))
    assert [one.name for one in found] == ["a acc"]
    assert found[0].estimate == clustered.proportion(np.array(RIGHT))
    assert (found[0].reported.value, found[0].reported.stderr) == (0.75, 0.1)
    turned = benchmark_estimates(benchmark_items(results({"a": samples(acc=[1 - x for x in RIGHT])}), ["a"]))
    assert turned[0].estimate.value == 0.25


def test_the_main_metric_of_what_was_asked_for_comes_first() -> None:
    tasks = {
        "a": samples(acc=RIGHT, acc_norm=RIGHT),
        "b": samples("strict", exact_match=RIGHT) + samples("flexible", exact_match=RIGHT),
    }
    found = benchmark_estimates(benchmark_items(results(tasks), ["b", "a"]))
    assert [one.name for one in found] == ["b exact_match (strict)", "a acc", "a acc_norm", "b exact_match (flexible)"]
    assert [one.main for one in found] == [True, True, False, False]


def test_items_are_named_by_task_place_and_content() -> None:
    (task,) = benchmark_items(results({"a": samples(acc=RIGHT)}), ["a"]).tasks
    assert task.ids[1] == "a/1-hash1hash1ha" and len(set(task.ids)) == 40
    assert task.texts["question"][3] == "q3"


@pytest.mark.parametrize(("macro", "value"), [(False, 50 / 60), (True, (0.75 + 1.0) / 2)])
def test_a_group_is_a_mean_over_items_or_over_tasks_as_its_definition_says(macro: bool, value: float) -> None:
    tasks = {"a": samples(acc=RIGHT), "b": samples(acc=[1.0] * 20)}
    group = {"both": {"acc,none": value, "acc_stderr,none": 0.01}}
    more = {"groups": group, "group_subtasks": {"both": ["a", "b"], "a": [], "b": []}}
    found = benchmark_estimates(benchmark_items(results(tasks, **more), ["both"]))
    assert [(one.name, one.main) for one in found] == [("both acc", True), ("a acc", False), ("b acc", False)]
    both = found[0].estimate
    assert both.value == pytest.approx(value) and both.n == 60
    assert both.low is not None and both.low < value < (both.high or 0)
    assert set(found[0].values) == {"a", "b"}


def test_the_tasks_of_a_tag_each_stand_for_it() -> None:
    tasks = {"a": samples(acc=RIGHT, norm=RIGHT), "b": samples(acc=RIGHT)}
    found = benchmark_estimates(benchmark_items(results(tasks), ["tag"]))
    assert [one.name for one in found if one.main] == ["a acc", "b acc"]


def test_a_group_of_groups_holds_all_their_items() -> None:
    tasks = {"a": samples(acc=RIGHT), "b": samples(acc=RIGHT)}
    group = {"all": {"acc,none": 0.75}, "inner": {"acc,none": 0.75}}
    more = {"groups": group, "group_subtasks": {"all": ["inner", "b"], "inner": ["a"], "a": [], "b": []}}
    found = {one.name: one for one in benchmark_estimates(benchmark_items(results(tasks, **more), ["all"]))}
    assert found["all acc"].estimate.n == 80 and found["inner acc"].estimate.n == 40


def test_a_metric_that_is_no_mean_keeps_lm_evals_number() -> None:
    mine = results({"a": samples(f1=RIGHT)})
    mine["results"]["a"]["f1,none"] = 0.4
    (f1,) = benchmark_estimates(benchmark_items(mine, ["a"]))
    assert (f1.estimate.value, f1.values) == (0.4, {}) and "lm-eval's standard error" in f1.estimate.method
    mine["results"]["a"]["f1_stderr,none"] = "N/A"
    (f1,) = benchmark_estimates(benchmark_items(mine, ["a"]))
    assert f1.estimate.low is None


def test_values_that_are_no_numbers_have_no_items() -> None:
    mine = results({"a": samples(acc=RIGHT)})
    for sample in mine["samples"]["a"]:
        sample["metrics"].append("lists")
        sample["lists"] = [True, False]
    mine["results"]["a"]["lists,none"] = 0.5
    found = benchmark_estimates(benchmark_items(mine, ["a"]))
    assert [(one.name, bool(one.values)) for one in found] == [("a acc", True), ("a lists", False)]


def test_scores_between_0_and_1_and_beyond() -> None:
    rng = np.random.default_rng(0)
    tasks = {"a": samples(mc2=rng.random(40).tolist()), "b": samples(nats=rng.normal(-9, 1, 40).tolist())}
    more = {"higher_is_better": {"b": {"nats": False}}}
    share, nats = benchmark_estimates(benchmark_items(results(tasks, **more), ["a", "b"]))
    assert share.estimate == clustered.share(tasks_values(tasks["a"], "mc2"))
    assert nats.estimate == clustered.mean(tasks_values(tasks["b"], "nats"))
    assert nats.reported.lower_is_better and not share.reported.lower_is_better


def tasks_values(task: list[dict[str, Any]], metric: str) -> np.ndarray:
    return np.array([sample[metric] for sample in task])
