"""A recipe carried out: what is kept of what was trained, and how arms end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop.errors import InputError
from openloop.recipe import read_recipe
from openloop.recipe.execute import execute
from tests.support.refusals import refused
from tests.support.rows import read_rows, sums, write_rows
from tests.support.runs import finished, run_quietly, summary
from tests.support.user_files import judged_by, write_code

Recipe = Callable[..., Path]
OpenLoop = Callable[..., Any]


def test_the_best_model_and_the_last_are_kept(recipe: Callable[..., Path], tmp_path: Path) -> None:
    path = recipe(
        keep_models="best",
        rounds=4,
        seeds=[0],
        arms={"closed": {}},
        train_rows=None,
        model={"use": "simulated", "error": 0.4, "drift": 0.1, "systematic": 1.0, "spread": 0.3},
    )
    run_quietly(read_recipe(path), tmp_path / "run")
    accuracy = summary(tmp_path / "run")["arms"]["closed"]["seeds"]["0"]["accuracy"][1:]
    trained = [stage.fingerprint for stage in finished(tmp_path / "run", "train")]
    best = trained[accuracy.index(max(accuracy))]
    left = {path.name for path in (tmp_path / "run" / "models").iterdir()}
    assert left == {best, trained[-1]} and best != trained[-1]


def test_retention_deletes_weights_but_not_their_hash_and_trains_again_when_asked(
    recipe: Recipe, tmp_path: Path
) -> None:
    kept = {"keep_models": "last", "rounds": 3, "seeds": [0], "arms": {"closed": {}}}
    run_quietly(read_recipe(recipe(**kept)), tmp_path / "run")
    assert len([p for p in (tmp_path / "run" / "models").iterdir() if p.is_dir()]) == 1
    trained = {stage.fingerprint: stage.result["revision"] for stage in finished(tmp_path / "run", "train")}
    assert len(trained) == 3
    before = len(lines(tmp_path / "run", "train"))
    write_rows(tmp_path / "others.jsonl", sums(5, 5))  # on these every student is tested anew
    run_quietly(read_recipe(recipe(**kept, test="others.jsonl")), tmp_path / "run")
    again = lines(tmp_path / "run", "train")[before:]
    assert {line["fingerprint"]: line["revision"] for line in again}.items() <= trained.items() and len(again) == 2


def test_an_arm_that_failed_and_was_taken_out_no_longer_fails_the_run(recipe: Recipe, tmp_path: Path) -> None:
    bad = raising(tmp_path, "ValueError")
    arms = {"closed": {}, "bad": {"select": [bad]}}
    small = {"rounds": 1, "seeds": [0]}
    assert execute(read_recipe(recipe(**small, arms=arms)), tmp_path / "run")
    assert not execute(read_recipe(recipe(**small, arms={"closed": {}})), tmp_path / "run")


def test_another_recipe_that_breaks_off_does_not_pass_for_the_one_that_finished(recipe: Recipe, tmp_path: Path) -> None:
    bad = raising(tmp_path, "InputError")
    small = {"rounds": 1, "seeds": [0, 1]}
    run_quietly(read_recipe(recipe(**small, arms={"mine": {}})), tmp_path / "run")
    assert len(summary(tmp_path / "run")["arms"]["mine"]["seeds"]["1"]["accuracy"]) == 2
    with pytest.raises(InputError, match="not today"):
        execute(read_recipe(recipe(**small, arms={"mine": {"select": [bad]}})), tmp_path / "run")
    second = summary(tmp_path / "run")["arms"]["mine"]["seeds"]["1"]
    assert second == {"accuracy": [], "status": "not started", "reason": ""}
    run_quietly(read_recipe(recipe(**small, arms={"mine": {}})), tmp_path / "run")
    assert len(summary(tmp_path / "run")["arms"]["mine"]["seeds"]["1"]["accuracy"]) == 2


def raising(folder: Path, error: str) -> str:
    """A selector that raises when it sees a row, as a recipe names it."""
    write_code(
        folder / "bad.py",
        f"""
        from openloop.errors import InputError
        from openloop.records import Selection

        class Bad:
            version = "1"

            def select(self, pool):
                if len(pool):
                    raise {error}("not today")
                return Selection([], {{}})
        """,
    )
    return "bad.py:Bad"


def lines(directory: Path, kind: str) -> list[dict[str, Any]]:
    """The metrics of the stages of one kind, as often as they were worked on."""
    return [line for line in read_rows(directory / "metrics.jsonl") if line["stage"] == kind]


def test_an_arm_that_keeps_nothing_ends_and_the_others_go_on(
    openloop: OpenLoop, recipe: Recipe, tmp_path: Path
) -> None:
    path, directory = recipe(**judged_by(tmp_path, "return False")), tmp_path / "run"
    said = openloop("run", path, "--dir", directory)
    assert said.code == 0
    assert "mine, seed 0: ended: round 1: no candidate was kept" in " ".join(said.out.split())
    shown = openloop("show", directory, "--json").json["arms"]
    assert [shown[arm]["seeds"]["1"]["status"] for arm in ("closed", "mine")] == ["done", "ended"]
    assert len(shown["mine"]["seeds"]["1"]["accuracy"]) == 1
    assert shown["mine"]["gain"] is None


def test_when_all_arms_end_nothing_is_decided(openloop: OpenLoop, recipe: Recipe, tmp_path: Path) -> None:
    changes = judged_by(tmp_path, "return False")
    del changes["arms"]["closed"]
    said = openloop("run", recipe(**changes), "--dir", tmp_path / "run", "--json")
    assert said.code == 0
    assert said.json["decision"] == "UNDECIDED: no arm has finished its rounds."
    refused(openloop("export", tmp_path / "run", "--to", "trl"), "kept no row", "120 rejected")
    assert openloop("export", tmp_path / "run", "--to", "trl", "--arm", "mine").code == 2


def test_too_few_kept_rows_end_the_arm_with_the_numbers(openloop: OpenLoop, recipe: Recipe, tmp_path: Path) -> None:
    changes = judged_by(tmp_path, "return candidate.prompt == '3+4='") | {"train_rows": 50, "max_batches": 2}
    said = openloop("run", recipe(**changes), "--json")
    assert said.code == 0
    reason = said.json["arms"]["mine"]["seeds"]["0"]["reason"]
    assert "of the 50 rows requested were kept in 2 batches" in reason
