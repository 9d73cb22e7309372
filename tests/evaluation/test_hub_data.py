"""Data on the hub: looked for in the cache, then asked for, before anything is spent."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from openloop.errors import InputError
from openloop.evaluation.hub_data import require_data
from openloop.evaluation.task_files import read_task
from tests.support.benchmarks import CHOICE, pick_rows, write_task

pytest.importorskip("lm_eval")


def entry(kind: str, tags: Any = (), **config: Any) -> SimpleNamespace:
    return SimpleNamespace(kind=SimpleNamespace(name=kind), cfg=config, tags=set(tags))


INDEX = {
    "one": entry("TASK", dataset_path="a/one"),
    "two": entry("TASK", dataset_path="a/two"),
    "local": entry("TASK", dataset_path="json"),
    "group": entry("GROUP", task=["one", {"task": "two", "num_fewshot": 3}, {"task": "in", "dataset_path": "a/in"}]),
    "tag": entry("TAG", tags=["one", "two"]),
    "circle": entry("GROUP", task=["circle", "one"]),
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Data sets that the hub was asked for; it has all whose names do not end in ``two``."""
    found: list[str] = []

    def dataset_info(_: Any, path: str, timeout: float) -> None:
        found.append(path)
        if path.endswith("two"):
            raise ConnectionError("no route to host")

    monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", dataset_info)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "datasets"))
    monkeypatch.setattr("openloop.evaluation.hub_data.registry", lambda: SimpleNamespace(task_index=INDEX))
    return found


@pytest.mark.parametrize(("name", "paths"), [("one", ["a/one"]), ("local", []), ("circle", ["a/one"]), ("unknown", [])])
def test_each_data_set_is_asked_for_once(asked: list[str], name: str, paths: list[str]) -> None:
    require_data([name, name])
    assert asked == paths


@pytest.mark.parametrize("name", ["two", "group", "tag"])
def test_what_the_hub_does_not_give_is_refused(asked: list[str], name: str) -> None:
    with pytest.raises(InputError, match=rf"data of task '{name}' \(a/two\) are not in the local cache.*no route"):
        require_data([name])


@pytest.mark.parametrize("folder", ["hub/datasets--a--two", "datasets/a___two"])
def test_what_is_cached_is_not_asked_for(asked: list[str], tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    require_data(["tag"])
    assert asked == ["a/one"]


def test_a_task_of_ones_own_may_have_its_data_there(asked: list[str], tmp_path: Path) -> None:
    mine = read_task(write_task(tmp_path, CHOICE, pick_rows(1)))
    require_data([], [mine])
    assert asked == []
    away = read_task(write_task(tmp_path, CHOICE, pick_rows(1), dataset_path="b/two", dataset_kwargs={}))
    with pytest.raises(InputError, match=r"task 'pick\.yaml' \(b/two\)"):
        require_data([], [away])
