"""Recipes select by likeness and describe what they kept: the real rows are theirs, mistakes are found beforehand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from openloop.errors import RecipeError
from openloop.recipe.execute import execute, plan_recipe
from openloop.recipe.schema import Recipe, parse_recipe
from openloop.recipe.validation import validate
from openloop.run.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [{"prompt": f"What is {i}+{i}?", "completion": f"It is {2 * i}.", "answer": f"{2 * i}"} for i in range(40)]
    (tmp_path / "real.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "asked.jsonl").write_text("".join(json.dumps({"prompt": row["prompt"]}) + "\n" for row in rows))
    return tmp_path


def recipe(folder: Path, **keys: Any) -> Recipe:
    values = {
        "sampler": "simulated",
        "real": "real.jsonl",
        "embed": "hashed-64",
        "signals": "exact:answer",
        "select": ["normsim_band", {"use": "diverse", "n": 5}],
        "workers": 0,
    }
    return parse_recipe({**values, **keys}, base=folder)


def kinds(store: Store) -> list[str]:
    return [store.finished_stage(fingerprint).kind for fingerprint in store.finished()]


def test_the_band_is_of_the_recipes_own_real_rows_and_a_second_run_computes_nothing(folder: Path) -> None:
    wide = recipe(folder, select=[{"use": "normsim_band", "low": -1}, {"use": "diverse", "n": 5}], describe="hashed-64")
    assert not execute(wide, folder / "run", yes=True)
    store = Store.read(folder / "run")
    assert kinds(store).count("describe") == 1 and kinds(store).count("select") == 1
    (select,) = [store.finished_stage(f) for f in store.finished() if store.finished_stage(f).kind == "select"]
    assert select.result["kept"] == 5 and len(select.record["references"]) == 1
    assert {stage.status for stage in plan_recipe(wide, folder / "run").stages} == {"reused"}


def test_describing_changes_nothing_that_is_selected(folder: Path) -> None:
    def selection(**keys: Any) -> set[str]:
        made = plan_recipe(recipe(folder, **keys), folder / "none").stages
        return {stage.fingerprint for stage in made if stage.kind == "select"}

    assert selection() == selection(describe="hashed") == selection(describe={"embed": "hashed-128"})


def test_validate_says_what_describes_and_finds_what_is_missing(folder: Path) -> None:
    assert "describe: kept rows by 'hashed-64'" in validate(recipe(folder, describe="hashed-64"))["said"]
    for keys, message in (
        ({"embed": {}}, r"needs vectors, and there is no column 'vector'.*`embed: \{vector: hashed\}`"),
        ({"select": [{"use": "normsim_band", "real": "asked.jsonl"}]}, "the rows to compare with have no completions"),
        ({"real": None, "prompts": "asked.jsonl"}, "normsim_band: needs real rows to compare with"),
        ({"describe": "nothing"}, "describe: 'nothing' is nothing that makes vectors"),
        ({"describe": {"with": "hashed"}}, "describe"),
        ({"arms": {"a": {"describe": "hashed"}}}, "not a key that an arm can change"),
    ):
        with pytest.raises(RecipeError, match=message):
            validate(recipe(folder, **keys))
