"""Tasks of lm-eval over local files, as a user writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.support.rows import write_rows

CHOICE: dict[str, Any] = {
    "task": "pick",
    "dataset_path": "json",
    "dataset_kwargs": {"data_files": {"test": "pick.jsonl"}},
    "output_type": "multiple_choice",
    "test_split": "test",
    "doc_to_text": "{{question}}",
    "doc_to_choice": "{{choices}}",
    "doc_to_target": "label",
    "target_delimiter": "",
    "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}],
}
"""The likeliest of several continuations."""

WRITE: dict[str, Any] = {
    "task": "write",
    "dataset_path": "json",
    "dataset_kwargs": {"data_files": {"test": "write.jsonl"}},
    "output_type": "generate_until",
    "test_split": "test",
    "doc_to_text": "{{question}}",
    "doc_to_target": "{{answer}}",
    "generation_kwargs": {"until": ["\n"], "max_gen_toks": 6, "do_sample": False},
    "metric_list": [{"metric": "exact_match"}],
}
"""A greedy answer that must equal the target."""


def write_task(folder: Path, task: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], **changes: Any) -> Path:
    """``NAME.yaml`` and ``NAME.jsonl`` in a folder, which is made; returns the YAML file."""
    folder.mkdir(parents=True, exist_ok=True)
    name = task["task"]
    write_rows(folder / f"{name}.jsonl", rows)
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({**task, **changes}, sort_keys=False))
    return path


def pick_rows(n: int) -> list[dict[str, Any]]:
    """Sums with three choices each, of different lengths; the first is right."""
    return [
        {"question": f"{i}+{3 * i}=", "choices": [str(4 * i), str(4 * i + 1), f"{i}{i}"], "label": i % 3}
        for i in range(n)
    ]
