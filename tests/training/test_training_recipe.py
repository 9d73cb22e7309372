"""Trainers in a recipe: an arm that a training ends is a result, and the others go on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.small_models import make_model
from tests.training.small_trainings import SUMS
from tests.training.test_command import PROGRAM, WORDS

pytest.importorskip("trl")


def recipe(base: Path) -> Path:
    """Three arms on a random model: one that ends, one by TRL, one by a program beside the recipe."""
    make_model(base / "student")
    rows = [{"prompt": row.prompt, "completion": row.completion, "answer": row.completion} for row in SUMS]
    (base / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    shutil.copyfile(PROGRAM, base / "train.py")
    written: dict[str, Any] = {
        "name": "three ways",
        "model": {"use": "transformers", "path": "student", "device": "cpu", "threads": 1},
        "real": "rows.jsonl",
        "test": "rows.jsonl",
        "mix": "real",
        "rounds": 1,
        "sampling": {"k": 1, "max_tokens": 3},
        "arms": {
            "hot": {"train": {"use": "sft", "steps": 3, "lr": 1e30, "warmup": 0.0}},
            "sft": {"train": {"use": "sft", "steps": 2}},
            "own": {"train": {"use": "command", "arguments": ["python3", "train.py", *WORDS]}},
        },
    }
    (base / "recipe.yaml").write_text(yaml.safe_dump(written))
    return base / "recipe.yaml"


def test_a_program_that_is_not_there_is_refused_before_anything(openloop: Callable[..., Any], tmp_path: Path) -> None:
    path = recipe(tmp_path)
    said = openloop("validate", path, "--set", "arms.own.train.arguments=[no-such-program, '{data}', '{out}']")
    assert said.code == 2 and "'no-such-program' is no program that can be started here" in said.err
    said = openloop("validate", path)
    assert said.code == 0 and "tokens of 20 rows in the loss" in said.out


def test_what_a_policy_would_be_asked_is_looked_at_before_anything(
    openloop: Callable[..., Any], tmp_path: Path
) -> None:
    """Prompts, and not only the options of the trainer."""
    path = recipe(tmp_path)
    trainer = "{use: grpo, steps: 1, max_tokens: %d, held_out: %d}"
    arms = f"arms={{policy: {{mix: replace, signals: {{right: exact:answer}}, train: {trainer}}}}}"
    said = openloop("validate", path, "--set", arms % (3, 4))
    assert said.code == 0 and "8 of 16 prompts a step, 8 answers each; 4 prompts are held out" in said.out
    said = openloop("validate", path, "--set", arms % (3, 19))
    assert said.code == 2 and "20 different prompts are too few" in said.err
    said = openloop("validate", path, "--set", arms % (253, 4))
    assert said.code == 2 and "20 of 20 prompts are longer than 3 tokens" in said.err
    planned = openloop("plan", path, "--set", arms % (3, 4), "--probe")
    assert planned.code == 0 and "grpo" in planned.out


@pytest.mark.integration
def test_an_arm_whose_loss_is_no_number_ends_and_the_others_go_on(openloop: Callable[..., Any], tmp_path: Path) -> None:
    path = recipe(tmp_path)
    said = openloop("run", path, "--dir", tmp_path / "run", "--yes")
    assert said.code == 0, said.err
    shown = openloop("show", tmp_path / "run")
    assert shown.code == 0 and "became nan at step" in shown.out.replace("\n", " ") and "hot" in shown.out
    models = list((tmp_path / "run" / "models").iterdir())
    assert len(models) == 2 and sum((folder / "command.log").exists() for folder in models) == 1


@pytest.mark.integration
def test_an_arm_whose_rows_cannot_be_trained_on_ends_and_the_others_go_on(
    openloop: Callable[..., Any], tmp_path: Path
) -> None:
    path = recipe(tmp_path)
    written = yaml.safe_load(path.read_text())
    pairs = {"signals": {"right": "exact:answer"}, "sampling": {"k": 2, "max_tokens": 3}, "mix": "replace"}
    long = {"select": {"use": "random", "n": 4}, "mix": "replace", "train": {"use": "sft", "steps": 1, "max_length": 5}}
    written["arms"] = {
        "pairs": pairs | {"train": {"use": "dpo", "steps": 1}},  # a random model is never right
        "long": long,
        "sft": {"train": {"use": "sft", "steps": 2}},
    }
    path.write_text(yaml.safe_dump(written))
    said = openloop("run", path, "--dir", tmp_path / "run", "--yes")
    assert said.code == 0, said.err
    shown = openloop("show", tmp_path / "run").out.replace("\n", " ")
    assert "none of 20 prompts has an accepted and a different rejected completion" in shown
    assert "are longer than 5 tokens" in shown and shown.count("rows-refused") >= 2
    assert len(list((tmp_path / "run" / "models").iterdir())) == 1


def test_answers_that_leave_no_room_for_a_prompt_are_refused(openloop: Callable[..., Any], tmp_path: Path) -> None:
    path = recipe(tmp_path)
    for key, name in (("sampling.max_tokens", "sampling"), ("tests.long", "tests.long")):
        value = "256" if name == "sampling" else "{path: rows.jsonl, max_tokens: 256}"
        said = openloop("validate", path, "--set", f"{key}={value}")
        assert said.code == 2 and f"{name}: max_tokens=256 leaves no room for a prompt" in said.err


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"arms.hot.train": "{use: dpo}"}, "the rows of `mix` would be ignored"),
        ({"mix": "replace", "arms.hot.train": "{use: dpo}"}, "let sampling.k be at least 2"),
        (
            {"mix": "replace", "sampling.k": 2, "arms.hot.train": "{use: dpo}"},
            "needs a signal that accepts and rejects",
        ),
        ({"generator": "{train: {use: dpo}}"}, "generator: dpo learns from pairs"),
    ],
)
def test_a_trainer_is_given_what_it_learns_from(
    openloop: Callable[..., Any], tmp_path: Path, settings: dict[str, object], says: str
) -> None:
    words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    said = openloop("validate", recipe(tmp_path), *words)
    assert said.code == 2 and says in said.err
