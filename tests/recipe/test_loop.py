"""A recipe carried out: what is kept of what was trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from openloop.recipe import read_recipe
from tests.support.rows import read_rows, sums, write_rows
from tests.support.runs import finished, run_quietly, summary

Recipe = Callable[..., Path]


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


def lines(directory: Path, kind: str) -> list[dict[str, Any]]:
    """The metrics of the stages of one kind, as often as they were worked on."""
    return [line for line in read_rows(directory / "metrics.jsonl") if line["stage"] == kind]
