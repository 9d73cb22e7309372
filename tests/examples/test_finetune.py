"""The finetune example: smaller, to see that it runs, and as it is, to see what it shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import end, start
from tests.support.recipes import EXAMPLES
from tests.support.small_models import make_model

OpenLoop = Callable[..., Any]
RECIPE = EXAMPLES / "finetune" / "recipe.yaml"
SMALL = [
    "pretrain.train.steps=3",
    "generator.train.steps=3",
    "train.steps=3",
    "prompts.batch=24",
    "arms.unfiltered.select={use: random, n: 12}",
    "arms.verified={mix: accumulate, signals: {correct: 'world.py:correct'}}",
    "tests.lm_eval.limit=20",
    "seeds=[0]",
    "workers=0",
]


@pytest.mark.integration
def test_it_pretrains_trains_three_arms_and_compares_them_on_both_tests(tmp_path: Path, openloop: OpenLoop) -> None:
    pytest.importorskip("trl")
    pytest.importorskip("lm_eval")
    words = [word for setting in SMALL for word in ("--set", setting)]
    said = openloop("run", RECIPE, "--dir", tmp_path / "run", "--yes", *words)
    assert said.code == 0, said.err
    shown = openloop("show", tmp_path / "run", "--json").json
    assert set(shown["arms"]) == {"real_only", "unfiltered", "verified"}
    assert {pair["test"].partition(":")[0] for pair in shown["comparisons"]} == {"questions", "lm_eval"}
    assert len(shown["comparisons"]) == 12  # three arms and the start, on two tests


def test_a_real_model_in_its_place_skips_the_pretraining(tmp_path: Path, openloop: OpenLoop) -> None:
    pytest.importorskip("trl")
    mine = make_model(tmp_path / "mine")
    words = ("--set", "tests.lm_eval={use: harness, tasks: [tasks/larger.yaml]}")
    assert "pretrain: sft" in openloop("validate", RECIPE, *words).out
    said = openloop("validate", RECIPE, "--set", f"models.student.path={mine}", *words)
    assert said.code == 0 and "pretrain: sft" not in said.out and "train: sft" in said.out


@pytest.mark.slow
def test_only_verified_rows_make_the_model_better(tmp_path: Path) -> None:
    shown = json.loads(end(start("run", RECIPE, "--dir", tmp_path / "run", "--yes", "--json")))
    said = {(pair["test"], pair["a"], pair["b"]): pair["verdict"] for pair in shown["comparisons"]}
    (test,) = {test for test, _, _ in said if test.startswith("questions")}
    assert said[test, "verified", "start"] == said[test, "verified", "unfiltered"] == "better"
    assert said[test, "real_only", "start"] != "better" != said[test, "unfiltered", "start"]
