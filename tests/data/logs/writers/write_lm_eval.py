"""lm-eval's samples of two tasks, answered by its own dummy-like model: one with two filters, one of choices."""

import json
import sys
from pathlib import Path

import yaml
from lm_eval import simple_evaluate
from lm_eval.api.model import LM
from lm_eval.loggers import EvaluationTracker
from lm_eval.tasks import TaskManager


class Adds(LM):
    """Right where the number is even, and in a sentence; likes the longest choice."""

    def generate_until(self, requests):
        asked = [int(request.args[0].split()[2]) for request in requests]
        return [f"The sum is {2 * n}." if n % 2 == 0 else "I do not know." for n in asked]

    def loglikelihood(self, requests):
        return [(float(len(request.args[1])), False) for request in requests]

    def loglikelihood_rolling(self, requests):
        raise NotImplementedError


def data(folder, rows):
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return {"data_files": {"test": str(folder / "rows.jsonl")}}


folder = Path(sys.argv[1])
(folder / "tasks").mkdir()
rows = [{"n": i, "answer": str(2 * i), "choices": [str(2 * i), "ninety-nine"], "label": 0} for i in range(6)]
common = {"dataset_path": "json", "dataset_kwargs": data(folder, rows), "test_split": "test"}
match = {"function": "regex", "regex_pattern": r"is (\d+)"}
first = {"function": "take_first"}
sums = common | {
    "task": "sums",
    "output_type": "generate_until",
    "doc_to_text": "What is {{n}} + {{n}}?",
    "doc_to_target": "{{answer}}",
    "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
    "filter_list": [
        {"name": "strict", "filter": [match, first]},
        {"name": "whole", "filter": [first]},
    ],
}
pick = common | {
    "task": "pick",
    "output_type": "multiple_choice",
    "doc_to_text": "What is {{n}} + {{n}}?",
    "doc_to_target": "label",
    "doc_to_choice": "choices",
    "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}],
}
for task in (sums, pick):
    (folder / "tasks" / f"{task['task']}.yaml").write_text(yaml.safe_dump(task))
manager = TaskManager(include_path=str(folder / "tasks"), include_defaults=False)
found = simple_evaluate(model=Adds(), tasks=["sums", "pick"], task_manager=manager, log_samples=True)
tracker = EvaluationTracker(output_path=str(folder / "out"))
tracker.general_config_tracker.model_name_sanitized = "adds"
for task, samples in found.pop("samples").items():
    tracker.date_id = "2026-01-02T03-04-05.678"
    tracker.save_results_samples(task_name=task, samples=samples)
