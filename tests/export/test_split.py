"""Rows held out by prompt, and folders for a hub."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from openloop import data, export
from openloop.errors import InputError
from openloop.export.split import held_out
from openloop.records import Candidate
from tests.export.candidates import candidate, names

POOL = [candidate(f"Question {i}?", f"Answer {j}", prompt_id=f"p{i}", index=j) for i in range(200) for j in range(2)]


def prompts(path: Path) -> set[str]:
    return {row["prompt"][0]["content"] for row in data.read(path).rows}


def test_no_prompt_is_on_both_sides_and_none_is_lost(tmp_path: Path) -> None:
    written = export.write(POOL, tmp_path / "a.jsonl", holdout=0.2)
    train, test = prompts(tmp_path / "a.jsonl"), prompts(tmp_path / "a.holdout.jsonl")
    assert not train & test and len(train | test) == 200
    assert 20 < len(test) < 60
    assert dict(written.splits) == {"train": 2 * len(train), "test": 2 * len(test)}
    assert written.rows == 400 and f"{2 * len(test)} rows are held out" in written.said[-1]


def test_a_prompt_stays_on_its_side_when_rows_are_added() -> None:
    few = held_out(POOL[:100], 0.2)
    assert held_out(POOL, 0.2)[:100] == few
    assert held_out(POOL[::-1], 0.2)[::-1] == held_out(POOL, 0.2)


def test_case_and_blanks_make_no_other_prompt() -> None:
    twins = [candidate("What  is it?"), candidate("what is IT?\n", prompt_id="q"), *POOL]
    one, other = held_out(twins, 0.5)[:2]
    assert one == other


def test_a_hub_folder_says_what_it_holds_and_loads(tmp_path: Path) -> None:
    written = export.write(POOL, tmp_path / "mine", holdout=0.2, hub=True)
    assert sorted(names(tmp_path / "mine" / "data")) == ["test-00000-of-00001.parquet", "train-00000-of-00001.parquet"]
    facts = export.CardFacts(name="mine", rows=400, license="Apache 2.0", splits=written.splits)
    head = yaml.safe_load(export.card(facts).split("---\n")[1])
    assert head["license"] == "apache-2.0"
    assert head["configs"][0]["data_files"][1] == {"split": "test", "path": "data/test-*.parquet"}
    with pytest.raises(InputError, match="the file exists"):
        export.write(POOL, tmp_path / "mine", hub=True)
    again = export.write(POOL, tmp_path / "mine", hub=True, overwrite=True)
    assert names(tmp_path / "mine" / "data") == ["train-00000-of-00001.parquet"] and again.rows == 400


def test_a_hub_folder_loads_with_datasets(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    folder = tmp_path / "mine"
    written = export.write(POOL, folder, holdout=0.2, hub=True)
    (folder / "README.md").write_text(export.card(export.CardFacts(name="m", rows=400, splits=written.splits)))
    loaded = datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert {split: len(rows) for split, rows in loaded.items()} == dict(written.splits)


def test_pairs_are_held_out_by_prompt_too(tmp_path: Path) -> None:
    flags = [row.index == 0 for row in POOL]
    written = export.write(POOL, tmp_path / "d.jsonl", to="dpo", accepted=flags, holdout=0.3)
    lines = [json.loads(line) for line in (tmp_path / "d.holdout.jsonl").read_text().splitlines()]
    assert len(lines) == written.splits["test"] and written.rows == 200
    assert not {line["prompt"][0]["content"] for line in lines} & prompts(tmp_path / "d.jsonl")


def test_a_refused_half_leaves_nothing(tmp_path: Path) -> None:
    broken = [*POOL, Candidate("x", "x", "Question 7?", "", finish="failed")]
    with pytest.raises(InputError, match="its request failed"):
        export.write(broken, tmp_path / "a.jsonl", holdout=0.2)
    assert names(tmp_path) == []
