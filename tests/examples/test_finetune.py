"""The fine-tuning example: small, it runs, resumes and ends with comparisons; whole, only verified answers help."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openloop.user_code import import_user_file
from tests.support.processes import end, start
from tests.support.recipes import EXAMPLES
from tests.support.small_models import make_model
from tests.support.toy_signals import candidates

FOLDER = EXAMPLES / "finetune"
SMALL = [
    *("--set", "seeds=[0]", "--set", "pretrain.train.steps=3", "--set", "generator.train.steps=2"),
    *("--set", "train.steps=2", "--set", "prompts.batch=64", "--set", "tests.lm_eval.limit=12"),
    *("--set", "arms.verified={mix: real, train: {lora: 2}}"),  # a model of five steps is never right
]


def test_the_world_knows_its_answers_and_tests_no_question_that_it_trains_on() -> None:
    world = import_user_file(FOLDER / "world.py")
    test = world.test()
    assert all(row["answer"] == world.solve(row["prompt"]) for row in [*test, *world.real()])
    asked = {row["prompt"] for row in test}
    assert len(world.real()) == 300 and not asked & {row["prompt"] for row in world.real()}
    assert not asked & {row["prompt"] for row in world.questions(0, 0, 500)}
    assert not {row["text"] for row in world.texts(50)} & asked
    right = [row["answer"] for row in test[:3]]
    said = world.correct.score([*candidates(*right, prompt=test[0]["prompt"])])
    assert [verdict.value for verdict in said] == [1.0, 0.0, 0.0]


@pytest.mark.integration
def test_the_template_runs_resumes_and_ends_with_comparisons(tmp_path: Path) -> None:
    end(start("init", tmp_path / "mine", "--template", "finetune"))
    run = ["run", tmp_path / "mine" / "recipe.yaml", *SMALL, "--json"]
    first = json.loads(end(start(*run)))
    assert json.loads(end(start(*run)))["comparisons"] == first["comparisons"]
    pairs = {(c["test"], c["a"], c["b"]) for c in first["comparisons"]}
    arms = ["real_only", "unfiltered", "verified"]
    assert {("questions", arm, "start") for arm in arms} | {("lm_eval", arm, "start") for arm in arms} <= pairs
    curves = list((tmp_path / "mine" / "runs" / "mine" / "curves").glob("*/*.parquet"))
    assert len(curves) == 5  # pretraining, the generator, three arms


def test_a_model_with_weights_in_its_place_skips_the_pretraining(tmp_path: Path, openloop: Callable[..., Any]) -> None:
    pytest.importorskip("trl")
    mine = make_model(tmp_path / "mine")
    assert "pretrain: sft" in openloop("validate", FOLDER / "recipe.yaml").out
    said = openloop("validate", FOLDER / "recipe.yaml", "--set", f"models.student.path={mine}")
    assert said.code == 0 and "pretrain: sft" not in said.out and "train: sft" in said.out


@pytest.mark.slow
def test_only_verified_answers_help(tmp_path: Path) -> None:
    run = json.loads(end(start("run", FOLDER / "recipe.yaml", "--dir", tmp_path / "run", "--json")))
    verdicts = {(c["a"], c["b"]): c["verdict"] for c in run["comparisons"] if c["test"] == "questions"}
    assert verdicts["verified", "start"] == verdicts["verified", "unfiltered"] == "better"
    assert verdicts["unfiltered", "start"] != "better"
    assert run["decision"].startswith("TRAIN on `verified`")
