"""Folders that `datasets` writes: one split, several, its cache, a distiset's configurations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import openloop
from openloop.errors import DataError

datasets = pytest.importorskip("datasets")
ROWS = [{"prompt": f"What is {i}?", "completion": str(i)} for i in range(4)]


def saved(folder: Path, *splits: str) -> Path:
    held = datasets.Dataset.from_list(ROWS)
    (datasets.DatasetDict(dict.fromkeys(splits, held)) if splits else held).save_to_disk(str(folder))
    return folder


def test_a_saved_data_set_and_one_of_a_single_split_are_read(tmp_path: Path) -> None:
    assert openloop.read(saved(tmp_path / "plain")).rows == ROWS
    assert openloop.read(saved(tmp_path / "split", "train")).rows == ROWS


def test_of_several_splits_one_is_named(tmp_path: Path) -> None:
    folder = saved(tmp_path / "data", "train", "test")
    with pytest.raises(DataError) as error:
        openloop.read(folder)
    assert str(error.value).endswith(f"Name one of them: {folder / 'train'}, {folder / 'test'}")
    assert openloop.read(folder / "test").rows == ROWS


def test_folders_above_the_data_lead_to_it(tmp_path: Path) -> None:
    saved(tmp_path / "distiset" / "default", "train")
    assert openloop.read(tmp_path / "distiset").rows == ROWS
    saved(tmp_path / "distiset" / "other", "train")
    with pytest.raises(DataError, match="Folders in it that hold data: .*default/train, .*other/train"):
        openloop.read(tmp_path / "distiset")


def test_a_data_sets_cache_is_read(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    datasets.load_dataset("json", data_files=str(tmp_path / "rows.jsonl"), cache_dir=str(tmp_path / "cache"))
    assert openloop.read(tmp_path / "cache").rows == ROWS
