"""The ways in which rows are split, and that the worst of any of them is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import openloop as library
from openloop.auditing.result import Decision
from openloop.auditing.selections import KEPT_FILE
from openloop.auditing.strata import LEAST, MOST, NONE, left_out, selecting_splits, splits
from openloop.recipe.reading import load_yaml
from tests.auditing.test_pasted_recipes import pasted
from tests.support.audited import Rows
from tests.support.row_arrays import decided, row_arrays, stratum

Columns = dict[str, tuple[Any, tuple[str, ...]]]


def topics(rng: np.random.Generator, bad: float, idle: int, n: int = 2000) -> tuple[Any, Columns]:
    """Gold, a column whose last topic is ``bad``, and idle columns whose names come before its."""
    topic = rng.integers(0, 5, n)
    gold = (rng.random(n) >= np.where(topic == 4, bad, 0.03)).astype(float)
    columns = {f"a{i}": stratum(rng.integers(0, 3, n)) for i in range(idle)}
    return gold, columns | {"topic": stratum(topic, ["art", "biology", "chemistry", "dance", "zbad"])}


@pytest.mark.parametrize("idle", [0, 8])
def test_a_bad_stratum_blocks_however_many_columns_come_before_it(idle: int) -> None:
    gold, columns = topics(np.random.default_rng(0), 0.38, idle)
    said = decided(row_arrays(gold, strata=columns))
    assert said.decision is Decision.SELECT_FIRST and said.selection is not None
    assert said.selection.name == "all but topic = zbad"
    assert "rows with topic = zbad are" in " ".join(said.now.blocked_by) or not said.now.within(0.1)


def test_a_bad_stratum_of_the_ninth_column_is_what_blocks() -> None:
    """The file as a whole is surely within the target: nothing but the stratum forbids training."""
    gold, columns = topics(np.random.default_rng(0), 0.38, 8)
    topic = columns["topic"][0]
    rare = (topic < 4) | (np.random.default_rng(1).random(len(gold)) < 0.4)
    strata = {name: (codes[rare], names) for name, (codes, names) in columns.items()}
    said = decided(row_arrays(gold[rare], strata=strata))
    assert said.now.bad_after.high is not None and said.now.bad_after.high <= 0.1
    assert said.decision is Decision.SELECT_FIRST and len(said.now.blocked_by) == 1
    assert "topic = zbad" in said.now.blocked_by[0]
    harmless = np.where(strata["topic"][0] == 4, 1.0, gold[rare])
    assert decided(row_arrays(harmless, strata=strata)).decision is Decision.TRAIN


def test_estimates_are_given_for_eight_columns_and_all_select() -> None:
    gold, columns = topics(np.random.default_rng(0), 0.38, 8)
    arrays = row_arrays(gold, strata=columns)
    assert len(splits(arrays)) == MOST and left_out(arrays) == ["topic"]
    assert {split.column for split in selecting_splits(arrays)} == set(columns)


def test_values_with_few_rows_are_put_together() -> None:
    sizes = {"common": 300, "frequent": 200, "rare a": 19, "rare b": 10, "rare c": 3}
    codes = np.repeat(np.arange(5), list(sizes.values()))
    (split,) = selecting_splits(row_arrays(np.arange(532) % 2, strata={"topic": stratum(codes, list(sizes))}))
    assert split.names == ("common", "frequent", "one of 3 rare values")
    assert split.values == (("common",), ("frequent",), ("rare a", "rare b", "rare c"))
    assert np.bincount(split.codes).tolist() == [300, 200, 32]
    enough = np.repeat(np.arange(5), [300, 200, LEAST, LEAST, LEAST])
    (split,) = selecting_splits(row_arrays(np.arange(560) % 2, strata={"topic": stratum(enough, list(sizes))}))
    assert split.names == tuple(sizes)


def test_values_with_few_prompts_are_put_together() -> None:
    codes = np.repeat(np.arange(4), 100)
    prompt = np.where(codes < 2, np.arange(400), 1000 + codes)  # the last two values: one prompt each
    (split,) = selecting_splits(row_arrays(np.arange(400) % 2, prompt=prompt, strata={"topic": stratum(codes)}))
    assert split.names == ("s00", "s01", "one of 2 rare values")


def test_one_rare_value_keeps_its_name() -> None:
    codes = np.repeat(np.arange(3), [300, 200, 5])
    (split,) = selecting_splits(row_arrays(np.arange(505) % 2, strata={"topic": stratum(codes)}))
    assert split.names == ("s00", "s01", "s02")


def test_rows_without_a_value_are_a_stratum() -> None:
    codes = np.repeat([0, 1, -1], 100)
    (split,) = selecting_splits(row_arrays(np.arange(300) % 2, strata={"topic": stratum(codes, ["a", "b"])}))
    assert split.names == ("a", "b", NONE) and np.bincount(split.codes).tolist() == [100, 100, 100]
    assert split.values is not None and split.values[2] == ("None",)


def test_the_recipe_of_rows_without_a_value_keeps_those_rows(tmp_path: Path) -> None:
    """Rows with a note are bad; most have none."""
    rows = [
        {
            "prompt": f"q{i}",
            "completion": f"answer {i}",
            "good": bool(i % 6 >= 2 or i % 4 == 0) and i % 97 > 0,
            "note": ("seen twice", "reworded")[i % 6] if i % 6 < 2 else None,
        }
        for i in range(1200)
    ]
    keep = tmp_path / "kept.jsonl"
    found = library.audit(rows, gold="good", keep=keep)
    assert found.decision == "SELECT FIRST" and found.selection is not None
    assert found.selection.name == f"only note = {NONE}"
    assert load_yaml(found.selection.recipe)["select"] == {"use": "where", "column": "note", "among": ["None"]}
    written = [json.loads(line) for line in keep.read_text().splitlines()]
    assert len(written) == found.selection.kept == sum(row["note"] is None for row in rows)
    assert all(row["note"] is None for row in written)
    assert [rows[i]["note"] for i in pasted(found.selection.recipe, rows, "good")] == [None] * len(written)


def test_a_value_that_is_called_none_is_not_the_rows_without_one() -> None:
    """Rows without a note are bad; those whose note is the text None are not: only the file of the rows can tell."""
    rng = np.random.default_rng(0)
    rows = [
        {
            "prompt": f"q{i}",
            "completion": f"answer number {i:04d}",
            "good": bool(rng.random() > (0.5 if i % 3 == 0 else 0.02)),
            "note": [None, "None", "checked"][i % 3],
        }
        for i in range(1800)
    ]
    found = library.audit(rows, gold="good")
    assert found.selection is not None and found.selection.name == f"all but note = {NONE}"
    assert found.selection.recipe == KEPT_FILE.replace("KEPT_FILE", "kept.jsonl")
    plain = library.audit([{**row, "note": row["note"] and "text"} for row in rows], gold="good")
    assert plain.selection is not None and plain.selection.recipe.endswith("among: [text]}")


def repeated_text(times: int, text: str, *, good: bool = False, n: int = 1000) -> Rows:
    """One text that stands in many rows, among others of which one in fifty is bad."""
    often = [{"prompt": f"p{i}", "completion": text, "good": good} for i in range(times)]
    others = [
        {"prompt": f"q{i}", "completion": f"the answer to {i} is {i * 7} in all", "good": i % 50 > 0} for i in range(n)
    ]
    return often + others


def test_a_bad_text_that_repeats_can_be_dropped(tmp_path: Path) -> None:
    rows = repeated_text(200, "I am sorry but I cannot help with that")
    keep = tmp_path / "kept.jsonl"
    found = library.audit(rows, gold="good", keep=keep)
    assert found.decision == "SELECT FIRST" and found.selection is not None
    assert found.selection.name in (
        "all but completion = the text of 200 rows like row 1",
        "only completion = any other",
    )
    written = [json.loads(line)["completion"] for line in keep.read_text().splitlines()]
    assert written == [row["completion"] for row in rows[200:]]
    good = library.audit(repeated_text(200, "I am sorry but I cannot help with that", good=True), gold="good")
    assert good.decision == "TRAIN"


@pytest.mark.parametrize("texts", [1, 2])
def test_dropping_texts_is_named_by_them(texts: int) -> None:
    rows = repeated_text(150, "I am sorry but I cannot help with that")
    if texts == 2:
        rows += repeated_text(150, "as a model I do not know of this", n=0)
    found = library.audit(rows, gold="good")
    assert found.selection is not None and found.selection.name.startswith("all but completion = the text of 150 rows")


@pytest.mark.parametrize(
    ("times", "words", "split"), [(LEAST, 3, True), (LEAST - 1, 3, False), (LEAST, 2, False), (200, 2, False)]
)
def test_which_texts_are_strata(times: int, words: int, split: bool) -> None:
    same = np.r_[np.zeros(times, dtype=np.int64), 1 + np.arange(400)]
    surface = np.ones((len(same), 9), dtype=np.float32) * np.float32(10)
    surface[:, 1] = words
    arrays = row_arrays(np.arange(len(same)) % 2, same=same, surface=surface)
    assert ("completion" in {split.column for split in selecting_splits(arrays)}) is split


def test_the_worst_source_model_can_be_dropped() -> None:
    rng = np.random.default_rng(0)
    model = rng.integers(0, 6, 1800)
    models = tuple(f"model-{i}" for i in range(6))
    gold = (rng.random(1800) >= np.where(model == 3, 0.6, 0.03)).astype(float)
    said = decided(row_arrays(gold, model=model, models=models))
    assert said.decision is Decision.SELECT_FIRST and said.selection is not None
    assert said.selection.name == "all but model = model-3"
    assert not (said.selection.keep & (model == 3)).any() and said.selection.kept == (model != 3).sum()
    other = (rng.random(1800) >= np.where(model == 5, 0.6, 0.03)).astype(float)
    said = decided(row_arrays(other, model=model, models=models))
    assert said.selection is not None and said.selection.name == "all but model = model-5"
