"""What a plan says of trainings before they begin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openloop.recipe import read_recipe
from openloop.recipe.execute import plan_recipe
from tests.support.recipes import EXAMPLES

pytest.importorskip("torch")


def trainings(*settings: str, probes: bool = False, tmp: Path) -> list[Any]:
    recipe = read_recipe(EXAMPLES / "finetune" / "recipe.yaml", ["seeds=[0]", *settings])
    plan = plan_recipe(recipe, tmp / "none", probes=probes)
    return [stage.training for stage in plan.stages if stage.training is not None]


def test_a_plan_says_what_each_training_takes(tmp_path: Path) -> None:
    pretraining, generator, real_only, unfiltered, verified = trainings(tmp=tmp_path)
    assert {t.parameters for t in (pretraining, verified)} == {342_240}
    assert (pretraining.rows, pretraining.steps, generator.rows, generator.steps) == (6_000, 1_000, 300, 200)
    assert (real_only.rows, unfiltered.rows, verified.rows) == (300, 3_300, 3_300)
    assert unfiltered.tokens == pytest.approx(11 * generator.tokens, rel=0.05)
    assert all(t.seconds is None and t.memory_bytes > 12 * t.parameters for t in (pretraining, generator))
    assert not list(tmp_path.iterdir())


def test_epochs_are_counted_from_the_rows_there_will_be_at_most(tmp_path: Path) -> None:
    *_, unfiltered, verified = trainings("train={use: sft, epochs: 2, batch: 32, lora: 4}", tmp=tmp_path)
    assert unfiltered.steps == verified.steps == 2 * -(-3_300 // 32)
    assert verified.trained_parameters < verified.parameters
    fixed_size = "arms.unfiltered={mix: {accumulate: 640}}"
    *_, unfiltered, verified = trainings(fixed_size, "train={use: sft, epochs: 1, batch: 32}", tmp=tmp_path)
    assert (unfiltered.steps, verified.steps) == (20, 104)


def test_a_probe_times_trainings_that_are_alike_once(tmp_path: Path) -> None:
    timed = trainings("pretrain.train.batch=2", "generator.train.batch=2", "train.batch=2", probes=True, tmp=tmp_path)
    assert all(t.seconds > 0 for t in timed)
    assert timed[3].seconds == timed[4].seconds
